import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/inventory/snapshot.ts';
import { openDatabase } from '../../src/postgres/database.ts';
import { createSnapshotReader } from '../../src/postgres/snapshot.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { hoursAgo, now, requireObjective, type Seed, seedOf } from './snapshot-seed.ts';

/** What a snapshot says, whatever the order of its instances. */
function said({ instances, projects, counters }: Snapshot) {
  const byKey = (left: { instanceId: string }, right: { instanceId: string }) =>
    left.instanceId < right.instanceId ? -1 : 1;
  return { instances: [...instances].sort(byKey), projects, counters };
}

async function withReader(work: (world: { db: TestDatabase; seed: Seed; url: string }) => Promise<void>) {
  await using db = await freshDatabase();
  await work({ db, seed: seedOf(db), url: db.url });
}

/** One change of one instance or backup, at the instant of its commit. */
const change = fc.record({
  what: fc.constantFrom(
    'add backup',
    'finish backup',
    'retire backup',
    'add instance',
    'retire instance',
    'revive instance',
    'nothing',
  ),
  instance: fc.integer({ min: 0, max: 6 }),
  type: fc.constantFrom('auto', 'manual', 'weekly'),
  status: fc.constantFrom('COMPLETED', 'FAILED', 'BUILDING', 'DELETING'),
});

test('what changed since the last reading is all that a reading needs, whatever changed', async () => {
  await withReader(async ({ db, seed, url }) => {
    await using database = await openDatabase({ url });
    await seed.project({ project_id: 'p1' });
    await seed.project({ project_id: 'p2' });
    await seed.certify('p1', hoursAgo(400));
    const reader = createSnapshotReader(database);
    await reader.readFacts(now);
    let commit = 0;
    let names = 0;
    const apply = async ({ what, instance, type, status }: typeof change extends fc.Arbitrary<infer T> ? T : never) => {
      commit += 1;
      const at = hoursAgo(300 - commit / 100);
      const project_id = instance % 3 === 0 ? 'p2' : 'p1';
      const own = [project_id, `i${instance}`, at];
      if (what === 'add backup') {
        names += 1;
        const row = {
          project_id,
          backup_id: `x${names}`,
          instance_id: `i${instance}`,
          backup_type: type,
          status,
          size_bytes: names,
        };
        await seed.backup({ ...row, begin_at: hoursAgo(names), end_at: hoursAgo(names - 0.5), changed_at: at });
      } else if (what === 'finish backup') {
        await db.query(
          `update inventory.backup set status = 'COMPLETED', end_at = $3, changed_at = $3 where project_id = $1 and instance_id = $2 and status = 'BUILDING'`,
          own,
        );
      } else if (what === 'retire backup') {
        await db.query(
          `update inventory.backup set retired_at = $3, retired_reason = 'expired', changed_at = $3 where (project_id, backup_id) in (
          select project_id, backup_id from inventory.backup where project_id = $1 and instance_id = $2 and retired_at is null order by begin_at limit 1)`,
          own,
        );
      } else if (what === 'add instance') {
        await db.query(
          `insert into inventory.instance (project_id, instance_id, name, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
          values ($1, $2, 'n', $3, 1, $3, 1) on conflict (project_id, instance_id) do update set name = excluded.name || inventory.instance.name, changed_at = $3`,
          own,
        );
      } else if (what !== 'nothing') {
        const gone = what === 'retire instance';
        await db.query(
          `update inventory.instance set retired_at = ${gone ? '$3' : 'null'}, retired_reason = ${gone ? "'instance_deleted'" : 'null'}, changed_at = $3
          where project_id = $1 and instance_id = $2`,
          own,
        );
      }
      await seed.sweep({
        project_id,
        started_at: at,
        finished_at: at,
        committed_at: at,
        updated: what === 'nothing' ? 0 : 1,
      });
    };
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        for (const one of changes) await apply(one);
        const whole = await createSnapshotReader(database).readFacts(now);
        expect(said(await reader.readFacts(now))).toEqual(said(whole));
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
}, 120_000);

describe('a reader', () => {
  test('reads nothing of the backups when nothing was committed', async () => {
    await withReader(async ({ db, seed, url }) => {
      await using database = await openDatabase({ url });
      await seed.project();
      await seed.certify('p1', hoursAgo(1));
      await seed.instance();
      const reader = createSnapshotReader(database);
      const before = await reader.readFacts(now);
      await db.query('alter table inventory.backup rename to elsewhere'); // reading it would fail
      expect(said(await reader.readFacts(now))).toEqual(said(before));
    });
  });

  test('reads everything again after six hours, so that a change by hand is seen', async () => {
    await withReader(async ({ seed, url }) => {
      await using database = await openDatabase({ url });
      await seed.project();
      await seed.certify('p1', hoursAgo(1));
      await seed.instance();
      const reader = createSnapshotReader(database);
      await reader.readFacts(now);
      await seed.backup(); // no sweep says so
      expect((await reader.readFacts(now)).instances[0]?.marks).toEqual([]);
      expect((await reader.readFacts(hoursAgo(-6.1))).instances[0]?.marks).toHaveLength(1);
    });
  });

  test('is as before when the database fails, and goes on when it is back', async () => {
    await withReader(async ({ db, seed, url }) => {
      await using database = await openDatabase({ url });
      await seed.project();
      await seed.certify('p1', hoursAgo(2));
      await seed.instance();
      const reader = createSnapshotReader(database);
      await reader.readFacts(now);
      await seed.backup({ changed_at: hoursAgo(1) });
      await seed.sweep({ inserted: 1, committed_at: hoursAgo(1) });
      await db.query('alter table inventory.counter rename to elsewhere');
      await expect(reader.readFacts(now)).rejects.toMatchObject({ name: 'StoreError' });
      await db.query('alter table inventory.elsewhere rename to counter');
      expect((await reader.readFacts(now)).instances[0]?.marks).toHaveLength(1);
    });
  });

  test('has verdicts unknown until it judged, and keeps them over later readings of facts', async () => {
    await withReader(async ({ db, seed, url }) => {
      await using database = await openDatabase({ url });
      await requireObjective(db);
      await seed.project();
      await seed.certify('p1', hoursAgo(1));
      await seed.instance();
      await seed.instance({ instance_id: 'i2' });
      await seed.backup();
      const reader = createSnapshotReader(database);
      const facts = await reader.readFacts(now);
      expect(facts.judgedAt).toBeNull();
      expect(facts.instances.map((instance) => instance.protection)).toEqual(['unknown', 'unknown']);
      await reader.readVerdicts(now);
      const judged = await reader.readFacts(now);
      expect(judged).toMatchObject({ judgedAt: now, scheduleIntervalSeconds: 3600 });
      expect(judged.instances.map((instance) => instance.protection)).toEqual(['protected', 'unprotected']);
      expect(judged.instances[0]?.objective).toEqual({ rpoSeconds: 93_600, retentionSeconds: 604_800 });
    });
  });

  test('never changes a snapshot that it gave', async () => {
    await withReader(async ({ db, seed, url }) => {
      await using database = await openDatabase({ url });
      await requireObjective(db);
      await seed.project();
      await seed.certify('p1', hoursAgo(2));
      await seed.instance();
      const reader = createSnapshotReader(database);
      const first = await reader.readFacts(now);
      const copy = structuredClone(first);
      await seed.backup({ changed_at: hoursAgo(1) });
      await seed.sweep({ inserted: 1, committed_at: hoursAgo(1) });
      await reader.readFacts(now);
      await reader.readVerdicts(now);
      expect(first).toEqual(copy);
    });
  });
});
