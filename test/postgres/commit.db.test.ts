import { describe, expect, test } from 'vitest';
import type { Anomaly } from '../../src/inventory/model.ts';
import { backup, certificate, instance, projectId } from './inventory-facts.ts';
import {
  databaseKinds,
  freshStore,
  openRun,
  runOnce,
  type StoreFixture,
  strikeOrRetire,
  sweep,
} from './inventory-fixture.ts';

const counters = async (fixture: StoreFixture) =>
  Object.fromEntries(
    (
      await fixture.query<{ key: string; value: number }>(
        `select concat_ws(' ', counter, nullif(instance_id, ''), nullif(label_1, ''), nullif(label_2, '')) as key, value from inventory.counter`,
      )
    ).map(({ key, value }) => [key, value]),
  );

describe.each(databaseKinds)('a commit on %s', (kind) => {
  test('counts what happened, each transition once', async () => {
    await using fixture = await freshStore(kind);
    const list = [
      backup('a'),
      backup('b', { instanceId: 'i2', status: 'FAILED' }),
      backup('c', { status: 'BUILDING' }),
    ];
    await runOnce(fixture, [list], {
      certificate: { pages: 2, duplicates: 1, rescans: { joint: 1, tie: 2, total: 0 } },
    });
    await runOnce(fixture, [list]);
    await runOnce(fixture, [[backup('a'), backup('c')]], { absence: strikeOrRetire });
    await runOnce(fixture, [[backup('a'), backup('c')]], { absence: strikeOrRetire });
    const failed = { certified: false, reason: 'throttled' } as const;
    await runOnce(fixture, [list], { certificate: failed });
    expect(await counters(fixture)).toEqual({
      'completions_total i1': 2,
      'failures_total i2': 1,
      'retired_total unknown': 1,
      'rows_written_total backup insert': 3,
      'rows_written_total backup update': 5, // c ended, b struck and retired; then c began again and b was revived
      'sweeps_total instance_backups certified': 4,
      'sweeps_total instance_backups throttled': 1,
      sweep_pages_total: 6,
      sweep_rescans_total: 3,
      sweep_duplicates_total: 1,
    });
  });

  test('takes further increments, and only with the rest', async () => {
    await using fixture = await freshStore(kind);
    await using run = await openRun(fixture);
    await using stage = await run.stage({ projectId, scope: 'instances' });
    await stage.add([instance('i1')]);
    const input = { certificate: certificate(fixture.clock), absence: { kind: 'none' }, anomalies: [] } as const;
    const increment = { counter: 'api_requests_total', label1: 'list', by: 2 };
    await expect(
      stage.commit({ ...input, counters: [increment, { ...increment, by: Number.POSITIVE_INFINITY }] }),
    ).rejects.toThrow();
    expect(await fixture.query('select * from inventory.instance')).toEqual([]);
    await stage.commit({
      ...input,
      counters: [increment, { ...increment, by: 3 }, { ...increment, label1: 'none', by: 0 }],
    });
    await run.finish({ outcome: 'certified', finishedAt: fixture.clock.now(), errorCode: null, errorMessage: null }, [
      increment,
    ]);
    expect(await counters(fixture)).toMatchObject({ 'api_requests_total list': 7 });
  });

  test('keeps an anomaly once, however often it is seen', async () => {
    await using fixture = await freshStore(kind);
    const anomaly: Anomaly = {
      kind: 'bad_time',
      itemId: 'x\0y',
      field: 'begin_time',
      detail: 'not a time: \ud800',
      raw: { a: ['\0'] },
      blocksCertification: true,
    };
    for (const _run of [1, 2]) {
      await using run = await openRun(fixture);
      await using stage = await run.stage({ projectId, scope: 'instance_backups' });
      const anomalies = [anomaly, anomaly, { ...anomaly, raw: 'x'.repeat(100_000), itemId: 'long' }];
      await stage.commit({
        certificate: certificate(fixture.clock),
        absence: { kind: 'none' },
        anomalies,
        counters: [],
      });
      fixture.clock.advance(1000);
    }
    expect(
      await fixture.query(`select item_id, occurrences, first_run_id, last_run_id, length(raw::text) < 20000 as short
      from inventory.anomaly order by item_id`),
    ).toEqual([
      { item_id: 'long', occurrences: 2, first_run_id: 1, last_run_id: 2, short: true },
      { item_id: 'x\uFFFDy', occurrences: 2, first_run_id: 1, last_run_id: 2, short: true },
    ]);
    expect(await counters(fixture)).toMatchObject({ 'anomalies_total bad_time': 6 });
  });

  test('stores whatever text the cloud sends', async () => {
    await using fixture = await freshStore(kind);
    const names = [
      `it's "quoted" \\ and /slashed/`,
      'nul\0 and bell\u0007',
      'half \ud83d pair',
      '💾'.repeat(5000),
      '\u2028<script>',
      '=1+1',
    ];
    const facts = names.map((name, n) =>
      backup(`id-${n}`, { name, databaseTables: [{ database: name, tables: [name] }] }),
    );
    await runOnce(fixture, [facts]);
    expect(await runOnce(fixture, [facts])).toMatchObject({ unchanged: names.length, updated: 0 });
    const stored = await fixture.query<{ name: string; text: string }>(
      `select name, database_tables -> 0 ->> 'database' as text from inventory.backup order by backup_id`,
    );
    const clean = names.map((name) => name.toWellFormed().replaceAll('\0', '\uFFFD'));
    expect(stored).toEqual(clean.map((name) => ({ name, text: name })));
  });

  test('comes later than every other one, whatever the clock says', async () => {
    await using fixture = await freshStore(kind);
    await using run = await openRun(fixture);
    const first = await sweep(run, fixture.clock, [[instance('i1')]], { scope: 'instances' });
    const second = await sweep(run, fixture.clock, [[backup('a')]]);
    fixture.clock.advance(-3_600_000);
    const third = await sweep(run, fixture.clock, [[backup('t')]], { scope: 'database_table_backups' });
    expect([second, third].map(({ committedAt }) => committedAt.getTime() - first.committedAt.getTime())).toEqual([
      1, 2,
    ]);
  });

  test('tells as of any instant what was believed then', async () => {
    await using fixture = await freshStore(kind);
    const lists = [
      [backup('a', { status: 'BUILDING' })],
      [backup('a'), backup('b')],
      [backup('b', { sizeBytes: 5 })],
      [backup('b', { sizeBytes: 5 })],
    ];
    const believed: { at: Date; rows: unknown[] }[] = [];
    for (const list of lists) {
      const { committedAt } = await runOnce(fixture, [list], { absence: strikeOrRetire });
      believed.push({
        at: committedAt,
        rows: await fixture.query('select * from inventory.backup order by backup_id'),
      });
    }
    for (const { at, rows } of believed) {
      for (const instant of [at, new Date(at.getTime() + 60_000)]) {
        expect(
          await fixture.query(`select * from inventory.backup_as_of('${instant.toISOString()}') order by backup_id`),
        ).toEqual(rows);
      }
    }
    expect(await fixture.query(`select * from inventory.backup_as_of('2000-01-01')`)).toEqual([]);
  });

  test('is refused where the stage lost rows', async () => {
    await using fixture = await freshStore(kind);
    await runOnce(fixture, [[backup('a')]]);
    await using run = await openRun(fixture);
    await using stage = await run.stage({ projectId, scope: 'instance_backups' });
    await stage.add([backup('a')]);
    await stage.absence();
    await fixture.query('truncate inventory.staged_backup');
    await expect(stage.missing()).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringContaining('Of 1 staged'),
    });
    const input = {
      certificate: certificate(fixture.clock),
      absence: { kind: 'none' },
      anomalies: [],
      counters: [],
    } as const;
    await expect(stage.commit(input)).rejects.toThrow('Of 1 staged');
  });

  test('says since when a scope has been read, and which backups were unfinished', async () => {
    await using fixture = await freshStore(kind);
    const scope = { projectId, scope: 'instance_backups' } as const;
    {
      await using run = await openRun(fixture);
      expect(await run.readSince(scope)).toBeNull();
    }
    const begun = fixture.clock.now().getTime();
    await runOnce(fixture, [[backup('a', { status: 'BUILDING' }), backup('b', { status: 'NEW_STATUS' }), backup('c')]]);
    await runOnce(fixture, [[]], { certificate: { mode: 'recent', certified: false, reason: 'recent' } });
    await runOnce(fixture, [[]], { certificate: { certified: false, reason: 'timeout' } });
    await using run = await openRun(fixture);
    expect(await run.readSince(scope)).toEqual(new Date(begun + 2 * 3_600_000));
    expect((await run.unfinished(scope)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(await run.unfinished({ projectId, scope: 'database_table_backups' })).toEqual([]);
  });
});
