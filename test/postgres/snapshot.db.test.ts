import { expect, test } from 'vitest';
import type { Snapshot } from '../../src/inventory/snapshot.ts';
import { openDatabase } from '../../src/postgres/database.ts';
import { readSnapshot } from '../../src/postgres/snapshot.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { hoursAgo, now, type Seed, secondsOf, seedOf } from './snapshot-seed.ts';

const freshnessSeconds = 3 * 3600; // the default

async function snapshotOf(db: TestDatabase): Promise<Snapshot> {
  await using database = await openDatabase({ url: db.url });
  return await readSnapshot(database, { now });
}

async function snapshotAfter(fill: (seed: Seed) => Promise<void>): Promise<Snapshot> {
  await using db = await freshDatabase();
  await fill(seedOf(db));
  return await snapshotOf(db);
}

test('an empty database gives an empty snapshot', async () => {
  const snapshot = await snapshotAfter(async () => undefined);
  expect(snapshot).toMatchObject({ takenAt: now, projects: [], instances: [] });
  expect(snapshot.counters.size).toBe(0);
});

test('an instance that was never backed up is there, with nothing said of its backups', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.instance();
  });
  expect(snapshot.instances).toMatchObject([
    {
      instanceId: 'i1',
      name: 'orders',
      backupKeepDays: 7,
      groups: [],
      marks: [],
      oldestBuilding: null,
      consecutiveFailures: 0,
    },
  ]);
});

test('the newest completed backup by its end gives recovery point, size and duration', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.instance();
    await seed.backup({ begin_at: hoursAgo(30), end_at: hoursAgo(29), size_bytes: 900 });
    await seed.backup({ begin_at: hoursAgo(8), end_at: hoursAgo(2), size_bytes: 500 }); // began first, ended last
    await seed.backup({ begin_at: hoursAgo(6), end_at: hoursAgo(5), size_bytes: 700 });
    await seed.backup({ begin_at: hoursAgo(4), end_at: null, status: 'FAILED', size_bytes: null });
    await seed.backup({ begin_at: hoursAgo(3), end_at: null, status: 'BUILDING', size_bytes: null });
    await seed.backup({ begin_at: hoursAgo(1), end_at: hoursAgo(0.5), backup_scope: 'database_table', size_bytes: 10 });
  });
  expect(snapshot.instances[0]).toMatchObject({
    groups: [
      { backupType: 'auto', backupScope: 'database_table', status: 'COMPLETED', backups: 1, sizeBytes: 10 },
      { backupType: 'auto', backupScope: 'instance', status: 'BUILDING', backups: 1, sizeBytes: null },
      { backupType: 'auto', backupScope: 'instance', status: 'COMPLETED', backups: 3, sizeBytes: 2100 },
      { backupType: 'auto', backupScope: 'instance', status: 'FAILED', backups: 1, sizeBytes: null },
    ],
    marks: [
      {
        backupType: 'auto',
        lastSuccess: secondsOf(hoursAgo(2)),
        lastFailure: secondsOf(hoursAgo(4)),
        oldestCompleted: secondsOf(hoursAgo(30)),
        lastSizeBytes: 500,
        lastDurationSeconds: 6 * 3600,
      },
    ],
    oldestBuilding: secondsOf(hoursAgo(3)),
    consecutiveFailures: 1,
  });
});

test('a completed backup without an end counts from its begin, and its size and duration are unknown', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.instance();
    await seed.backup({ begin_at: hoursAgo(5), end_at: null, size_bytes: null });
  });
  expect(snapshot.instances[0]?.marks).toMatchObject([
    { lastSuccess: secondsOf(hoursAgo(5)), lastSizeBytes: null, lastDurationSeconds: null },
  ]);
});

test('failures count in a row only since the newest completed backup, over all types', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.instance();
    await seed.backup({ begin_at: hoursAgo(60), status: 'FAILED' });
    await seed.backup({ begin_at: hoursAgo(50), backup_type: 'manual' });
    await seed.backup({ begin_at: hoursAgo(40), status: 'FAILED' });
    await seed.backup({ begin_at: hoursAgo(20), status: 'FAILED', backup_type: 'manual' });
    await seed.backup({ begin_at: hoursAgo(10), backup_scope: 'database_table' }); // proves nothing of the instance
  });
  expect(snapshot.instances[0]?.consecutiveFailures).toBe(2);
});

test('types and statuses that are new fold into other and add up', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.instance({ status: 'on_holiday' });
    await seed.backup({ backup_type: 'weekly', begin_at: hoursAgo(9), end_at: hoursAgo(8), size_bytes: 1 });
    await seed.backup({ backup_type: 'yearly', begin_at: hoursAgo(7), end_at: hoursAgo(6), size_bytes: 2 });
    await seed.backup({ backup_type: 'weekly', status: 'DELETING' });
    await seed.backup({ backup_type: 'yearly', status: 'DISABLED' });
  });
  expect(snapshot.instances[0]).toMatchObject({
    status: 'other',
    groups: [
      { backupType: 'other', status: 'COMPLETED', backups: 2, sizeBytes: 3 },
      { backupType: 'other', status: 'other', backups: 2 },
    ],
    marks: [{ backupType: 'other', lastSuccess: secondsOf(hoursAgo(6)), lastSizeBytes: 2 }],
  });
});

test('what is retired or belongs to an unconfigured project is not there', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.project({ project_id: 'p2', configured: false });
    await seed.instance({ instance_id: 'gone', retired_at: hoursAgo(1), retired_reason: 'instance_deleted' });
    await seed.instance({ project_id: 'p2', instance_id: 'elsewhere' });
    await seed.instance();
    await seed.backup({ retired_at: hoursAgo(1), retired_reason: 'expired' });
  });
  expect(snapshot.projects.map((project) => project.projectId)).toEqual(['p1']);
  expect(snapshot.instances).toMatchObject([{ instanceId: 'i1', groups: [] }]);
});

test('backups of instances that are not live add up as orphans of their project', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.certify('p1', hoursAgo(1));
    await seed.instance({ instance_id: 'gone', retired_at: hoursAgo(1), retired_reason: 'instance_deleted' });
    await seed.instance();
    await seed.backup();
    await seed.backup({ instance_id: 'gone', backup_type: 'manual', size_bytes: 70 });
    await seed.backup({ instance_id: 'never-listed', status: 'FAILED', size_bytes: null });
    await seed.backup({ instance_id: null, size_bytes: 7 });
  });
  expect(snapshot.projects[0]?.orphans).toEqual({ backups: 3, sizeBytes: 77 });
});

test('orphans are not known until a list of instances was certified', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.backup();
  });
  expect(snapshot.projects[0]?.orphans).toBeNull();
});

test('a scope tells its newest attempt, its newest certified reading and the newest whole list', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.sweep({ started_at: hoursAgo(4), finished_at: hoursAgo(3), reported_total: 9, distinct_ids: 9 });
    await seed.sweep({
      started_at: hoursAgo(2),
      finished_at: hoursAgo(1.5),
      certified: false,
      reported_total: 10,
      distinct_ids: 8,
    });
    await seed.sweep({
      started_at: hoursAgo(1),
      certified: false,
      reason: 'recent',
      mode: 'recent',
      reported_total: 1,
    });
  });
  const scopes = snapshot.projects[0]?.scopes;
  expect(scopes?.[1]).toEqual({
    scope: 'instance_backups',
    lastAttempt: secondsOf(hoursAgo(1)),
    lastCertified: secondsOf(hoursAgo(4)),
    reportedItems: 10,
    distinctItems: 8,
    durationSeconds: 1800,
    quarantined: false,
  });
  expect(scopes?.[0]).toMatchObject({
    scope: 'instances',
    lastAttempt: null,
    lastCertified: null,
    reportedItems: null,
  });
});

test('a scope is quarantined while its newest certified reading is, failed readings after it notwithstanding', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.sweep({ started_at: hoursAgo(3), quarantined: true, quarantined_missing: 50 });
    await seed.sweep({ started_at: hoursAgo(2), certified: false });
  });
  expect(snapshot.projects[0]?.scopes[1]?.quarantined).toBe(true);
});

test('verdicts hold until the older of the two lists is older than the limit', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    for (const projectId of ['fresh', 'stale', 'unread']) await seed.project({ project_id: projectId });
    await seed.certify('fresh', hoursAgo(1));
    await seed.sweep({ project_id: 'fresh', scope: 'instances', started_at: hoursAgo(0.5) });
    await seed.certify('stale', hoursAgo(3.1));
    await seed.sweep({ project_id: 'stale', scope: 'instances', started_at: hoursAgo(0.5) });
  });
  const until = Object.fromEntries(snapshot.projects.map((project) => [project.projectId, project.verdictsUntil]));
  expect(until).toEqual({ fresh: secondsOf(hoursAgo(1)) + freshnessSeconds, stale: null, unread: null });
});

test('counters come by name, those of instances with their instance, and readings from the newest run that has them', async () => {
  const snapshot = await snapshotAfter(async (seed) => {
    await seed.project();
    await seed.instance();
    await seed.counter({ counter: 'failures_total', project_id: 'p1', instance_id: 'i1', value: 4 });
    await seed.counter({ counter: 'completions_total', project_id: 'p1', instance_id: 'i1', value: 40 });
    await seed.counter({ counter: 'retired_total', project_id: 'p1', label_1: 'early', value: 2 });
    await seed.run({ clock_skew_seconds: 9, credential_expires_at: hoursAgo(100) });
    await seed.run({ clock_skew_seconds: -1.5, credential_expires_at: hoursAgo(-20) });
    await seed.run({ finished_at: null, outcome: null });
  });
  expect(snapshot.instances[0]).toMatchObject({ failures: 4, completions: 40 });
  expect([...snapshot.counters.keys()]).toEqual(['retired_total']);
  expect(snapshot.counters.get('retired_total')).toMatchObject([{ projectId: 'p1', label1: 'early', value: 2 }]);
  expect(snapshot.readings).toEqual({ clockSkewSeconds: -1.5, credentialExpiry: secondsOf(hoursAgo(-20)) });
});

test('an estate larger than one portion is read whole', async () => {
  await using db = await freshDatabase();
  await seedOf(db).project();
  await db.query(`insert into inventory.instance (project_id, instance_id, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
    select 'p1', 'i' || n, now(), 1, now(), 1 from generate_series(1, 4001) n`);
  await db.query(`insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, backup_type, status, begin_at,
      first_seen_at, first_seen_run_id, changed_at, changed_run_id)
    select 'p1', 'b' || n, 'instance', 'i' || n, 'auto', 'COMPLETED', now(), now(), 1, now(), 1 from generate_series(1, 4000) n`);
  const snapshot = await snapshotOf(db);
  expect(snapshot.instances).toHaveLength(4001);
  expect(snapshot.instances.filter((instance) => instance.marks.length === 1)).toHaveLength(4000);
});
