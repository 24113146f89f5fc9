// The coverage calendar: which day a backup belongs to, what was alive, what is proved.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { World } from './world.ts';

let db: TestDatabase;
let world: World;

beforeAll(async () => {
  db = await freshDatabase();
  world = new World(db);
  await world.objective();
});
afterAll(() => db[Symbol.asyncDispose]());

let projects = 0;

/** A project of its own with one instance that was read every hour over the period. */
async function estate(given: { created?: string; keepDays?: number | null; from?: string; to?: string } = {}) {
  projects += 1;
  const project = `p${projects}`;
  await world.project(project);
  const { created = '2025-06-01T00:00:00Z', keepDays = 7, from, to } = given;
  await world.instance(project, { created, keepDays });
  if (from !== undefined && to !== undefined) await world.hourly(project, from, to);
  return project;
}

interface Cell {
  day: string;
  state: string;
  strength: string | null;
  required: boolean;
  proved: boolean;
}

async function calendar(
  project: string,
  first: string,
  last: string,
  { zone = 'UTC', asOf = '2027-01-01T00:00:00Z' } = {},
) {
  return db.query<Cell>(
    `select day::text as day, state, strength, required, proved from compliance.coverage_at($1, $2, $3, $4)
     where project_id = $5 order by day`,
    [first, last, zone, asOf, project],
  );
}

const states = (cells: readonly Cell[]) => cells.map(({ day, state }) => `${day.slice(5)} ${state}`);

test('a backup belongs to the day of its begin in the zone of the report', async () => {
  const project = await estate();
  await world.backup(project, { begin: '2026-05-10T22:30:00Z' });
  expect(states(await calendar(project, '2026-05-10', '2026-05-11'))).toEqual(['05-10 good', '05-11 not_observed']);
  const berlin = await calendar(project, '2026-05-10', '2026-05-11', { zone: 'Europe/Berlin' });
  expect(states(berlin)).toEqual(['05-10 not_observed', '05-11 good']);
  const honolulu = await calendar(project, '2026-05-10', '2026-05-11', { zone: 'Pacific/Honolulu' });
  expect(states(honolulu)).toEqual(['05-10 good', '05-11 not_observed']);
});

test('the day on which the clocks go forward has 23 hours, and its neighbours begin at midnight', async () => {
  const project = await estate({ from: '2026-03-27T00:00:00Z', to: '2026-03-31T00:00:00Z' });
  const zone = 'Europe/Berlin';
  await world.backup(project, { begin: '2026-03-28T22:59:59Z' }); // 23:59:59 on the 28th
  await world.backup(project, { begin: '2026-03-29T22:00:00Z' }); // 00:00 on the 30th, summer time
  const cells = await calendar(project, '2026-03-28', '2026-03-30', { zone, asOf: '2026-03-31T00:30:00Z' });
  expect(states(cells)).toEqual(['03-28 good', '03-29 none', '03-30 good']);
  const frame = await db.query(
    `select extract(epoch from ends_at - starts_at) / 3600 as hours from compliance.day_frame('2026-03-28', '2026-03-30', $1)`,
    [zone],
  );
  expect(frame.map(({ hours }) => Number(hours))).toEqual([24, 23, 24]);
});

test('the day on which the clocks go back has 25 hours, and both of its hours from two to three', async () => {
  const project = await estate({ from: '2026-10-23T00:00:00Z', to: '2026-10-27T00:00:00Z' });
  await world.backup(project, { begin: '2026-10-25T00:30:00Z' }); // 02:30 summer time
  await world.backup(project, { begin: '2026-10-25T01:30:00Z' }); // 02:30 again
  const [cell] = await db.query(
    `select good, state from compliance.coverage_at('2026-10-25', '2026-10-25', 'Europe/Berlin', '2026-10-27T12:00:00Z')
     where project_id = $1`,
    [project],
  );
  expect(cell).toEqual({ good: 2, state: 'good' });
  const [frame] = await db.query<{ hours: string }>(
    `select extract(epoch from ends_at - starts_at) / 3600 as hours
     from compliance.day_frame('2026-10-25', '2026-10-25', 'Europe/Berlin')`,
  );
  expect(Number(frame?.hours)).toBe(25);
});

test('a zone whose midnight does not exist that day still has days without a hole', async () => {
  // Beirut goes forward at midnight: 29 March 2026 begins at 01:00.
  const frame = await db.query<{ gap: number }>(
    `select extract(epoch from lead(starts_at) over (order by day) - ends_at)::float8 as gap
     from compliance.day_frame('2026-03-27', '2026-03-31', 'Asia/Beirut')`,
  );
  expect(frame.map(({ gap }) => gap)).toEqual([0, 0, 0, 0, null]);
});

test('absence is proved by a reading on the day and one after it', async () => {
  const project = await estate({ from: '2026-05-01T00:30:00Z', to: '2026-05-03T00:30:00Z' });
  expect(await calendar(project, '2026-05-01', '2026-05-03')).toMatchObject([
    { state: 'none', strength: 'observed', required: true, proved: true },
    { state: 'none', strength: 'observed', required: true, proved: true },
    // Read at 00:30, and never again.
    { state: 'not_observed', strength: null, required: true, proved: false },
  ]);
});

test('a day without a reading is not blind to what was seen later, only to what was not', async () => {
  const project = await estate();
  await world.sweep(project, { started: '2026-05-03T12:00:00Z' });
  await world.backup(project, { begin: '2026-05-01T01:00:00Z', seen: '2026-05-03T12:00:00Z' });
  await world.sweep(project, { started: '2026-05-04T12:00:00Z' });
  expect(await calendar(project, '2026-05-01', '2026-05-03')).toMatchObject([
    { state: 'good', strength: 'reconstructed' },
    { state: 'not_observed', strength: null, proved: false },
    { state: 'none', strength: 'observed', proved: true },
  ]);
});

test('a reading so late that a backup could have come and gone proves no absence', async () => {
  const [week, day] = [await estate({ keepDays: 7 }), await estate({ keepDays: 1 })];
  for (const project of [week, day]) {
    await world.sweep(project, { started: '2026-05-01T12:00:00Z' });
    await world.sweep(project, { started: '2026-05-04T12:00:00Z' });
  }
  expect(states(await calendar(week, '2026-05-01', '2026-05-01'))).toEqual(['05-01 none']);
  expect(states(await calendar(day, '2026-05-01', '2026-05-01'))).toEqual(['05-01 not_observed']);
});

test('one reading a day is enough for a policy of one day', async () => {
  const project = await estate({ keepDays: 1 });
  await world.sweep(project, { started: '2026-05-01T00:07:00Z' });
  await world.sweep(project, { started: '2026-05-02T00:07:40Z' });
  expect(states(await calendar(project, '2026-05-01', '2026-05-01'))).toEqual(['05-01 none']);
});

test('readings that are uncertified, quarantined, of a window, or not known yet prove no absence', async () => {
  const project = await estate();
  await world.sweep(project, { started: '2026-05-01T12:00:00Z' });
  await world.sweep(project, { started: '2026-05-02T01:00:00Z', certified: false });
  await world.sweep(project, { started: '2026-05-02T02:00:00Z', mode: 'recent' });
  await world.sweep(project, { started: '2026-05-02T03:00:00Z', quarantined: true });
  await world.sweep(project, { started: '2026-05-02T04:00:00Z', committed: '2026-05-02T04:10:00Z' });
  const asOf = (text: string) => calendar(project, '2026-05-01', '2026-05-01', { asOf: text });
  expect(states(await asOf('2026-05-02T04:09:59Z'))).toEqual(['05-01 not_observed']);
  expect(states(await asOf('2026-05-02T04:10:00Z'))).toEqual(['05-01 none']);
});

test('a failed backup is shown whether or not a good one can be ruled out; only proof makes it a miss', async () => {
  const project = await estate({ from: '2026-05-02T00:30:00Z', to: '2026-05-03T00:30:00Z' });
  await world.backup(project, { begin: '2026-05-01T01:00:00Z', status: 'FAILED', seen: '2026-05-02T00:30:00Z' });
  await world.backup(project, { begin: '2026-05-02T01:00:00Z', status: 'FAILED' });
  expect(await calendar(project, '2026-05-01', '2026-05-02')).toMatchObject([
    { state: 'failed_only', strength: 'reconstructed', proved: false },
    { state: 'failed_only', strength: 'observed', proved: true },
  ]);
});

test('a backup in the making is in progress, one that went before it was done has failed', async () => {
  const project = await estate({ from: '2026-05-01T00:30:00Z', to: '2026-05-02T00:30:00Z' });
  await world.backup(project, {
    id: `${project}-b`,
    begin: '2026-05-01T01:00:00Z',
    status: 'BUILDING',
    seen: '2026-05-01T01:30:00Z',
  });
  expect(states(await calendar(project, '2026-05-01', '2026-05-01'))).toEqual(['05-01 in_progress']);
  await db.query(
    `update inventory.backup set retired_at = '2026-05-01T06:00Z', retired_reason = 'unknown', changed_at = '2026-05-01T06:00Z'
     where backup_id = $1`,
    [`${project}-b`],
  );
  expect(states(await calendar(project, '2026-05-01', '2026-05-01'))).toEqual(['05-01 failed_only']);
  const before = await calendar(project, '2026-05-01', '2026-05-01', { asOf: '2026-05-01T05:59:59Z' });
  expect(states(before)).toEqual(['05-01 in_progress']);
});

test('today is shown and not required; days that have not begun are not shown', async () => {
  const project = await estate({ from: '2026-05-01T00:30:00Z', to: '2026-05-03T00:30:00Z' });
  await world.backup(project, { begin: '2026-05-02T01:00:00Z' });
  const cells = await calendar(project, '2026-05-01', '2026-05-05', { asOf: '2026-05-02T12:00:00Z' });
  expect(cells).toMatchObject([
    { day: '2026-05-01', state: 'none', required: true },
    { day: '2026-05-02', state: 'good', required: false },
  ]);
});

test('an instance owes nothing on the day of its birth, nor before, but what it has is shown', async () => {
  const project = await estate({
    created: '2026-05-02T10:00:00Z',
    from: '2026-05-01T00:30:00Z',
    to: '2026-05-05T00:30:00Z',
  });
  await world.backup(project, { begin: '2026-05-02T11:00:00Z' });
  expect(await calendar(project, '2026-05-01', '2026-05-03')).toMatchObject([
    { state: 'not_alive', required: false },
    { state: 'good', required: false },
    { state: 'none', required: true },
  ]);
});

test('a dead instance owes nothing from the day of its death on and is still in the calendar', async () => {
  const project = await estate({ from: '2026-05-01T00:30:00Z', to: '2026-05-05T00:30:00Z' });
  await world.backup(project, { begin: '2026-05-01T01:00:00Z' });
  await db.query(
    `update inventory.instance set missing_since = '2026-05-02T10:00Z', retired_at = '2026-05-02T11:00Z',
       retired_reason = 'instance_deleted', changed_at = '2026-05-02T11:00Z' where project_id = $1`,
    [project],
  );
  expect(await calendar(project, '2026-05-01', '2026-05-03')).toMatchObject([
    { state: 'good', required: true },
    { state: 'not_alive', required: false },
    { state: 'not_alive', required: false },
  ]);
  expect(await calendar(project, '2026-05-03', '2026-05-04')).toEqual([]);
});

test('an instance that came back was away in between', async () => {
  const project = await estate({ from: '2026-05-01T00:30:00Z', to: '2026-05-06T00:30:00Z' });
  const change = (values: string) =>
    db.query(`update inventory.instance set ${values} where project_id = $1`, [project]);
  await change(`missing_since = '2026-05-02T10:00Z', retired_at = '2026-05-02T11:00Z', retired_reason = 'instance_deleted',
    changed_at = '2026-05-02T11:00Z'`);
  await change(`missing_since = null, retired_at = null, retired_reason = null, changed_at = '2026-05-04T10:00Z'`);
  expect(states(await calendar(project, '2026-05-01', '2026-05-05'))).toEqual([
    '05-01 none',
    '05-02 not_alive',
    '05-03 not_alive',
    '05-04 not_alive',
    '05-05 none',
  ]);
  const then = await calendar(project, '2026-05-01', '2026-05-05', { asOf: '2026-05-03T12:00:00Z' });
  expect(states(then)).toEqual(['05-01 none', '05-02 not_alive', '05-03 not_alive']);
});

test('rules count on the days on which they were in force', async () => {
  const project = await estate({ from: '2026-05-01T00:30:00Z', to: '2026-05-06T00:30:00Z' });
  for (const day of [1, 2, 3]) await world.backup(project, { begin: `2026-05-0${day}T01:00:00Z`, type: 'manual' });
  await world.objective({ project, manualCounts: false, position: 0, from: '2026-05-03T12:00:00Z' });
  await world.exemption({ project, control: 'BK-10', from: '2026-05-05T00:00:00Z', expires: '2026-05-06T00:00:00Z' });
  expect(await calendar(project, '2026-05-02', '2026-05-05', { asOf: '2026-05-06T00:31:00Z' })).toMatchObject([
    { day: '2026-05-02', state: 'good', required: true },
    { day: '2026-05-03', state: 'none', required: true },
    // The exemption came into force as this day ended.
    { day: '2026-05-04', state: 'none', required: true },
    { day: '2026-05-05', state: 'exempt', required: false },
  ]);
});

test('a session in another time zone sees the same', async () => {
  const read = (zone: string) =>
    db.query(
      `with zone as materialized (select set_config('TimeZone', $1, false))
       select md5(string_agg(to_jsonb(c)::text, ',' order by project_id, instance_id, day)) as digest
       from zone, compliance.coverage_at('2026-03-01', '2026-06-01', 'Europe/Berlin', '2026-05-06T00:00:00Z'::timestamptz) c`,
      [zone],
    );
  const [utc] = await read('UTC');
  expect(utc?.digest).toMatch(/^[0-9a-f]{32}$/);
  for (const zone of ['America/New_York', 'Asia/Kathmandu', 'Pacific/Apia']) expect(await read(zone)).toEqual([utc]);
  await db.query(`select set_config('TimeZone', 'UTC', false)`);
});
