// First load and the same list again, against COPY of the same rows.

import { copyFile, copyIn, copyName } from './support/copy.ts';
import { type BenchDatabase, startServer } from './support/database.ts';
import { pagesOf } from './support/facts.ts';
import { interleave } from './support/measure.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';
import { type StoredSweep, storeSweep } from './support/store-path.ts';

export const load: Bench = {
  name: 'load',
  about:
    'New backups through the whole store path (staging, absence, merge, history, certificate), then the same list again.',
  async run({ full, log }) {
    await using server = await startServer();
    const rows: Row[] = [];
    for (const count of full ? [200_000, 1_000_000] : [100_000]) {
      const shape = { instances: 10_000 };
      await using file = await copyFile(pagesOf(count, shape));
      let current: BenchDatabase | null = null;
      let last: StoredSweep | null = null;
      const fresh = async () => {
        await current?.[Symbol.asyncDispose]();
        current = await server.clone();
        await current.query('checkpoint');
      };
      const open = (): BenchDatabase => {
        if (current === null) throw new Error('No database is open.');
        return current;
      };
      const phases: Record<string, StoredSweep['phases']> = {};
      const store = async (name: string) => {
        last = await storeSweep(open().database, pagesOf(count, shape));
        phases[name] = last.phases;
        return last;
      };
      const timings = await interleave(count >= 1_000_000 ? 3 : 5, [
        { name: 'copy', work: count, prepare: fresh, run: async () => void (await copyIn(open(), file)) },
        { name: 'store', work: count, prepare: fresh, run: async () => void (await store('store')) },
        {
          name: 'again',
          work: count,
          prepare: async () => void (await open().query('checkpoint')),
          run: async () => void (await store('again')),
        },
      ]);
      await (current as BenchDatabase | null)?.[Symbol.asyncDispose]();
      for (const [name, { stage, absence, commit }] of Object.entries(phases)) {
        log(
          `${name} ${count}: stage ${stage.toFixed(2)} s, absence ${absence.toFixed(2)} s, commit ${commit.toFixed(2)} s`,
        );
      }
      const against = `${copyName}: ${thousands(timings.rate('copy').median)} rows/s`;
      const first = timings.ratio('store', 'copy');
      const again = timings.ratio('again', 'copy');
      rows.push(
        {
          what: `load ${thousands(count)} new backups (${thousands(timings.rate('store').median)} rows/s)`,
          against,
          target: '≥ 0.55, aim 0.8',
          measured: spreadText(first),
          met: first.median >= 0.55,
        },
        {
          what: `the same list again, unchanged (${thousands(timings.rate('again').median)} rows/s)`,
          against,
          target: '≥ 0.7',
          measured: spreadText(again),
          met: again.median >= 0.7,
        },
      );
    }
    return rows;
  },
};
