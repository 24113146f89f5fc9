// Verdicts and reports: every control view now and as of 40 days ago, and every report of 90 days.

import { reports } from '../src/inventory/report-list.ts';
import { runReport } from '../src/postgres/report.ts';
import { type BenchDatabase, startServer } from './support/database.ts';
import { fillJudgedEstate } from './support/judged-estate.ts';
import { spreadOf } from './support/measure.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';

const rounds = 3;
const dayMs = 86_400_000;

export const compliance: Bench = {
  name: 'compliance',
  about: 'Control views and reports, with every state of the backups in history.',
  async run({ full, log }) {
    const instances = full ? 2000 : 500;
    await using server = await startServer(['work_mem=4MB']); // the default: reports are run by whoever comes
    await using database = await server.clone();
    const backups = await fillJudgedEstate(database, instances);
    log(`${thousands(instances)} instances, ${thousands(backups)} backups, ${rounds} rounds`);
    const estate = `${thousands(backups)} backups of ${thousands(instances)} instances`;
    const controls = await database.query<{ slug: string }>('select slug from compliance.control order by control_id');
    const views: [string, string][] = controls.map(({ slug }) => [slug, `select * from compliance.control_${slug}`]);
    const past: [string, string][] = controls.map(({ slug }) => [
      slug,
      `select * from compliance.control_${slug}_at(now() - interval '960 hours')`,
    ]);
    const rows: Row[] = [];
    rows.push(
      slowest(`slowest control view, ${estate}`, await timed(views, (text) => read(database, text)), 1000, log),
    );
    rows.push(slowest('the same 40 days ago', await timed(past, (text) => read(database, text)), 1000, log));
    const named = reports.map((definition): [string, typeof definition] => [definition.name, definition]);
    const now = new Date();
    const period = {
      firstDay: isoDay(now.getTime() - 89 * dayMs),
      lastDay: isoDay(now.getTime()),
      timeZone: 'Europe/Berlin',
    };
    const made = await timed(named, (definition) =>
      runReport(database.database, definition, { asOf: null, now, ...period }),
    );
    rows.push(slowest('slowest report of 90 days, rows fetched', made, 5000, log));
    const finding = spreadOf(
      (await timed([['finding', 'select * from compliance.finding']], (text) => read(database, text))).get('finding') ??
        [],
    );
    rows.push({
      what: 'compliance.finding: all thirteen at once',
      against: '–',
      target: '–',
      measured: `${spreadText(finding, 0)} ms`,
      met: null,
    });
    return rows;
  },
};

/** As a report does: without compiling, all rows to the client. */
async function read(database: BenchDatabase, text: string): Promise<void> {
  await database.query(`set jit = off; ${text}`);
}

async function timed<T>(
  cases: readonly [string, T][],
  work: (one: T) => Promise<unknown>,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, one] of cases) {
      const startedMs = performance.now();
      await work(one);
      times.get(name)?.push(performance.now() - startedMs);
    }
  }
  return times;
}

function slowest(
  what: string,
  times: ReadonlyMap<string, readonly number[]>,
  limitMs: number,
  log: (text: string) => void,
): Row {
  const all = [...times]
    .map(([name, each]) => ({ name, spread: spreadOf(each) }))
    .sort((a, b) => b.spread.median - a.spread.median);
  log(`${what}: ${all.map(({ name, spread }) => `${name} ${Math.round(spread.median)}`).join(', ')} ms`);
  const [worst] = all;
  if (worst === undefined) throw new Error('Nothing was timed.');
  return {
    what: `${what}: ${worst.name}`,
    against: '–',
    target: `< ${limitMs / 1000} s`,
    measured: `${spreadText(worst.spread, 0)} ms`,
    met: worst.spread.median < limitMs,
  };
}

function isoDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
