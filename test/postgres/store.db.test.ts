import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { backup, instance } from './inventory-facts.ts';
import { databaseKinds, freshStore, runOnce, strikeOrRetire } from './inventory-fixture.ts';

describe.each(databaseKinds)('the store on %s', (kind) => {
  test('stores what is listed, updates what differs, writes nothing when nothing differs', async () => {
    await using fixture = await freshStore(kind);
    const list = [backup('a'), backup('b'), backup('c', { status: 'BUILDING', endAt: null, sizeBytes: null })];
    expect(await runOnce(fixture, [list])).toMatchObject({ inserted: 3, updated: 0, unchanged: 0, revived: 0 });

    const before = await fixture.query('select backup_id, xmin::text, ctid::text from inventory.backup order by 1');
    expect(await runOnce(fixture, [list])).toMatchObject({ inserted: 0, updated: 0, unchanged: 3 });
    expect(await fixture.query('select backup_id, xmin::text, ctid::text from inventory.backup order by 1')).toEqual(
      before,
    );

    const done = [backup('a'), backup('b'), backup('c')];
    expect(await runOnce(fixture, [done])).toMatchObject({ inserted: 0, updated: 1, unchanged: 2 });
    const states = await fixture.query(
      `select status, size_bytes, run_id, recorded_to is null as now from inventory.backup_history where backup_id = 'c' order by recorded_from`,
    );
    expect(states).toEqual([
      { status: 'BUILDING', size_bytes: null, run_id: 1, now: false },
      { status: 'COMPLETED', size_bytes: 1024, run_id: 3, now: true },
    ]);
  });

  test('strikes, retires and revives, and keeps each state', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a'), backup('b')]]);
    expect(await runOnce(fixture, [[backup('a')]], { absence: strikeOrRetire })).toMatchObject({
      struck: 1,
      retired: 0,
    });
    expect(await runOnce(fixture, [[backup('a')]], { absence: strikeOrRetire })).toMatchObject({
      struck: 0,
      retired: 1,
    });
    expect(
      await fixture.query(
        `select retired_reason, missed_sweeps, missing_since < retired_at as before from inventory.backup where backup_id = 'b'`,
      ),
    ).toEqual([{ retired_reason: 'unknown', missed_sweeps: 2, before: true }]);
    expect(await runOnce(fixture, [[backup('a'), backup('b')]], { absence: strikeOrRetire })).toMatchObject({
      updated: 1,
      revived: 1,
    });
    const states = await fixture.query(
      `select missed_sweeps, retired_reason from inventory.backup_history where backup_id = 'b' order by recorded_from`,
    );
    expect(states).toEqual([
      { missed_sweeps: 0, retired_reason: null },
      { missed_sweeps: 1, retired_reason: null },
      { missed_sweeps: 2, retired_reason: 'unknown' },
      { missed_sweeps: 0, retired_reason: null },
    ]);
  });

  test('lets the later reading of an id win, within a page, a batch and a round', async () => {
    await using fixture = await freshStore(kind);
    const many = Array.from({ length: 1500 }, (_, n) => backup(`m${n}`));
    const pages = [
      [backup('x', { name: 'first' })],
      [backup('x', { name: 'second' })],
      many,
      [backup('x', { name: 'last' }), ...many.slice(0, 3)],
    ];
    const result = await runOnce(fixture, pages);
    expect(result).toMatchObject({ inserted: 1501, updated: 0, unchanged: 0 });
    expect(await fixture.query(`select name from inventory.backup_history where backup_id = 'x'`)).toEqual([
      { name: 'last' },
    ]);
  });

  test('digests the distinct ids in byte order', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [
      [backup('b'), backup('B')],
      [backup('ä'), backup('a'), backup('b')],
    ]);
    const digest = createHash('sha256').update(['B', 'a', 'b', 'ä'].join('\n')).digest('hex');
    expect(await fixture.query('select ids_digest from inventory.sweep')).toEqual([{ ids_digest: digest }]);
  });

  test('stores instances', async () => {
    await using fixture = await freshStore(kind);
    expect(await runOnce(fixture, [[instance('i1'), instance('i2')]], { scope: 'instances' })).toMatchObject({
      inserted: 2,
    });
    const changed = [[instance('i1', { backupKeepDays: 0 })]];
    expect(await runOnce(fixture, changed, { scope: 'instances', absence: strikeOrRetire })).toMatchObject({
      updated: 1,
      struck: 1,
    });
    expect(
      await fixture.query(
        'select instance_id, backup_keep_days, run_id from inventory.instance_history order by 1, recorded_from',
      ),
    ).toEqual([
      { instance_id: 'i1', backup_keep_days: 7, run_id: 1 },
      { instance_id: 'i1', backup_keep_days: 0, run_id: 2 },
      { instance_id: 'i2', backup_keep_days: 7, run_id: 1 },
      { instance_id: 'i2', backup_keep_days: 7, run_id: 2 },
    ]);
  });
});
