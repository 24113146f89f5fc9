import { describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { caller, standing } from './caller.ts';

const DAY = 86_400_000;

function first(simulator: Simulator): string {
  return simulator.projectIds[0] ?? '';
}

function instanceNamed(simulator: Simulator, name: string): string {
  const found = simulator.truth(first(simulator)).instances.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no instance ${name}`);
  return found.id;
}

function backupsOf(simulator: Simulator, name: string) {
  return simulator.truth(first(simulator)).instance_backups.filter((one) => one.instance_name === name);
}

describe('as the clock advances', () => {
  test('a running backup completes with its size and end', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const running = backupsOf(simulator, 'sessions-prod').filter((one) => one.status === 'BUILDING');
    expect(running).toHaveLength(1);
    expect(running[0]).toMatchObject({ size: 0, end_time: null });
    simulator.control.advance({ ms: 30 * 60_000 });
    const { body } = await get('/v4/{p}/backups', { backup_id: running[0]?.id ?? '' });
    expect(body.backups[0]).toMatchObject({ status: 'COMPLETED' });
    expect(body.backups[0].size).toBeGreaterThan(0);
    expect(Date.parse(body.backups[0].end_time)).toBeGreaterThan(Date.parse(body.backups[0].begin_time));
  });

  test('every night brings a backup that runs first, and expiry takes the oldest', async () => {
    await using simulator = await standing();
    const before = backupsOf(simulator, 'telemetry-prod').filter((one) => one.type === 'Auto');
    simulator.control.advance({ ms: DAY });
    const after = backupsOf(simulator, 'telemetry-prod').filter((one) => one.type === 'Auto');
    expect(after).toHaveLength(before.length);
    expect(after[0]?.id).not.toBe(before[0]?.id);
    expect(after.map((one) => one.id)).toEqual([after[0]?.id, ...before.slice(0, -1).map((one) => one.id)]);
    const expired = simulator.journal(first(simulator)).filter((entry) => entry.change === 'expired');
    expect(expired.map((entry) => entry.id)).toContain(before.at(-1)?.id);
  });

  test('the present is what the past of a later start would have been', async () => {
    await using early = await standing();
    early.control.advance({ ms: 3 * DAY });
    await using late = await standing({ startAt: early.now() });
    const nights = (simulator: Simulator) =>
      backupsOf(simulator, 'catalog-prod')
        .filter((one) => one.type === 'Auto')
        .map(({ begin_time, end_time, size, status }) => ({ begin_time, end_time, size, status }));
    expect(nights(early)).toEqual(nights(late));
  });

  test('a stopped clock stands, a fast one runs', async () => {
    await using simulator = await startSimulator({ instances: 1, speed: 3600 });
    const then = simulator.now().getTime();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(simulator.now().getTime() - then).toBeGreaterThan(100_000);
    simulator.control.setSpeed({ speed: 0 });
    const stopped = simulator.now().getTime();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(simulator.now().getTime()).toBe(stopped);
    simulator.control.setTime({ at: '2030-01-01T00:00:00Z' });
    expect(simulator.now().toISOString()).toBe('2030-01-01T00:00:00.000Z');
  });

  test('table-level backups come weekly and nights follow the weekdays of the policy', async () => {
    await using simulator = await standing();
    const tables = () => simulator.truth(first(simulator)).database_table_backups.length;
    const before = tables();
    simulator.control.advance({ ms: 7 * DAY });
    expect(tables()).toBeGreaterThan(before);
    const weekdays = new Set(
      backupsOf(simulator, 'shipments-prod')
        .filter((one) => one.type === 'Auto')
        .map((one) => new Date(one.begin_time).getUTCDay()),
    );
    expect([...weekdays].sort()).toEqual([3, 6]);
  });
});

describe('nights by script', () => {
  test('fail in a row, stay out, never end, or shrink', async () => {
    await using simulator = await standing();
    const projectId = first(simulator);
    const instanceId = instanceNamed(simulator, 'orders-prod');
    const newest = () => backupsOf(simulator, 'orders-prod').filter((one) => one.type === 'Auto');
    simulator.control.scriptNights({ projectId, instanceId, failNext: 2 });
    simulator.control.advance({ ms: 2 * DAY });
    expect(
      newest()
        .slice(0, 2)
        .map((one) => [one.status, one.size, one.description]),
    ).toEqual([
      ['FAILED', 0, null],
      ['FAILED', 0, null],
    ]);
    simulator.control.scriptNights({ projectId, instanceId, skipNext: 1 });
    const count = simulator.journal(projectId).length;
    const missed = newest()[0]?.id;
    simulator.control.advance({ ms: DAY });
    expect(newest()[0]?.id).toBe(missed);
    expect(simulator.journal(projectId).length).toBeGreaterThan(count);
    simulator.control.scriptNights({ projectId, instanceId, sizeFactor: 0.01 });
    simulator.control.advance({ ms: DAY });
    const completed = newest().filter((one) => one.status === 'COMPLETED');
    expect(completed[0]?.size).toBeLessThan((completed[1]?.size ?? 0) / 50);
    simulator.control.scriptNights({ projectId, instanceId, stickNext: 1 });
    simulator.control.advance({ ms: 3 * DAY });
    expect(newest().filter((one) => one.status === 'BUILDING')).toHaveLength(1);
  });
});

describe('policies and deletions', () => {
  test('shortening the retention drops at once what it no longer keeps', async () => {
    await using simulator = await standing();
    const projectId = first(simulator);
    const instanceId = instanceNamed(simulator, 'telemetry-prod');
    simulator.control.setPolicy({ projectId, instanceId, keepDays: 3 });
    expect(backupsOf(simulator, 'telemetry-prod').filter((one) => one.type === 'Auto')).toHaveLength(3);
    expect(backupsOf(simulator, 'telemetry-prod').some((one) => one.type === 'Manual')).toBe(true);
  });

  test('switching the policy off stops the running backup and keeps or deletes the others', async () => {
    await using simulator = await standing();
    const projectId = first(simulator);
    const instanceId = instanceNamed(simulator, 'catalog-prod');
    simulator.control.insertBackup({ projectId, instanceId, type: 'Auto', status: 'BUILDING', id: 'running' });
    const before = backupsOf(simulator, 'catalog-prod').length;
    simulator.control.disablePolicy({ projectId, instanceId });
    expect(backupsOf(simulator, 'catalog-prod')).toHaveLength(before - 1);
    simulator.control.advance({ ms: 20 * DAY });
    expect(backupsOf(simulator, 'catalog-prod')).toHaveLength(before - 1);
    simulator.control.disablePolicy({ projectId, instanceId, deleteAutomated: true });
    expect(backupsOf(simulator, 'catalog-prod').filter((one) => one.type === 'Auto')).toEqual([]);
  });

  test('a deleted instance takes its automated backups along and leaves the manual ones', async () => {
    await using simulator = await standing();
    const projectId = first(simulator);
    const manual = backupsOf(simulator, 'orders-prod').filter((one) => one.type === 'Manual');
    simulator.control.deleteInstance({ projectId, instanceId: instanceNamed(simulator, 'orders-prod') });
    expect(backupsOf(simulator, 'orders-prod')).toEqual(manual);
    expect(simulator.truth(projectId).instances.map((one) => one.name)).not.toContain('orders-prod');
    simulator.control.advance({ ms: 2 * DAY });
    expect(backupsOf(simulator, 'orders-prod')).toEqual(manual);
  });

  test('inserted backups and instances are listed where they belong and can be ended by hand', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const instanceId = simulator.control.insertInstance({ projectId, name: 'new-prod', datastoreType: 'mongodb' });
    const id = simulator.control.insertBackup({ projectId, instanceId, status: 'BUILDING' });
    const show = async () => (await get('/v4/{p}/backups', { backup_id: id })).body.backups[0];
    expect(await show()).toMatchObject({ status: 'BUILDING', instance_name: 'new-prod' });
    simulator.control.failBackup({ projectId, backupId: id });
    expect(await show()).toMatchObject({ status: 'FAILED', size: 0, description: null });
    simulator.control.completeBackup({ projectId, backupId: id, size: 77 });
    expect(await show()).toMatchObject({ status: 'COMPLETED', size: 77 });
    expect((await get('/v3/{p}/instances', { id: instanceId })).body.total_count).toBe(1);
  });

  test.each([
    ['null', null],
    ['empty', ''],
    ['begin', '2026-11-20T11:56:00+0000'],
    ['absent', undefined],
  ] as const)('the end of a running backup can be %s', async (buildingEndTime, shown) => {
    await using simulator = await standing({ behaviour: { buildingEndTime } });
    const running = backupsOf(simulator, 'sessions-prod').find((one) => one.status === 'BUILDING');
    expect(running?.end_time).toBe(shown);
    expect('end_time' in (running ?? {})).toBe(buildingEndTime !== 'absent');
  });
});

describe('churn', () => {
  test('inserts at the head, expires at the tail and deletes anywhere between requests, by seed', async () => {
    const play = async () => {
      await using simulator = await standing({ churn: { insert: 0.7, expire: 0.5, delete: 0.4, tables: 0.3 } });
      const { get, projectId } = await caller(simulator);
      for (let i = 0; i < 40; i++) await get('/v4/{p}/backups', { limit: 1 });
      return { journal: simulator.journal(projectId), truth: simulator.truth(projectId) };
    };
    const [a, b] = [await play(), await play()];
    expect(b).toEqual(a);
    expect(new Set(a.journal.map((entry) => entry.change))).toEqual(
      new Set(['inserted', 'completed', 'failed', 'expired', 'deleted']),
    );
    expect(a.journal.length).toBeGreaterThan(40);
    const ids = new Set(a.truth.instance_backups.map((one) => one.id));
    for (const { change, id } of a.journal)
      if (change === 'deleted' || change === 'expired') expect(ids).not.toContain(id);
  });

  test('a change can be made after exactly the k-th request', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const [newest] = simulator.truth(projectId).instance_backups;
    simulator.afterRequests(2, () => simulator.control.deleteBackup({ projectId, backupId: newest?.id ?? '' }), {
      operation: 'list_backups',
    });
    const totals: number[] = [];
    for (let i = 0; i < 4; i++) {
      totals.push((await get('/v4/{p}/backups', { limit: 1 })).body.total_count);
      await get('/v3/{p}/instances');
    }
    const [full = 0] = totals;
    expect(totals).toEqual([full, full, full - 1, full - 1]);
  });
});
