// First load and the same list again, against COPY of the same rows.

import { setTimeout as sleep } from 'node:timers/promises';
import { copyFile, copyIn, copyName } from './support/copy.ts';
import { type BenchDatabase, startServer } from './support/database.ts';
import { pagesOf } from './support/facts.ts';
import { interleave, spreadOf } from './support/measure.ts';
import { serverSeconds } from './support/processor-time.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';
import { type StoredSweep, storeSweep } from './support/store-path.ts';

export const load: Bench = {
  name: 'load',
  about:
    'New backups through the whole store path (staging, absence, merge, history, certificate), then the same list again.',
  async run({ full }) {
    await using server = await startServer();
    const rows: Row[] = [];
    for (const count of full ? [200_000, 1_000_000] : [100_000]) {
      // Made beforehand, as the file for COPY is.
      const pages = [...pagesOf(count, { instances: 10_000 })];
      await using file = await copyFile(pages);
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
      const used = () => serverSeconds(server.directory) ?? Number.NaN;
      const costs = new Map<string, number[]>();
      const costing = (name: string, work: () => Promise<unknown>) => async () => {
        const before = used();
        const startedMs = performance.now();
        await work();
        const seconds = (performance.now() - startedMs) / 1000;
        await sleep(100); // a backend that ended is counted once it is gone
        costs.set(name, [...(costs.get(name) ?? []), used() - before]);
        return seconds;
      };
      const store = async (name: string) => {
        last = await storeSweep(open().database, pages);
        phases[name] = last.phases;
        return last;
      };
      const timings = await interleave(count >= 1_000_000 ? 3 : 5, [
        { name: 'copy', work: count, prepare: fresh, run: costing('copy', () => copyIn(open(), file)) },
        { name: 'store', work: count, prepare: fresh, run: costing('store', () => store('store')) },
        {
          name: 'again',
          work: count,
          prepare: async () => void (await open().query('checkpoint')),
          run: costing('again', () => store('again')),
        },
      ]);
      await (current as BenchDatabase | null)?.[Symbol.asyncDispose]();
      const cost = (name: string) =>
        spreadOf((costs.get('copy') ?? []).map((limit, round) => limit / (costs.get(name)?.[round] ?? Number.NaN)));
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
          note: `by the server's processor time: ${spreadText(cost('store'))}; ${phaseText(phases.store)}`,
        },
        {
          what: `the same list again, unchanged (${thousands(timings.rate('again').median)} rows/s)`,
          against,
          target: '≥ 0.7',
          measured: spreadText(again),
          met: again.median >= 0.7,
          note: `by the server's processor time: ${spreadText(cost('again'))}; ${phaseText(phases.again)}`,
        },
      );
    }
    return rows;
  },
};

function phaseText(phases: StoredSweep['phases'] | undefined): string {
  if (phases === undefined) return '';
  const { stage, absence, commit } = phases;
  return `the last time ${stage.toFixed(2)} s staging, ${absence.toFixed(2)} s absence, ${commit.toFixed(2)} s commit`;
}
