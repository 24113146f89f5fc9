// The same project read again inside a small and a large inventory: its cost must not follow what else is stored.

import { startServer } from './support/database.ts';
import { pagesOf } from './support/facts.ts';
import { fillOthers, settle } from './support/fill.ts';
import { interleave } from './support/measure.ts';
import { type Bench, spreadText, thousands } from './support/report.ts';
import { storeSweep } from './support/store-path.ts';

export const growth: Bench = {
  name: 'growth',
  about: 'A project read again, 1 % of its rows changed each time, inside inventories of two sizes.',
  async run({ full, log }) {
    const project = full ? 100_000 : 20_000;
    const sizes = full ? [1_000_000, 10_000_000] : [200_000, 1_000_000];
    await using server = await startServer();
    const shape = { instances: 1000, changeEvery: 100 };
    await using small = await server.clone();
    await using large = await server.clone();
    for (const [index, database] of [small, large].entries()) {
      await storeSweep(database.database, pagesOf(project, shape));
      await fillOthers(database, (sizes[index] ?? 0) - project);
      log(`${thousands(sizes[index] ?? 0)} rows stand`);
    }
    let version = 0;
    const again = (database: typeof small) => async () => {
      await storeSweep(database.database, [...pagesOf(project, { ...shape, version })]);
      return undefined;
    };
    const next = async () => {
      version += 1;
    };
    const timings = await interleave(5, [
      { name: 'small', work: project, prepare: next, run: again(small) },
      { name: 'large', work: project, run: again(large) },
    ]);
    await settle(small);
    const ratio = timings.ratio('large', 'small');
    return [
      {
        what: `${thousands(project)} rows read again inside ${thousands(sizes[1] ?? 0)} (${thousands(timings.rate('large').median)} rows/s)`,
        against: `inside ${thousands(sizes[0] ?? 0)} (${thousands(timings.rate('small').median)} rows/s)`,
        target: '≥ 0.8 of the speed',
        measured: spreadText(ratio),
        met: ratio.median >= 0.8,
      },
    ];
  },
};
