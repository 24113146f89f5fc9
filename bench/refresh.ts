// Reading a snapshot: all of it against one SELECT of the same rows, and after a run that touched 1 % of the instances.

import pg from 'pg';
import { createSnapshotReader } from '../src/postgres/snapshot.ts';
import { startServer } from './support/database.ts';
import { instanceFact, pagesOf } from './support/facts.ts';
import { settle } from './support/fill.ts';
import { spreadOf } from './support/measure.ts';
import { type Bench, spreadText, thousands } from './support/report.ts';
import { projectId, storeSweep } from './support/store-path.ts';

/** The view behind the facts of backups: groups with their count, sum, oldest and newest. */
const select = 'select * from inventory.instance_backup_group';

export const refresh: Bench = {
  name: 'refresh',
  about: 'The facts of the metrics read from the database, whole and after a small run.',
  async run({ full }) {
    const count = full ? 1_000_000 : 200_000;
    const instances = 10_000;
    const shape = { instances };
    await using server = await startServer();
    await using database = await server.clone();
    const facts = Array.from({ length: instances }, (_, index) => instanceFact(index));
    await storeSweep(database.database, [facts], { projectId, scope: 'instances' });
    await storeSweep(database.database, pagesOf(count, shape));
    await settle(database);
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined); // the database is dropped at the end
    await client.connect();
    const times = { select: [] as number[], whole: [] as number[], touched: [] as number[] };
    const time = async (into: number[], work: () => Promise<unknown>) => {
      const startedMs = performance.now();
      await work();
      into.push(performance.now() - startedMs);
    };
    for (let round = 1; round <= 5; round += 1) {
      await time(times.select, () => client.query(select));
      const reader = createSnapshotReader(database.database);
      await time(times.whole, () => reader.readFacts(new Date()));
      // The newest backup of each hundredth instance.
      const news = [...pagesOf(instances, { ...shape, changeEvery: 100, version: round })].flat();
      await storeSweep(database.database, [news.filter((_, index) => index % 100 === 0)]);
      await time(times.touched, () => reader.readFacts(new Date()));
    }
    await client.end();
    const ratios = (of: number[], by: number[]) => spreadOf(of.map((each, index) => each / (by[index] ?? Number.NaN)));
    const whole = ratios(times.whole, times.select);
    const touched = ratios(times.touched, times.whole);
    return [
      {
        what: `all facts of ${thousands(count)} backups and ${thousands(instances)} instances (${spreadOf(times.whole).median.toFixed(0)} ms)`,
        against: `one SELECT of the same groups (${spreadOf(times.select).median.toFixed(0)} ms)`,
        target: '≤ 1.5 ×',
        measured: spreadText(whole),
        met: whole.median <= 1.5,
      },
      {
        what: `after a run that touched 1 % of the instances (${spreadOf(times.touched).median.toFixed(0)} ms)`,
        against: 'all facts',
        target: '≤ 0.2 ×',
        measured: spreadText(touched),
        met: touched.median <= 0.2,
      },
    ];
  },
};
