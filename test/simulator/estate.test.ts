import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hash, mix, unmix } from '../../src/simulator/random.ts';
import type { BackupRecord } from '../../src/simulator/records.ts';
import {
  compareAge,
  countNewer,
  createSortedList,
  insertSorted,
  readSorted,
  removeSorted,
  walkSorted,
} from '../../src/simulator/sorted-list.ts';
import { caller, standing } from './caller.ts';

describe('the estate', () => {
  test('is the same for the same seed and another for another', async () => {
    await using a = await standing();
    await using b = await standing();
    await using c = await standing({ seed: 8 });
    const truths = [a, b, c].map((simulator) => simulator.projectIds.map((id) => simulator.truth(id)));
    expect(truths[1]).toEqual(truths[0]);
    expect(truths[2]).not.toEqual(truths[0]);
    expect(b.credentials).toEqual(a.credentials);
  });

  test('looks like a real one', async () => {
    await using simulator = await standing({ projects: 3, instances: 24 });
    const [projectId = ''] = simulator.projectIds;
    const { instances, instance_backups: backups, database_table_backups: tables } = simulator.truth(projectId);
    expect(new Set(simulator.projects.map((project) => project.region)).size).toBeGreaterThan(1);
    expect(instances).toHaveLength(24);
    expect(instances.map((one) => one.name)).toContain('orders-prod');
    expect(new Set(instances.map((one) => one.name)).size).toBe(24);
    const engines = new Set(backups.map((backup) => backup.datastore.type));
    expect([...engines].sort()).toEqual(['cassandra', 'influxdb', 'mongodb', 'redis']);
    const keepDays = new Set(instances.map((one) => one.backup_strategy.keep_days));
    for (const days of [0, 7, 14, 30, 35, 60]) expect(keepDays).toContain(days);
    expect(new Set(backups.map((one) => one.status))).toEqual(new Set(['COMPLETED', 'FAILED', 'BUILDING']));
    expect(new Set(backups.map((one) => one.type))).toEqual(new Set(['Auto', 'Manual']));
    expect(tables.length).toBeGreaterThan(0);
    const live = new Set(instances.map((one) => one.id));
    const protectedIds = new Set(backups.map((one) => one.instance_id));
    expect(instances.filter((one) => !protectedIds.has(one.id)).map((one) => one.name)).toEqual(['campaigns-prod']);
    const orphans = backups.filter((one) => !live.has(one.instance_id));
    expect(orphans.length).toBeGreaterThan(0);
    expect(orphans.every((one) => one.type === 'Manual' && one.instance_name === 'legacy-prod')).toBe(true);
    const ages = backups.map((one) => (simulator.now().getTime() - Date.parse(one.begin_time)) / 86_400_000);
    expect(Math.max(...ages)).toBeGreaterThan(40);
    expect(Math.max(...ages)).toBeLessThan(46);
    expect(new Set(backups.map((one) => one.begin_time)).size).toBeLessThan(backups.length);
  });

  test('grows: a data set’s newest backups are bigger than its oldest', async () => {
    await using simulator = await standing();
    const [projectId = ''] = simulator.projectIds;
    const sizes = simulator
      .truth(projectId)
      .instance_backups.filter((one) => one.instance_name === 'telemetry-prod' && one.status === 'COMPLETED')
      .map((one) => one.size);
    const mean = (part: number[]) => part.reduce((sum, size) => sum + size, 0) / part.length;
    expect(mean(sizes.slice(0, 7))).toBeGreaterThan(mean(sizes.slice(-7)) * 1.01);
  });

  test('holds a million backups and serves any page of them at once', async () => {
    await using simulator = await standing({ projects: 1, instances: 200, backupsPerProject: 1_000_000 });
    const { get, projectId } = await caller(simulator);
    expect((await get('/v4/{p}/backups', { limit: 1 })).body.total_count).toBe(1_000_000);
    const startedAt = performance.now();
    const deep = await get('/v4/{p}/backups', { offset: 777_700 });
    expect(deep.body.backups).toHaveLength(100);
    for (let i = 0; i < 300; i++) {
      const [row] = (await get('/v4/{p}/backups', { offset: i * 3000, limit: 1 })).body.backups;
      simulator.control.deleteBackup({ projectId, backupId: row.id });
      simulator.control.insertBackup({ projectId });
    }
    // Generous: 601 requests and 600 changes; a list that is copied or searched each time takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await get('/v4/{p}/backups', { limit: 1 })).body.total_count).toBe(1_000_000);
  });
});

test('the mixing of numbers is a bijection', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
      expect(unmix(mix(value))).toBe(value >>> 0);
    }),
  );
  expect(hash(1, 2)).not.toBe(hash(2, 1));
});

test('the sorted list behaves like an array that is sorted after each change', () => {
  const record = (beginAt: number, seq: number) => ({ beginAt, seq }) as BackupRecord;
  const change = fc.record({ begin: fc.integer({ min: 0, max: 300 }), remove: fc.boolean(), pick: fc.nat() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4000, size: 'max' }), fc.nat({ max: 300 }), (changes, edge) => {
      const list = createSortedList();
      const model: BackupRecord[] = [];
      for (const [seq, { begin, remove, pick }] of changes.entries()) {
        if (remove && model.length > 0) {
          const [gone] = model.splice(pick % model.length, 1);
          expect(gone !== undefined && removeSorted(list, gone)).toBe(true);
        } else {
          const added = record(begin, seq);
          model.push(added);
          insertSorted(list, added);
        }
      }
      const expected = model.toSorted((a, b) => compareAge(b, a));
      expect([...walkSorted(list)]).toEqual(expected);
      expect(list.length).toBe(expected.length);
      expect(readSorted(list, edge, 25)).toEqual(expected.slice(edge, edge + 25));
      expect(countNewer(list, edge)).toBe(expected.filter((one) => one.beginAt > edge).length);
    }),
    { numRuns: 30 },
  );
});
