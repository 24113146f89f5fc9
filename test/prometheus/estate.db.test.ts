import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { readSnapshot } from '../../src/postgres/snapshot.ts';
import { stateFamilies } from '../../src/prometheus/families/index.ts';
import { prefix } from '../../src/prometheus/family.ts';
import { estate } from '../postgres/estate-seed.ts';
import { hoursAgo, now, requireObjective, type Seed, seedOf } from '../postgres/snapshot-seed.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { lint } from './promtool.ts';
import { expositionOf, samplesOf, textOf } from './scraping.ts';

async function expositionAfter(fill: (db: TestDatabase, seed: Seed) => Promise<void>) {
  await using db = await freshDatabase();
  await fill(db, seedOf(db));
  await using database = await openDatabase({ url: db.url });
  return await expositionOf(await readSnapshot(database, { now }));
}

test('promtool has nothing to say about an estate with everything in it', async () => {
  const exposition = await expositionAfter((db, seed) => estate(db, seed, 0.5));
  expect(await lint(await textOf(await exposition.scrape({})))).toBe('');
});

test('an instance has at most 40 state series and a project at most 60, with everything that the cloud knows', async () => {
  const exposition = await expositionAfter(async (db, seed) => {
    await requireObjective(db);
    await seed.project();
    await seed.certify('p1', hoursAgo(1));
    for (let index = 0; index < 30; index += 1) {
      const instance_id = `i${index}`;
      const quiet = index % 3 === 0 ? { created_at: hoursAgo(5) } : {};
      await seed.instance({ instance_id, name: index % 5 === 0 ? 'scratch' : 'orders', ...quiet });
      for (const [step, status] of ['COMPLETED', 'FAILED', 'BUILDING'].entries()) {
        const times = { begin_at: hoursAgo(10 + index + step), end_at: hoursAgo(9 + index + step) };
        await seed.backup({ instance_id, status, ...times });
        await seed.backup({ instance_id, status, ...times, backup_type: 'manual' });
        await seed.backup({ instance_id, status, ...times, backup_type: 'manual', backup_scope: 'database_table' });
      }
    }
    await db.query(
      `insert into compliance.exemption (position, match_instance, control, owner, reason, expires_at, valid_from, config_digest, set_by)
       values (1, 'scratch', '*', 'dba', 'rebuilt', $1, $2, 'c', 'test')`,
      [hoursAgo(-1000), hoursAgo(1000)],
    );
  });
  const state = new Set(stateFamilies.map((family) => prefix + family.name));
  const samples = (await samplesOf(exposition)).filter((sample) => state.has(sample.name));
  const ofInstances = Map.groupBy(samples, (sample) => sample.labels.instance_id ?? '');
  const ofProject = ofInstances.get('')?.length ?? 0;
  ofInstances.delete('');
  expect(ofInstances.size).toBe(30);
  expect(Math.max(...[...ofInstances.values()].map((series) => series.length))).toBe(38);
  expect(ofProject).toBeGreaterThan(50);
  expect(ofProject).toBeLessThanOrEqual(60);
});
