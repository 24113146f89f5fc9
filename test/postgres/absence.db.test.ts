import { describe, expect, test } from 'vitest';
import type { AbsenceDecision, Stage } from '../../src/inventory/ports.ts';
import type { Instant } from '../../src/inventory/units.ts';
import { backup, instance } from './inventory-facts.ts';
import { databaseKinds, freshStore, runOnce, type StoreFixture, strikeOrRetire } from './inventory-fixture.ts';

const quarantine = async (stage: Stage): Promise<AbsenceDecision> => {
  const { live, missing } = await stage.absence();
  return { kind: 'quarantined', live, missing };
};

const states = (fixture: StoreFixture, id: string) =>
  fixture.query(`select missed_sweeps, missing_since is not null as missing, retired_reason
    from inventory.backup_history where backup_id = '${id}' order by recorded_from`);

describe.each(databaseKinds)('absence on %s', (kind) => {
  test('is counted among the live rows of the scope alone', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a'), backup('b'), backup('c')]]);
    await runOnce(fixture, [[backup('a'), backup('t')]], { scope: 'database_table_backups' });
    const counted: unknown[] = [];
    await runOnce(fixture, [[backup('b'), backup('new')]], {
      absence: async (stage) => {
        counted.push(
          await stage.absence(),
          (await stage.missing()).map(({ id }) => id),
        );
        return { kind: 'none' };
      },
    });
    expect(counted).toEqual([{ live: 3, missing: 2, quarantinedInARow: 0 }, ['a', 'c']]);
  });

  test('that is quarantined touches no row of the inventory and is noted aside, until it is judged', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a'), backup('b'), backup('c')]]);
    const before = await fixture.query('select backup_id, xmin::text from inventory.backup order by 1');
    expect(await runOnce(fixture, [[backup('a')]], { absence: quarantine })).toMatchObject({
      quarantined: true,
      struck: 0,
    });
    expect(await runOnce(fixture, [[backup('a'), backup('b')]], { absence: quarantine })).toMatchObject({
      quarantined: true,
    });
    expect(await fixture.query('select backup_id, xmin::text from inventory.backup order by 1')).toEqual(before);
    expect(await fixture.query('select item_id, misses from inventory.quarantine')).toEqual([
      { item_id: 'c', misses: 2 },
    ]);
    expect(await fixture.query('select quarantined, quarantined_missing from inventory.sweep order by run_id')).toEqual(
      [
        { quarantined: false, quarantined_missing: null },
        { quarantined: true, quarantined_missing: 2 },
        { quarantined: true, quarantined_missing: 1 },
      ],
    );

    let seen: unknown;
    await runOnce(fixture, [[backup('a'), backup('b')]], {
      absence: async (stage) => {
        seen = [await stage.absence(), await stage.missing()];
        return { kind: 'judged', verdicts: [{ id: 'c', action: 'retire', reason: 'unknown' }] };
      },
    });
    expect(seen).toMatchObject([{ quarantinedInARow: 2 }, [{ id: 'c', misses: 0, doubtedMisses: 2 }]]);
    expect(await fixture.query('select * from inventory.quarantine')).toEqual([]);
    expect(await states(fixture, 'c')).toEqual([
      { missed_sweeps: 0, missing: false, retired_reason: null },
      { missed_sweeps: 3, missing: true, retired_reason: 'unknown' },
    ]);
    expect(
      await fixture.query(`select missing_since = (select committed_at from inventory.sweep where run_id = 2) as first
        from inventory.backup where backup_id = 'c'`),
    ).toEqual([{ first: true }]);
  });

  test('ends when the row is listed again, by whatever sweep, even one that is not certified', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a'), backup('b')]]);
    await runOnce(fixture, [[backup('a')]], { absence: strikeOrRetire });
    const failed = { certified: false, reason: 'timeout' } as const;
    expect(await runOnce(fixture, [[backup('b')]], { certificate: failed })).toMatchObject({ updated: 1, revived: 1 });
    expect(await states(fixture, 'b')).toEqual([
      { missed_sweeps: 0, missing: false, retired_reason: null },
      { missed_sweeps: 1, missing: true, retired_reason: null },
      { missed_sweeps: 0, missing: false, retired_reason: null },
    ]);
  });

  test('is not held against a row that was staged after the verdict', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a'), backup('b')]]);
    const result = await runOnce(fixture, [[backup('a')]], {
      absence: async (stage) => {
        await stage.missing();
        await stage.add([backup('b')]);
        return { kind: 'judged', verdicts: [{ id: 'b', action: 'retire', reason: 'early' }] };
      },
    });
    expect(result).toMatchObject({ struck: 0, retired: 0, unchanged: 2 });
  });

  test('is judged with what is known of the instance and its policies', async () => {
    await using fixture = await freshStore(kind);
    const begin = '2026-02-01T12:00:00Z' as Instant;
    await runOnce(
      fixture,
      [[instance('i1', { backupKeepDays: 3 }), instance('i2'), instance('i3', { backupKeepDays: 2 })]],
      {
        scope: 'instances',
      },
    );
    fixture.clock.advance(86_400_000); // the policies above ended before the backups below began
    await runOnce(
      fixture,
      [[instance('i1', { backupKeepDays: 9 }), instance('i2'), instance('i3', { backupKeepDays: 5 })]],
      {
        scope: 'instances',
      },
    );
    const later = '2026-02-02T03:00:00Z' as Instant;
    await runOnce(fixture, [
      [
        backup('a', { instanceId: 'i1', beginAt: begin }),
        backup('b', { instanceId: 'i2', backupType: 'manual', status: 'FAILED', beginAt: begin }),
        backup('c', { instanceId: 'i3', beginAt: later }),
        backup('d', { instanceId: 'unheard-of' }),
      ],
    ]);
    await runOnce(fixture, [[instance('i1', { backupKeepDays: 0 }), instance('i3', { backupKeepDays: 6 })]], {
      scope: 'instances',
      absence: strikeOrRetire,
    });
    let missing: unknown;
    const look = async (stage: Stage): Promise<AbsenceDecision> => {
      missing = await stage.missing();
      return { kind: 'none' };
    };
    await runOnce(fixture, [[]], { absence: look }); // an hour later: an instance may have gone since
    expect(missing).toMatchObject(['a', 'b', 'c', 'd'].map((id) => ({ id, backup: { instanceKnown: false } })));
    fixture.clock.advance(-2 * 3_600_000 + 600_000);
    await runOnce(fixture, [[]], { absence: look }); // ten minutes after the list of instances
    const known = { instanceGone: false, instanceKnown: true, backupType: 'auto', status: 'COMPLETED' };
    expect(missing).toMatchObject([
      { id: 'a', backup: { ...known, beginAt: new Date(begin), keepDays: 0, minKeepDays: 3 } },
      {
        id: 'b',
        backup: { ...known, instanceGone: true, backupType: 'manual', status: 'FAILED', keepDays: 7, minKeepDays: 7 },
      },
      { id: 'c', backup: { ...known, keepDays: 6, minKeepDays: 5 } },
      { id: 'd', backup: { ...known, instanceKnown: false, keepDays: null, minKeepDays: null } },
    ]);
  });

  test('of a backup whose instance is in quarantine is judged without that instance: it may be gone', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[instance('i1')]], { scope: 'instances' });
    await runOnce(fixture, [[backup('a', { instanceId: 'i1' })]]);
    await runOnce(fixture, [[]], { scope: 'instances', absence: quarantine });
    let missing: unknown;
    await runOnce(fixture, [[]], {
      absence: async (stage) => {
        missing = await stage.missing();
        return { kind: 'none' };
      },
    });
    expect(missing).toMatchObject([{ id: 'a', backup: { instanceGone: false, instanceKnown: false } }]);
  });

  test('of a sweep that is not certified cannot be judged', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a')]]);
    const failed = { certified: false, reason: 'timeout' } as const;
    await expect(runOnce(fixture, [[]], { certificate: failed, absence: strikeOrRetire })).rejects.toThrow(
      'not certified',
    );
    expect(await states(fixture, 'a')).toEqual([{ missed_sweeps: 0, missing: false, retired_reason: null }]);
  });
});
