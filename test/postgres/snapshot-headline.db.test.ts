import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { readSnapshot } from '../../src/postgres/snapshot.ts';
import { freshDatabase } from '../support/postgres.ts';
import { hoursAgo, now, requireObjective, type Seed, seedOf } from './snapshot-seed.ts';

describe('the headline', () => {
  async function headlines(fill: (seed: Seed) => Promise<void>, exemptions: readonly string[] = []) {
    await using db = await freshDatabase();
    await requireObjective(db);
    const seed = seedOf(db);
    await seed.project();
    await seed.certify('p1', hoursAgo(1));
    await fill(seed);
    for (const [index, name] of exemptions.entries()) {
      await db.query(
        `insert into compliance.exemption (position, match_instance, control, owner, reason, expires_at, valid_from, config_digest, set_by)
        values ($1, $2, '*', 'dba', 'why not', $3, $4, 'c', 'test')`,
        [index + 1, name, hoursAgo(-1000), hoursAgo(1000)],
      );
    }
    await using database = await openDatabase({ url: db.url });
    const snapshot = await readSnapshot(database, { now });
    return Object.fromEntries(snapshot.instances.map((instance) => [instance.instanceId, instance.protection]));
  }

  test('is made of the recovery point and of being protected at all', async () => {
    const states = await headlines(
      async (seed) => {
        for (const instance_id of ['good', 'late', 'never']) await seed.instance({ instance_id });
        await seed.instance({ instance_id: 'young', created_at: hoursAgo(2) });
        await seed.instance({ instance_id: 'excused', name: 'scratch' });
        await seed.backup({ instance_id: 'good' });
        await seed.backup({ instance_id: 'late', begin_at: hoursAgo(27), end_at: hoursAgo(26.1) });
      },
      ['scratch'],
    );
    expect(states).toEqual({
      good: 'protected',
      late: 'unprotected',
      never: 'unprotected',
      young: 'unknown',
      excused: 'exempt',
    });
  });

  test('is unknown when the readings are too old', async () => {
    await using db = await freshDatabase();
    await requireObjective(db);
    const seed = seedOf(db);
    await seed.project();
    await seed.certify('p1', hoursAgo(3.1));
    await seed.instance();
    await seed.backup();
    await using database = await openDatabase({ url: db.url });
    const { instances, projects } = await readSnapshot(database, { now });
    expect(instances[0]?.protection).toBe('unknown');
    expect(projects[0]?.verdictsUntil).toBeNull();
    expect(projects[0]?.controls).toContainEqual({ control: 'BK-01', verdict: 'UNKNOWN', instances: 1 });
  });
});
