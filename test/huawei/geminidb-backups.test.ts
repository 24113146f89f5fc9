// Backup rows of GeminiDB, one by one: what is kept, what becomes null, what is told as an anomaly, what blocks certification.

import { describe, expect, test } from 'vitest';
import { geminidb } from '../../src/huawei/services/geminidb.ts';
import type { BackupFact } from '../../src/inventory/model.ts';
import { instantOf } from '../../src/inventory/units.ts';
import { backupRow } from './cloud-server.ts';

const context = { latestPlausible: instantOf(new Date('2026-06-02T00:00:00Z')) };

function readBackup(overrides: Record<string, unknown>, base = backupRow()) {
  const { item, anomalies } = geminidb.lists.instance_backups.readRow({ ...base, ...overrides }, context);
  return { item, anomalies, fact: item.fact as BackupFact | null };
}

const notes = (anomalies: { kind: string; field: string | null; blocksCertification: boolean }[]) =>
  anomalies.map(({ kind, field, blocksCertification }) => `${kind} ${field}${blocksCertification ? ' blocks' : ''}`);

describe('a backup that cannot be stored', () => {
  test.each([
    ['no id', { id: undefined }, 'bad_row id blocks'],
    ['a null id', { id: null }, 'bad_row id blocks'],
    ['an empty id', { id: '' }, 'bad_row id blocks'],
    ['a number as id', { id: 7 }, 'bad_row id blocks'],
    ['NUL in the id', { id: 'a\u0000b' }, 'bad_row id blocks'],
    ['half a character in the id', { id: 'a\ud800' }, 'bad_row id blocks'],
    ['no begin', { begin_time: undefined }, 'bad_time begin_time blocks'],
    ['a null begin', { begin_time: null }, 'bad_time begin_time blocks'],
    ['an empty begin', { begin_time: '' }, 'bad_time begin_time blocks'],
    ['a begin without a zone', { begin_time: '2019-05-27T03:38:51' }, 'bad_time begin_time blocks'],
    ['a begin in v3’s form', { begin_time: '2019-05-27 03:38:51' }, 'bad_time begin_time blocks'],
    ['a begin that no calendar has', { begin_time: '2019-02-30T03:38:51+0000' }, 'bad_time begin_time blocks'],
    ['a begin before computers', { begin_time: '0001-01-01T00:00:00+0000' }, 'bad_time begin_time blocks'],
    ['a begin that leaves four-digit years', { begin_time: '9999-12-31T23:59:59-1400' }, 'bad_time begin_time blocks'],
    ['a number as begin', { begin_time: 1558928331 }, 'bad_time begin_time blocks'],
  ])('%s keeps its place, blocks, and shows the row', (_, overrides, note) => {
    const { item, anomalies } = readBackup(overrides);
    expect(item.fact).toBeNull();
    expect(notes(anomalies)).toEqual([note]);
    expect(anomalies[0]?.raw).toMatchObject({ name: 'backup-test' });
  });

  test('a row without a readable begin keeps its id for the joints', () => {
    expect(readBackup({ begin_time: 'x' }).item).toMatchObject({
      id: '43e4feaab48f11e89039fa163ebaa7e4br01',
      orderKey: null,
    });
  });

  test.each([null, undefined, 7, 'row', [], true])('%j as a row is told and blocks', (row) => {
    const { item, anomalies } = geminidb.lists.instance_backups.readRow(row, context);
    expect(item).toEqual({ id: null, orderKey: null, fact: null });
    expect(notes(anomalies)).toEqual(['bad_row null blocks']);
  });
});

describe('a backup that is kept', () => {
  test('with every nullable field null or missing', () => {
    const bare = { id: 'b1', begin_time: '2019-05-27T03:38:51+0000' };
    const nulls = Object.fromEntries(Object.keys(backupRow({ database_tables: null })).map((field) => [field, null]));
    for (const row of [bare, { ...nulls, ...bare }]) {
      const { fact, anomalies } = readBackup({}, row);
      expect(fact).toEqual({
        backupId: 'b1',
        instanceId: null,
        instanceName: null,
        name: null,
        description: null,
        backupType: 'unknown',
        status: 'UNKNOWN',
        datastoreType: null,
        datastoreVersion: null,
        sizeBytes: null,
        beginAt: '2019-05-27T03:38:51Z',
        endAt: null,
        databaseTables: null,
      });
      expect(notes(anomalies).sort()).toEqual([
        'missing_field instance_id',
        'missing_field status',
        'missing_field type',
      ]);
    }
  });

  test('with a new status and a new type, verbatim', () => {
    const { fact, anomalies } = readBackup({ status: 'DELETING', type: 'Differential' });
    expect(fact).toMatchObject({ status: 'DELETING', backupType: 'Differential' });
    expect(notes(anomalies).sort()).toEqual(['unknown_enum status', 'unknown_enum type']);
  });

  test.each([
    ['Auto', 'auto'],
    ['auto', 'auto'],
    ['Manual', 'manual'],
  ])('with the type %s', (type, backupType) => {
    expect(readBackup({ type })).toMatchObject({ fact: { backupType }, anomalies: [] });
  });

  test.each([
    ['2019-05-27T11:38:51+0800', '2019-05-27T03:38:51Z'],
    ['2019-05-27T03:38:51Z', '2019-05-27T03:38:51Z'],
    ['2019-05-27T03:38:51.250+0000', '2019-05-27T03:38:51.250Z'],
    ['2019-05-26T22:08:51-05:30', '2019-05-27T03:38:51Z'],
  ])('with the begin %s in UTC', (begin_time, beginAt) => {
    const { item, fact } = readBackup({ begin_time });
    expect(fact?.beginAt).toBe(beginAt);
    expect(item.orderKey).toBe(beginAt);
  });

  test('with a begin more than a day ahead, told', () => {
    const { fact, anomalies } = readBackup({ begin_time: '2026-06-02T00:00:01+0000' });
    expect(fact).not.toBeNull();
    expect(notes(anomalies)).toEqual(['future_time begin_time']);
    expect(readBackup({ begin_time: '2026-06-02T00:00:00+0000' }).anomalies).toEqual([]);
  });

  test.each([
    [2803, 2803 * 1024, []],
    [0, 0, []],
    [0.5, 512, []],
    [1_233_239_900, 1_233_239_900 * 1024, []],
    [null, null, []],
    [-1, null, ['bad_size size']],
    [1e18, null, ['bad_size size']],
    [Number.POSITIVE_INFINITY, null, ['bad_size size']],
    ['2803', null, ['bad_size size']],
  ])('with the size %j KB', (size, sizeBytes, expected) => {
    const { fact, anomalies } = readBackup({ size });
    expect(fact?.sizeBytes).toBe(sizeBytes);
    expect(notes(anomalies)).toEqual(expected);
  });

  test.each([
    ['null', null],
    ['empty', ''],
    ['missing', undefined],
    ['equal to the begin', '2019-05-27T03:38:51+0000'],
  ])('with an end that is %s while it runs', (_, end_time) => {
    expect(readBackup({ status: 'BUILDING', end_time, size: 0 })).toMatchObject({
      fact: { endAt: null },
      anomalies: [],
    });
  });

  test('with an end equal to the begin once it is over', () => {
    const { fact } = readBackup({ end_time: '2019-05-27T03:38:51+0000' });
    expect(fact?.endAt).toBe('2019-05-27T03:38:51Z');
  });

  test.each([['tomorrow'], ['2019-05-27T03:38:51'], [7]])('with the unreadable end %j, told', (end_time) => {
    const { fact, anomalies } = readBackup({ end_time });
    expect(fact?.endAt).toBeNull();
    expect(notes(anomalies)).toEqual(['bad_time end_time']);
  });

  test('with its tables; null or no names mean the whole database', () => {
    const database_tables = [
      { database_name: 'X', table_names: ['A', 'B'] },
      { database_name: 'Y', table_names: null },
      { database_name: 'Z', table_names: [] },
    ];
    expect(readBackup({ database_tables }).fact?.databaseTables).toEqual([
      { database: 'X', tables: ['A', 'B'] },
      { database: 'Y', tables: null },
      { database: 'Z', tables: null },
    ]);
    expect(readBackup({ database_tables: [] }).fact?.databaseTables).toBeNull();
  });

  test('with a field of another type taken as missing, told', () => {
    const { fact, anomalies } = readBackup({ name: { a: 1 }, database_tables: 'all', datastore: [] });
    expect(fact).toMatchObject({ name: null, databaseTables: null, datastoreType: null });
    expect(notes(anomalies).sort()).toEqual(['bad_row database_tables', 'bad_row datastore', 'bad_row name']);
  });

  test('with quotes, slashes, control characters, emoji and 10 kB of name, verbatim', () => {
    const id = '\'";--/\\%\u0001\u001b\n<script>🙂';
    const name = `=cmd|'🚀${'x'.repeat(10_000)}`;
    const { item, fact, anomalies } = readBackup({ id, name });
    expect(item.id).toBe(id);
    expect(fact).toMatchObject({ backupId: id, name });
    expect(anomalies).toEqual([]);
  });

  test('with NUL and half characters replaced, told', () => {
    const { fact, anomalies } = readBackup({
      name: 'a\u0000b',
      description: 'x\ud83d',
      database_tables: [{ database_name: 'd\u0000', table_names: ['t\udc00'] }],
    });
    expect(fact).toMatchObject({
      name: 'a\uFFFDb',
      description: 'x\uFFFD',
      databaseTables: [{ database: 'd\uFFFD', tables: ['t\uFFFD'] }],
    });
    expect(notes(anomalies).sort()).toEqual(['bad_row database_tables', 'bad_row description', 'bad_row name']);
    expect(JSON.stringify(anomalies)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  });

  test('with fields that nobody knows yet', () => {
    expect(readBackup({ expired_at: 'x', encryption: { key: 1 } }).anomalies).toEqual([]);
  });
});

test('a huge row is shown by its first 8 kB', () => {
  const { anomalies } = readBackup({ id: null, name: '🙂'.repeat(20_000) });
  const raw = String(anomalies[0]?.raw);
  expect(raw.length).toBeLessThan(8200);
  expect(raw.isWellFormed()).toBe(true);
  expect(raw).toMatch(/^\{"id":null,"name":"🙂/);
});

test('a row nested ten thousand deep is read', () => {
  const deep = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`);
  expect(readBackup({ deep, status: 'NEW' })).toMatchObject({ fact: { status: 'NEW' } });
});
