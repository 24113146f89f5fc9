// What any cloud service must keep to. A service's test names its fixtures and calls this; a new service that passes is
// read like the others.

import { describe, expect, test } from 'vitest';
import type { CloudService, RowContext } from '../../src/huawei/services/service.ts';
import type { BackupFact, InstanceFact, Scope } from '../../src/inventory/model.ts';
import { scopes } from '../../src/inventory/model.ts';
import { instantOf, parseInstant } from '../../src/inventory/units.ts';

export interface ServiceFixtures {
  /** A complete wire row of each list, without any anomaly. */
  rows: Record<Scope, Record<string, unknown>>;
  /** The wire field of a row that holds its id, and the one that it is sorted by. */
  fields: Record<Scope, { id: string; order: string }>;
  /** A wire time later than any clock. */
  farFuture: string;
}

const context: RowContext = { latestPlausible: instantOf(new Date('2026-06-02T00:00:00Z')) };

export function describeServiceContract(service: CloudService, fixtures: ServiceFixtures): void {
  const backupScopes = scopes.filter((scope) => scope !== 'instances');

  describe(`the service contract of ${service.name}`, () => {
    test('its name and host prefix are plain lower-case words', () => {
      expect(service.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(service.hostPrefix).toMatch(/^[a-z][a-z0-9-]*$/);
    });

    test('its operations are plain names, few enough to be a label', () => {
      const lists = Object.values(service.lists);
      for (const name of lists.flatMap((list) => [list.operation, list.lookUpOperation])) {
        expect(name).toMatch(/^[a-z][a-z_]*$/);
      }
    });

    test('no two scopes ask the same list', () => {
      const asked = scopes.map((scope) => [service.lists[scope].path('p'), ...service.lists[scope].filters].join());
      expect(new Set(asked).size).toBe(scopes.length);
    });

    test.each([...scopes])('a project id cannot break out of the path of %s', (scope) => {
      expect(service.lists[scope].path('../x?y#z')).toContain('..%2Fx%3Fy%23z');
    });

    test.each([...scopes])('a look-up in %s asks for the id and keeps the filters of its scope', (scope) => {
      const query = service.lists[scope].lookUpQuery('the-id');
      expect(query.filter(([, value]) => value === 'the-id')).toHaveLength(1);
      expect(query).toEqual(expect.arrayContaining([...service.lists[scope].filters]));
    });

    test.each(backupScopes)('a window of %s names both ends or none, never narrower than asked', (scope) => {
      const from = instantOf(new Date('2026-01-01T00:00:00.500Z'));
      const to = instantOf(new Date('2026-01-02T00:00:00.500Z'));
      const query = service.lists[scope].windowQuery({ from, to });
      expect([0, 2]).toContain(query.length);
      const [begin, end] = query.map(([, value]) => Date.parse(parseInstant(value) ?? value));
      if (begin !== undefined) expect(begin).toBeLessThanOrEqual(Date.parse(from));
      if (end !== undefined) expect(end).toBeGreaterThanOrEqual(Date.parse(to));
    });

    describe.each([...scopes])('a row of %s', (scope) => {
      const { id, order } = fixtures.fields[scope];
      const row = fixtures.rows[scope];
      const read = (changes: Record<string, unknown>) => service.lists[scope].readRow({ ...row, ...changes }, context);

      test('that is whole becomes a fact without an anomaly', () => {
        const { item, anomalies } = read({});
        expect(anomalies).toEqual([]);
        expect(item.id).toBe(row[id]);
        const fact = item.fact as BackupFact | InstanceFact;
        expect('backupId' in fact ? fact.backupId : fact.instanceId).toBe(row[id]);
        expect(item.orderKey).toBe(parseInstant(item.orderKey ?? ''));
      });

      test('with unknown fields is read the same', () => {
        expect(read({ something_new: { deep: [1] } })).toEqual(read({}));
      });

      test.each([undefined, null, '', 7, {}])('with the id %j keeps its place and blocks', (value) => {
        const { item, anomalies } = read({ [id]: value });
        expect(item).toMatchObject({ id: null, fact: null });
        expect(anomalies.some((anomaly) => anomaly.blocksCertification && anomaly.raw !== null)).toBe(true);
      });

      test('in the far future is kept, and told', () => {
        const { item, anomalies } = read({ [order]: fixtures.farFuture });
        expect(item.fact).not.toBeNull();
        expect(anomalies).toMatchObject([{ kind: 'future_time', field: order, blocksCertification: false }]);
      });

      test('with any other field missing is kept', () => {
        const optional = Object.keys(row).filter((field) => field !== id && field !== order);
        for (const field of optional) {
          const { item, anomalies } = read({ [field]: undefined });
          expect(item.fact, field).not.toBeNull();
          expect(anomalies.some(({ blocksCertification }) => blocksCertification)).toBe(false);
        }
      });

      test.each([null, 1, 'text', [], [[]]])('that is %j is told and blocks', (value) => {
        const { item, anomalies } = service.lists[scope].readRow(value, context);
        expect(item).toEqual({ id: null, orderKey: null, fact: null });
        expect(anomalies).toMatchObject([{ kind: 'bad_row', blocksCertification: true }]);
      });
    });

    test.each(backupScopes)('a backup of %s without a readable begin keeps its id and blocks', (scope) => {
      const { id, order } = fixtures.fields[scope];
      const { item, anomalies } = service.lists[scope].readRow({ ...fixtures.rows[scope], [order]: 'x' }, context);
      expect(item).toEqual({ id: fixtures.rows[scope][id], orderKey: null, fact: null });
      expect(anomalies).toMatchObject([{ kind: 'bad_time', field: order, blocksCertification: true }]);
    });
  });
}
