// The same facts give the same verdicts and reports on both kinds of database and in every session's time zone.

import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reports } from '../../src/inventory/report-list.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { runReports } from '../../src/postgres/report.ts';
import { rendered } from '../../src/web/report/formats.ts';
import { migratedDirectory } from '../support/embedded.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { ago, now, type Queryable, World } from './world.ts';

let db: TestDatabase;
let postgres: Database;
let embedded: Database;
let directory: Awaited<ReturnType<typeof migratedDirectory>>;

beforeAll(async () => {
  db = await freshDatabase();
  postgres = await openDatabase({ url: db.url });
  directory = await migratedDirectory();
  embedded = await openDatabase({ directory: directory.path });
  for (const database of [postgres, embedded]) await seed(database);
}, 120_000);
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await embedded[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

function queryable(database: Database): Queryable {
  return {
    query: async <R>(text: string, params: readonly unknown[] = []) =>
      (await database.db.executeQuery<R>(CompiledQuery.raw(text, [...params]))).rows,
  };
}

/** Three weeks over the day on which the clocks of Europe go forward, with something for every control. */
async function seed(database: Database): Promise<void> {
  const world = new World(queryable(database));
  await world.freshness(10_800);
  await world.objective({ instance: 'Ö*', manualCounts: false });
  await world.objective({ to: ago('3 d'), position: 2 });
  await world.objective({ rpo: 40 * 3600, from: ago('3 d'), position: 2 });
  await world.exemption({ instance: 'b*', control: 'BK-10', expires: ago('4 d'), from: ago('9 d') });
  await world.project('p1', { name: 'prod' });
  for (const [id, name] of [
    ['i1', 'Ödipus'],
    ['i2', 'alpha'],
    ['i3', 'beta'],
    ['i4', '_under'],
  ] as const) {
    await world.instance('p1', { id, name, keepDays: id === 'i3' ? 0 : 7 });
  }
  await world.instance('p1', { id: 'i5', name: 'gone', retired: ago('5 d 3 h'), changed: ago('5 d 3 h') });
  for (let index = 0; index < 60; index += 1) {
    const begin = ago(`${index * 8} h ${index * 7} min`);
    const status = index % 7 === 3 ? 'FAILED' : index === 0 ? 'BUILDING' : 'COMPLETED';
    const gone =
      index > 30
        ? { missing: ago(`${index - 28} h`), retired: ago(`${index - 29} h`), reason: index % 2 ? 'early' : 'expired' }
        : {};
    await world.backup('p1', {
      id: `b${index}`,
      instance: `i${(index % 5) + 1}`,
      begin,
      status,
      type: index % 6 === 0 ? 'manual' : 'auto',
      size: status === 'COMPLETED' ? 1000 + index * 37 : null,
      ...gone,
    });
  }
  for (let hours = 21 * 24; hours > 0; hours -= 11) await world.sweeps('p1', ago(`${hours} h 20 min`));
  await world.sweeps('p1', ago('20 min'));
}

async function everything(database: Database, timeZone: string): Promise<string> {
  const input = { asOf: new Date(now), now: new Date(now), firstDay: '2026-03-01', lastDay: '2026-03-20', timeZone };
  const made = await runReports(database, reports, input);
  return made.map((report) => [...rendered(report, 'csv', (text) => text)].join('')).join('\n');
}

test('Postgres and the embedded database answer the same bytes, in every zone', async () => {
  for (const zone of ['UTC', 'America/Sao_Paulo', 'Australia/Lord_Howe']) {
    const answer = await everything(postgres, zone);
    expect(answer.length).toBeGreaterThan(20_000);
    expect(await everything(embedded, zone)).toBe(answer);
  }
});

test('a session in another time zone or locale settings sees the same', async () => {
  const expected = await everything(postgres, 'Europe/Berlin');
  for (const settings of [
    '-c TimeZone=America/New_York',
    '-c TimeZone=Asia/Kathmandu -c DateStyle=German -c IntervalStyle=postgres_verbose',
  ]) {
    const url = new URL(db.url);
    url.searchParams.set('options', settings);
    await using database = await openDatabase({ url: url.href });
    expect(await everything(database, 'Europe/Berlin')).toBe(expected);
  }
});

test('the views, which know no parameters, do not depend on the session either', async () => {
  const read = (zone: string) =>
    Promise.all(
      reports.map(async ({ name }) => {
        const [row] = await db.query<{ rows: number }>(
          `with zone as materialized (select set_config('TimeZone', $1, false)) select count(*) as rows from zone, compliance.report_${name}`,
          [zone],
        );
        return [name, row?.rows];
      }),
    );
  expect(await read('Pacific/Apia')).toEqual(await read('UTC'));
});
