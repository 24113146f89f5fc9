// The reports: what they say, that they say the same again, and that the past does not change.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report, ReportDefinition } from '../../src/inventory/report.ts';
import { reports } from '../../src/inventory/report-list.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { runReport } from '../../src/postgres/report.ts';
import { rendered, reportFormats } from '../../src/web/report/formats.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { ago, now, World } from './world.ts';

let db: TestDatabase;
let database: Database;
let world: World;

/** A week of two projects: failures, a gone instance, orphans, a retired backup, an exemption, uncertified readings. */
beforeAll(async () => {
  db = await freshDatabase();
  database = await openDatabase({ url: db.url });
  world = new World(db);
  await world.freshness(3 * 3600);
  await world.objective({ instance: 'orders*' });
  await world.objective({ rpo: 48 * 3600, retention: 3 * 86_400, copies: 1, position: 2 });
  await world.exemption({ instance: 'scratch*', control: 'BK-02', expires: ago('-10 d') });
  await world.project('p1', { name: 'prod' });
  await world.project('p2', { name: 'staging' });
  await world.instance('p1', { id: 'i1', name: 'orders' });
  await world.instance('p1', { id: 'i2', name: 'scratch-1', keepDays: 0 });
  await world.instance('p1', { id: 'i3', name: 'legacy', retired: ago('2 d'), changed: ago('2 d') });
  await world.instance('p2', { id: 'i4', name: '=cmd()', created: ago('3 d') });
  await world.backups('p1', 6, { instance: 'i1', size: 2 ** 30 });
  await world.backup('p1', { id: 'f1', instance: 'i1', begin: ago('4 d 4 h'), end: ago('4 d 4 h'), status: 'FAILED' });
  await world.backup('p1', { id: 'm1', instance: 'i3', begin: ago('5 d'), type: 'manual' });
  await world.backup('p1', {
    id: 'r1',
    instance: 'i1',
    begin: ago('6 d 2 h'),
    missing: ago('3 d'),
    retired: ago('2 d 23 h'),
    reason: 'early',
  });
  await world.backup('p2', { id: 'f2', instance: 'i4', begin: ago('1 d'), end: ago('1 d'), status: 'FAILED' });
  await world.backup('p2', { id: 't1', instance: 'i4', begin: ago('1 d'), scope: 'database_table' });
  for (const project of ['p1', 'p2']) {
    for (let day = 8; day >= 0; day -= 1) await world.sweeps(project, ago(`${day} d 1 h`));
    await world.sweep(project, { started: ago('1 d 30 min'), certified: false, reason: 'throttled' });
  }
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

function definition(name: string): ReportDefinition {
  const found = reports.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no report ${name}`);
  return found;
}

const week = { firstDay: '2026-03-14', lastDay: '2026-03-20', timeZone: 'UTC', now: new Date(now) };

async function run(
  name: string,
  input: { asOf?: string; firstDay?: string; lastDay?: string; timeZone?: string } = {},
): Promise<Report> {
  return runReport(database, definition(name), { ...week, ...input, asOf: new Date(input.asOf ?? now) });
}

/** Rows as objects. */
async function rowsOf(name: string, input = {}): Promise<Record<string, unknown>[]> {
  const { columns, rows } = await run(name, input);
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column.name, row[index]])));
}

describe('what the reports say', () => {
  test('resource_compliance: every control of every instance, with the exemption behind it', async () => {
    const rows = await rowsOf('resource_compliance');
    expect(rows).toContainEqual(
      expect.objectContaining({
        control_id: 'BK-02',
        instance_id: 'i2',
        verdict: 'EXEMPT',
        exemption_owner: 'dba@example.org',
        exemption_reason: 'rebuilt nightly',
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({
        control_id: 'BK-12',
        instance_id: 'i3',
        verdict: 'NON_COMPLIANT',
        evidence_backup_ids: ['m1'],
      }),
    );
    for (const instance of ['i1', 'i2', 'i4'])
      expect(rows.filter((row) => row.instance_id === instance)).toHaveLength(13);
  });

  test('control_compliance: numerator, denominator and unknowns, in all and per project', async () => {
    const rows = await rowsOf('control_compliance');
    expect(rows.filter((row) => row.control_id === 'BK-02')).toMatchObject([
      {
        project_id: null,
        compliant: 2,
        non_compliant: 0,
        unknown: 0,
        exempt: 1,
        applicable: 2,
        compliant_percent: 100,
      },
      { project_id: 'p1', compliant: 1, exempt: 1, applicable: 1 },
      { project_id: 'p2', compliant: 1, applicable: 1 },
    ]);
    expect(rows.filter((row) => row.control_id === 'BK-01' && row.project_id === null)).toMatchObject([
      { compliant: 1, non_compliant: 2, applicable: 3, compliant_percent: 33.33 },
    ]);
  });

  test('coverage_summary: required and good days, and the missed ones by name', async () => {
    const rows = await rowsOf('coverage_summary');
    expect(rows.find((row) => row.instance_id === 'i1')).toMatchObject({
      verdict: 'COMPLIANT',
      required_days: 6,
      good_days: 6,
      coverage_percent: 100,
      longest_missed_run: 0,
    });
    expect(rows.find((row) => row.instance_id === 'i2')).toMatchObject({
      verdict: 'NON_COMPLIANT',
      good_days: 0,
      coverage_percent: 0,
      longest_missed_run: 6,
      missed_on: ['2026-03-14', '2026-03-15', '2026-03-16', '2026-03-17', '2026-03-18', '2026-03-19'],
    });
    expect(rows.find((row) => row.instance_id === 'i3')).toMatchObject({ required_days: 4 });
  });

  test('coverage_calendar: one row for each instance and day of its life', async () => {
    const rows = await rowsOf('coverage_calendar');
    expect(rows).toHaveLength(4 * 7);
    expect(rows.find((row) => row.instance_id === 'i4' && row.day === '2026-03-19')).toMatchObject({
      state: 'failed_only',
      backup_ids: ['f2'],
      failed_backups: 1,
    });
  });

  test('backup_jobs: every backup that began in the period, gone ones and those of tables too', async () => {
    const rows = await rowsOf('backup_jobs');
    expect(rows.map((row) => row.backup_id)).toEqual(expect.arrayContaining(['f1', 'm1', 'r1', 'f2', 't1']));
    expect(rows.find((row) => row.backup_id === 'r1')).toMatchObject({
      listed: false,
      retired_reason: 'early',
      duration_seconds: 1800,
    });
    expect(await rowsOf('backup_jobs', { firstDay: '2026-03-20', lastDay: '2026-03-20' })).toHaveLength(1);
  });

  test('failures_followup: what followed a failure and whether that was in time', async () => {
    expect(await rowsOf('failures_followup')).toMatchObject([
      { backup_id: 'f1', recovery_hours: 2.5, rpo_seconds: 93_600, within_rpo: 'yes', listed: true },
      { backup_id: 'f2', recovered_at: null, rpo_seconds: 172_800, within_rpo: 'pending' },
    ]);
  });

  test('retired: when it was seen last and missed first, and whether it had been kept long enough', async () => {
    expect(await rowsOf('retired')).toMatchObject([
      {
        backup_id: 'r1',
        last_seen_at: '2026-03-17T11:00:00Z',
        first_missing_at: '2026-03-17T12:00:00Z',
        retired_reason: 'early',
        expected_until: '2026-03-21T10:00:00Z',
        required_until: '2026-03-21T10:00:00Z',
        retention_met: 'no',
        revived_at: null,
      },
    ]);
  });

  test('completeness: how the period was read, its gaps, and the certificate that closes it', async () => {
    const rows = await rowsOf('completeness');
    expect(rows.find((row) => row.project_id === 'p1' && row.scope === 'instance_backups')).toMatchObject({
      complete: 'yes',
      readings: 8,
      certified: 7,
      incomplete: 1,
      incomplete_reasons: 'throttled 1',
      longest_gap_seconds: 86_400,
      closed_at: null,
      last_certified_at: '2026-03-20T11:00:00Z',
    });
    const closed = await rowsOf('completeness', { lastDay: '2026-03-18' });
    expect(closed[0]).toMatchObject({ complete: 'yes', closed_at: '2026-03-19T11:00:00Z' });
    const stale = await rowsOf('completeness', { asOf: ago('-5 h') });
    expect(stale[0]).toMatchObject({ complete: 'no' });
  });

  test('certificates: every reading of the period, certified or not', async () => {
    expect(await rowsOf('certificates')).toHaveLength(2 * (3 * 7 + 1));
  });

  test('population: who was alive at any moment, the gone one included', async () => {
    const rows = await rowsOf('population');
    expect(rows.map((row) => [row.instance_id, row.gone_in_period, row.born_in_period])).toEqual([
      ['i3', true, false],
      ['i1', false, false],
      ['i2', false, false],
      ['i4', false, true],
    ]);
  });

  test('storage_usage: what is stored, of whom, and since when', async () => {
    const rows = await rowsOf('storage_usage');
    expect(rows.find((row) => row.instance_id === 'i1')).toMatchObject({
      instance_state: 'live',
      completed: 6,
      size_bytes: 6 * 2 ** 30,
      growth_bytes: null,
    });
    expect(rows.find((row) => row.instance_id === 'i3')).toMatchObject({
      instance_state: 'gone',
      backup_type: 'manual',
      completed: 1,
    });
  });

  test('freshness: the age of each list, and why the newest attempt was no certificate', async () => {
    const rows = await rowsOf('freshness', { asOf: ago('1 d') });
    expect(rows.find((row) => row.project_id === 'p1' && row.scope === 'instance_backups')).toMatchObject({
      state: 'fresh',
      age_seconds: 3600,
      limit_seconds: 10_800,
      attempt_reason: 'throttled',
      attempted_at: '2026-03-19T11:30:00Z',
    });
    expect((await rowsOf('freshness', { asOf: ago('-5 h') }))[0]).toMatchObject({ state: 'stale' });
  });

  test('rules: what is required and exempt, and by whom', async () => {
    expect(await rowsOf('rules')).toMatchObject([
      { kind: 'exemption', control: 'BK-02', owner: 'dba@example.org', instances: 1, expired: false },
      { kind: 'objective', rule_position: 1, match_instance: 'orders*', instances: 1, rpo_seconds: 93_600 },
      { kind: 'objective', rule_position: 2, match_instance: null, instances: 2 },
    ]);
  });
});

describe('every report', () => {
  test.each(reports)(
    '$name: its function, its view and its columns exist, and each column has a meaning',
    async ({ name, order, brief }) => {
      const { columns } = await run(name);
      expect(columns.filter(({ meaning }) => meaning === '')).toEqual([]);
      const names = columns.map((column) => column.name);
      expect(names).toEqual(expect.arrayContaining([...order, ...brief]));
      await db.query(`select * from compliance.report_${name} limit 1`);
    },
  );

  test('no report is missing from the list', async () => {
    const views = await db.query<{ name: string }>(
      `select substr(viewname, 8) as name from pg_views where schemaname = 'compliance' and viewname like 'report\\_%' order by 1`,
    );
    expect(views.map(({ name }) => name)).toEqual(reports.map(({ name }) => name).toSorted());
  });

  test.each(reports)('$name: its order leaves nothing to chance', async ({ name, order }) => {
    const { columns, rows } = await run(name);
    const places = order.map((column) => columns.findIndex((one) => one.name === column));
    const keys = rows.map((row) => JSON.stringify(places.map((place) => row[place])));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('an instant before the first reading is not observed, in every format', async () => {
    const report = await run('population', { asOf: '2026-01-01T00:00:00Z' });
    expect(report.rows).toEqual([]);
    for (const format of reportFormats) {
      expect([...rendered(report, format, (text) => text)].join('')).toMatch(/not.observed/i);
    }
    expect(report.notObserved).toMatchObject({ earliest: '2026-03-12T11:01:00Z' });
  });

  test('history that is no longer kept is not observed either', async () => {
    await db.query(
      `insert into inventory.pruning (pruned_at, kept_from) values ('2026-03-20T00:00:00Z', '2026-03-13T00:00:00Z')`,
    );
    const report = await run('population', { asOf: '2026-03-12T23:59:59Z' });
    expect(report.notObserved?.message).toMatch(/no longer kept.*2026-03-13/);
    await db.query('delete from inventory.pruning');
  });
});

test('what was just read is known, also where the clock of whoever ran is before ours', async () => {
  await using other = await freshDatabase();
  await using own = await openDatabase({ url: other.url });
  const world2 = new World(other);
  await world2.project('p1');
  await world2.sweeps('p1', ago('-10 min'));
  const read = (asOf: Date | null) => runReport(own, definition('freshness'), { ...week, asOf });
  expect((await read(null)).notObserved).toBeNull();
  expect((await read(new Date(now))).notObserved).not.toBeNull();
});

test('a report of the past is the same bytes, whatever happens later', async () => {
  const all = async () => {
    const texts: string[] = [];
    for (const { name } of reports) {
      const report = await run(name, { asOf: ago('1 h 30 min'), timeZone: 'Europe/Berlin' });
      for (const format of reportFormats)
        texts.push(`${name} ${format}\n${[...rendered(report, format, (text) => text)].join('')}`);
    }
    return texts;
  };
  const before = await all();
  expect(await all()).toEqual(before);
  await world.sweeps('p1', ago('10 min'));
  await world.backup('p1', { instance: 'i1', begin: ago('8 h'), seen: ago('9 min') });
  await db.query(`update inventory.backup set status = 'COMPLETED', changed_at = $1 where backup_id = 'f1'`, [
    ago('9 min'),
  ]);
  await db.query(
    `update inventory.instance set name = 'renamed', backup_keep_days = 1, changed_at = $1 where instance_id = 'i1'`,
    [ago('9 min')],
  );
  await db.query(`update inventory.project set name = 'moved', changed_at = $1 where project_id = 'p1'`, [
    ago('9 min'),
  ]);
  await db.query(`update compliance.objective set valid_to = $1, ended_by_digest = 'new' where valid_to is null`, [
    ago('9 min'),
  ]);
  await world.objective({ rpo: 1, from: ago('9 min'), position: 1 });
  await world.exemption({ control: '*', expires: ago('-9 d'), from: ago('9 min') });
  await db.query(`update compliance.setting set valid_to = $1, ended_by_digest = 'new'`, [ago('9 min')]);
  await world.freshness(1, ago('9 min'));
  expect(await all()).toEqual(before);
  const [after] = await rowsOf('population', { asOf: now });
  expect(after).toMatchObject({ project_name: 'moved' });
});
