import { describe, expect, test } from 'vitest';
import { caller, send, standing } from './caller.ts';

describe('the list of instances', () => {
  test('is paged by item, newest created first, with loose types and times without a zone', async () => {
    await using simulator = await standing({ instances: 24 });
    const { get } = await caller(simulator);
    const all = (await get('/v3/{p}/instances')).body;
    expect(all.total_count).toBe(24);
    const created = all.instances.map((one: { created: string }) => one.created);
    expect(created).toEqual([...created].sort().reverse());
    expect(created[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect((await get('/v3/{p}/instances', { offset: 5, limit: 3 })).body.instances).toEqual(all.instances.slice(5, 8));
    const types = (
      read: (one: { pay_mode: unknown; port: unknown; groups: [{ volume: { size: unknown } }] }) => unknown,
    ) => new Set(all.instances.map((one: never) => typeof read(one)));
    expect(types((one) => one.pay_mode)).toEqual(new Set(['string', 'number']));
    expect(types((one) => one.groups[0].volume.size)).toEqual(new Set(['string', 'number']));
    expect(types((one) => one.port)).toEqual(new Set(['string']));
    expect(all.instances[0].backup_strategy).toEqual({
      start_time: expect.stringMatching(/^\d\d:00-\d\d:00$/),
      keep_days: expect.any(Number),
    });
  });

  test('filters by id, name with a leading asterisk, datastore and mode', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const total = async (parameters: Record<string, string>) =>
      (await get('/v3/{p}/instances', parameters)).body.total_count;
    expect(await total({ name: 'orders-prod' })).toBe(1);
    expect(await total({ name: 'orders' })).toBe(0);
    expect(await total({ name: '*prod' })).toBe(12);
    expect(await total({ datastore_type: 'redis' })).toBe(3);
    expect(await total({ datastore_type: 'redis', mode: 'Cluster' })).toBe(0);
    expect(await total({ mode: 'Nonsense' })).toBe(12);
    expect((await get('/v3/{p}/instances', { limit: 101 })).body.error_code).toBe('DBS.280439');
  });
});

describe('backup policies', () => {
  test('come with 202 under v3 and 200 under v3.1', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const [orders] = (await get('/v3/{p}/instances', { name: 'orders-prod' })).body.instances;
    const v3 = await get(`/v3/{p}/instances/${orders.id}/backups/policy`);
    expect(v3.status).toBe(202);
    expect(v3.body.backup_policy).toMatchObject({ keep_days: 7, period: '1,2,3,4,5,6,7', incremental_period: '0' });
    const later = await get(`/v3.1/{p}/instances/${orders.id}/backups/policy`);
    expect(later.status).toBe(200);
    expect(later.body.backup_policy).toMatchObject({ keep_days: 7, incremental_period: null });
    const tables = await get(`/v3.1/{p}/instances/${orders.id}/backups/policy`, { type: 'DatabaseTable' });
    expect(tables.body.backup_policy).toMatchObject({ keep_days: 60, period: '7' });
  });

  test('that are off say only keep_days 0', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const [ratings] = (await get('/v3/{p}/instances', { name: 'ratings-prod' })).body.instances;
    const { body } = await get(`/v3.1/{p}/instances/${ratings.id}/backups/policy`);
    expect(body).toEqual({ backup_policy: { keep_days: 0 } });
    const unknown = await get('/v3.1/{p}/instances/nonsense/backups/policy');
    expect([unknown.status, unknown.body.error_code]).toEqual([404, 'DBS.200002']);
  });
});

describe('tags and the recycle bin', () => {
  test('show the tags of one, of the project and in bulk', async () => {
    await using simulator = await standing();
    const { get, token, projectId } = await caller(simulator);
    const [orders] = (await get('/v3/{p}/instances', { name: 'orders-prod' })).body.instances;
    const { tags } = (await get(`/v3/{p}/instances/${orders.id}/tags`)).body;
    expect(tags).toContainEqual({ key: 'team', value: expect.any(String) });
    expect((await get('/v3/{p}/tags')).body.tags.map((one: { key: string }) => one.key)).toContain('cost-centre');
    for (const spelling of ['resource-instances', 'resource_instances']) {
      const bulk = await send(`${simulator.url}/v3/${projectId}/instances/${spelling}/action`, {
        method: 'POST',
        headers: { 'x-auth-token': token },
        body: JSON.stringify({ action: 'filter', limit: '5', offset: '0' }),
      });
      expect(bulk.body.total_count).toBe(12);
      expect(bulk.body.instances).toHaveLength(5);
    }
    const numbers = await send(`${simulator.url}/v3/${projectId}/instances/resource-instances/action`, {
      method: 'POST',
      headers: { 'x-auth-token': token },
      body: JSON.stringify({ action: 'filter', limit: 5, offset: 0 }),
    });
    expect(numbers.status).toBe(400);
  });

  test('hold deleted instances for seven days', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const { body } = await get('/v3/{p}/recycle-instances');
    expect(body.instances.map((one: { name: string }) => one.name)).toEqual(['legacy-prod']);
    expect(body.instances[0]).toMatchObject({ deleted_at: expect.any(String), retained_until: expect.any(String) });
    simulator.control.advance({ ms: 8 * 86_400_000 });
    expect((await get('/v3/{p}/recycle-instances')).status).toBe(401); // the token is a day old
    const again = await caller(simulator);
    expect((await again.get('/v3/{p}/recycle-instances')).body.instances).toEqual([]);
  });
});

test('stopping and deleting a backup takes it off the list; automated ones cannot be deleted', async () => {
  await using simulator = await standing();
  const { get, projectId } = await caller(simulator);
  const { instance_backups: backups } = simulator.truth(projectId);
  const call = async (method: string, id: string | undefined) =>
    (await get(`/v3/{p}/backups/${id}`, {}, { method })).status;
  const running = backups.find((one) => one.status === 'BUILDING');
  const manual = backups.find((one) => one.type === 'Manual' && one.status === 'COMPLETED');
  const automated = backups.find((one) => one.type === 'Auto');
  expect(await call('DELETE', running?.id)).toBe(400);
  expect(await call('PUT', running?.id)).toBe(202);
  expect(await call('DELETE', manual?.id)).toBe(202);
  expect(await call('DELETE', manual?.id)).toBe(400);
  expect(await call('DELETE', automated?.id)).toBe(400);
  const left = simulator.truthIds(projectId).instance_backups;
  expect(left).toHaveLength(backups.length - 2);
});
