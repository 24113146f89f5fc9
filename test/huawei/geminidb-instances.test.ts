// Instance rows of GeminiDB: loose types, zone-less times, and any JSON at all.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { geminidb } from '../../src/huawei/services/geminidb.ts';
import type { InstanceFact } from '../../src/inventory/model.ts';
import { instantOf } from '../../src/inventory/units.ts';
import { backupRow } from './cloud-server.ts';

const context = { latestPlausible: instantOf(new Date('2026-06-02T00:00:00Z')) };

function readInstance(row: unknown) {
  const { item, anomalies } = geminidb.lists.instances.readRow(row, context);
  return { item, anomalies, fact: item.fact as InstanceFact | null };
}

const notes = (anomalies: { kind: string; field: string | null; blocksCertification: boolean }[]) =>
  anomalies.map(({ kind, field, blocksCertification }) => `${kind} ${field}${blocksCertification ? ' blocks' : ''}`);

describe('an instance', () => {
  const row = {
    id: 'ain06',
    name: 'orders',
    status: 'normal',
    mode: 'Cluster',
    created: '2019-01-17T07:05:52',
    datastore: { type: 'cassandra', version: '3.11' },
    backup_strategy: { start_time: '16:00-17:00', keep_days: 7 },
    port: '8635',
    pay_mode: 0,
  };

  test('becomes a fact; its zone-less creation is UTC on any host', () => {
    expect(readInstance(row)).toEqual({
      item: { id: 'ain06', orderKey: '2019-01-17T07:05:52Z', fact: expect.anything() },
      anomalies: [],
      fact: {
        instanceId: 'ain06',
        name: 'orders',
        datastoreType: 'cassandra',
        datastoreVersion: '3.11',
        status: 'normal',
        mode: 'Cluster',
        createdAt: '2019-01-17T07:05:52Z',
        backupKeepDays: 7,
        backupWindow: '16:00-17:00',
      },
    });
  });

  test.each([
    ['a number', 0, 0, []],
    ['a string', '35', 35, []],
    ['beyond the documented range', 3660, 3660, []],
    ['missing', undefined, null, []],
    ['negative', -1, null, ['bad_row backup_strategy.keep_days']],
    ['fractional', 1.5, null, ['bad_row backup_strategy.keep_days']],
    ['beyond what is stored', 2 ** 31, null, ['bad_row backup_strategy.keep_days']],
  ])('with days to keep that are %s', (_, keep_days, backupKeepDays, expected) => {
    const { fact, anomalies } = readInstance({ ...row, backup_strategy: { start_time: '', keep_days } });
    expect(fact).toMatchObject({ backupKeepDays, backupWindow: null });
    expect(notes(anomalies)).toEqual(expected);
  });

  test('with nothing but an id is kept', () => {
    const { fact, anomalies } = readInstance({ id: 'i' });
    expect(fact).toMatchObject({ instanceId: 'i', createdAt: null, status: null, backupKeepDays: null });
    expect(anomalies).toEqual([]);
  });

  test('with loose types, a zoned creation and a new status', () => {
    const { fact, anomalies } = readInstance({
      ...row,
      name: 7,
      created: '2019-01-17T15:05:52+0800',
      status: 'melting',
    });
    expect(fact).toMatchObject({ name: '7', createdAt: '2019-01-17T07:05:52Z', status: 'melting' });
    expect(notes(anomalies)).toEqual(['unknown_enum status']);
  });

  test('with an unreadable creation is kept, told', () => {
    const { fact, anomalies } = readInstance({ ...row, created: 'long ago' });
    expect(fact?.createdAt).toBeNull();
    expect(notes(anomalies)).toEqual(['bad_time created']);
  });

  test('without an id blocks', () => {
    expect(notes(readInstance({ ...row, id: undefined }).anomalies)).toEqual(['bad_row id blocks']);
  });
});

test('any JSON at all is read without an exception, stored text is storable, and a lost row always blocks', () => {
  const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  const anyValue = fc.oneof(anyText, fc.double(), fc.constant(null), fc.jsonValue(), fc.array(anyText));
  const fields = [...Object.keys(backupRow()), 'database_tables', 'created', 'mode', 'backup_strategy'];
  const wild = fc.dictionary(fc.oneof(fc.constantFrom(...fields), anyText), anyValue);
  const rows = fc.oneof(
    fc.jsonValue(),
    wild,
    wild.map((changes) => ({ ...backupRow(), ...changes })),
  );
  fc.assert(
    fc.property(rows, fc.constantFrom(...Object.values(geminidb.lists)), (row, list) => {
      const { item, anomalies } = list.readRow(row, context);
      const text = JSON.stringify([item, anomalies]);
      expect(text).not.toMatch(/\\u0000|\\ud[89a-f][0-9a-f]{2}/i);
      expect(item.fact === null).toBe(anomalies.some(({ blocksCertification }) => blocksCertification));
      if (item.fact !== null) expect(item.id).not.toBeNull();
    }),
    { numRuns: 3000 },
  );
});
