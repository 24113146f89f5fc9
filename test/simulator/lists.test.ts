import { describe, expect, test } from 'vitest';
import { compareAge } from '../../src/simulator/sorted-list.ts';
import { caller, standing } from './caller.ts';

const itemFields = [
  'begin_time',
  'database_tables',
  'datastore',
  'description',
  'end_time',
  'id',
  'instance_id',
  'instance_name',
  'name',
  'size',
  'status',
  'type',
];

describe('the v4 list of backups', () => {
  test('pages by item offset, newest first, with the total of all matches', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const truth = simulator.truth(projectId).instance_backups;
    const first = await get('/v4/{p}/backups');
    expect(first.status).toBe(200);
    expect(first.body.total_count).toBe(truth.length);
    expect(first.body.backups).toHaveLength(100);
    const middle = await get('/v4/{p}/backups', { offset: 37, limit: 5 });
    expect(middle.body.backups).toEqual(truth.slice(37, 42));
    const begins = truth.map((backup) => backup.begin_time);
    expect(begins).toEqual([...begins].sort().reverse());
    const past = await get('/v4/{p}/backups', { offset: truth.length + 10 });
    expect(past.body).toEqual({ total_count: truth.length, backups: [] });
  });

  test('shows whole-instance backups unless table-level ones are asked for', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const tables = await get('/v4/{p}/backups', { type: 'DatabaseTable' });
    const truth = simulator.truth(projectId);
    expect(tables.body.backups).toEqual(truth.database_table_backups.slice(0, 100));
    const contents = tables.body.backups.map((backup: { database_tables: unknown }) => backup.database_tables);
    expect(contents.flat()).toContainEqual({ database_name: 'audit', table_names: null });
    const id = tables.body.backups[0].id;
    expect((await get('/v4/{p}/backups', { backup_id: id })).body.backups).toEqual([]);
    expect((await get('/v4/{p}/backups', { backup_id: id, type: 'DatabaseTable' })).body.backups).toHaveLength(1);
  });

  test('filters by instance, datastore and backup type, minding the case', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const truth = simulator.truth(projectId).instance_backups;
    const instanceId = truth[0]?.instance_id ?? '';
    const ofInstance = await get('/v4/{p}/backups', { instance_id: instanceId, limit: 100 });
    expect(ofInstance.body.backups).toEqual(truth.filter((backup) => backup.instance_id === instanceId));
    const redis = await get('/v4/{p}/backups', { datastore_type: 'redis' });
    expect(redis.body.total_count).toBe(truth.filter((backup) => backup.datastore.type === 'redis').length);
    const manual = await get('/v4/{p}/backups', { backup_type: 'Manual' });
    expect(manual.body.total_count).toBe(truth.filter((backup) => backup.type === 'Manual').length);
    expect((await get('/v4/{p}/backups', { backup_type: 'manual' })).body.total_count).toBe(0);
  });

  test('filters by begin time with both ends included', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const truth = simulator.truth(projectId).instance_backups;
    const [newer, older] = [truth[10], truth[20]];
    const window = { begin_time: older?.begin_time ?? '', end_time: newer?.begin_time ?? '' };
    const { body } = await get('/v4/{p}/backups', window);
    const inside = truth.filter(
      (backup) => backup.begin_time >= window.begin_time && backup.begin_time <= window.end_time,
    );
    expect(body.backups).toEqual(inside);
    expect(body.total_count).toBe(inside.length);
    const paged = await get('/v4/{p}/backups', { ...window, offset: 3, limit: 4 });
    expect(paged.body.backups).toEqual(inside.slice(3, 7));
    // A one-second window in another zone.
    const at = `${newer?.begin_time.slice(0, 19)}Z`;
    const shifted = `${new Date(Date.parse(at) + 28_800_000).toISOString().slice(0, 19)}+0800`;
    const second = await get('/v4/{p}/backups', { begin_time: shifted, end_time: shifted });
    expect(second.body.backups).toContainEqual(newer);
  });

  test('takes a bare plus for a space: tolerated in lenient mode, refused in strict mode', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const bare = '/v4/{p}/backups?begin_time=2026-11-01T00:00:00+0000&end_time=2026-11-20T00:00:00+0000';
    expect((await get(bare)).status).toBe(200);
    simulator.control.setBehaviour({ timeFilter: 'strict' });
    const refused = await get(bare.replace('{p}', projectId));
    expect([refused.status, refused.body.error_code]).toEqual([400, 'DBS.280067']);
  });

  test.each([
    [{ limit: 0 }, 'DBS.280439'],
    [{ limit: 101 }, 'DBS.280439'],
    [{ limit: 'ten' }, 'DBS.280439'],
    [{ limit: 1.5 }, 'DBS.280439'],
    [{ offset: -1 }, 'DBS.280440'],
    [{ offset: 'x' }, 'DBS.280440'],
    [{ begin_time: '2026-11-01T00:00:00+0000' }, 'DBS.280068'],
    [{ end_time: '2026-11-01T00:00:00+0000' }, 'DBS.280067'],
    [{ begin_time: '2026-11-01T00:00:00Z', end_time: '2026-11-02T00:00:00Z' }, 'DBS.280067'],
    [{ begin_time: '2026-11-02T00:00:00+0000', end_time: '2026-11-01T00:00:00+0000' }, 'DBS.280068'],
    [{ type: 'Table' }, 'DBS.200001'],
  ])('refuses %o with 400 %s', async (parameters: object, code) => {
    await using simulator = await standing({ instances: 2 });
    const { get } = await caller(simulator);
    const reply = await get('/v4/{p}/backups', { ...parameters });
    expect([reply.status, reply.body.error_code]).toEqual([400, code]);
  });

  test('answers the codes it is told to', async () => {
    await using simulator = await standing({
      instances: 1,
      behaviour: {
        codes: { limit: 'DBS.200001', offset: 'A', beginTime: 'B', endTime: 'C', parameter: 'D' },
      },
    });
    const { get } = await caller(simulator);
    expect((await get('/v4/{p}/backups', { limit: 0 })).body.error_code).toBe('DBS.200001');
  });

  test('emits the twelve fields of every item, times with +0000 or +0800', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const { body } = await get('/v4/{p}/backups');
    for (const backup of body.backups) {
      expect(Object.keys(backup).sort()).toEqual(itemFields);
      expect(backup.begin_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
      expect(backup.database_tables).toEqual([]);
    }
    simulator.control.setBehaviour({ zone: '+0800', instanceRowTables: 'null' });
    const [east] = (await get('/v4/{p}/backups', { limit: 1 })).body.backups;
    expect(east.begin_time).toMatch(/\+0800$/);
    expect(Date.parse(east.begin_time)).toBe(Date.parse(body.backups[0].begin_time));
    expect(east.database_tables).toBeNull();
    simulator.control.setBehaviour({ instanceRowTables: 'absent' });
    expect(await get('/v4/{p}/backups', { limit: 1 }).then((reply) => reply.body.backups[0])).not.toHaveProperty(
      'database_tables',
    );
  });

  test('deals ties anew at each request where that is switched on, and never loses a row by it', async () => {
    await using simulator = await standing({ behaviour: { tieOrder: 'shuffled' }, instances: 3 });
    const { get, projectId } = await caller(simulator);
    for (let i = 0; i < 30; i++) {
      simulator.control.insertBackup({ projectId, beginTime: '2026-11-20T09:00:00+0000', id: `tie-${i}` });
    }
    const read = async () =>
      (await get('/v4/{p}/backups', { limit: 100 })).body.backups.map((one: { id: string }) => one.id);
    const [first, second] = [await read(), await read()];
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual([...second].sort());
    const middle = await get('/v4/{p}/backups', { offset: 12, limit: 7 });
    expect(new Set(middle.body.backups.map((one: { begin_time: string }) => one.begin_time)).size).toBe(1);
  });
});

describe('the older generations', () => {
  test('v3.1 is v4 under another path', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const parameters = { offset: 3, limit: 9 };
    const [a, b] = [await get('/v4/{p}/backups', parameters), await get('/v3.1/{p}/backups', parameters)];
    expect(b.body).toEqual(a.body);
  });

  test('v3 counts pages from one, demands both paging parameters and writes times its own way', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    expect((await get('/v3/{p}/backups', { offset: 1 })).body.error_code).toBe('DBS.280439');
    expect((await get('/v3/{p}/backups', { limit: 10 })).body.error_code).toBe('DBS.280440');
    expect((await get('/v3/{p}/backups', { offset: 0, limit: 10 })).body.error_code).toBe('DBS.280440');
    const all = (await get('/v3/{p}/backups', { offset: 1, limit: 100 })).body;
    const second = (await get('/v3/{p}/backups', { offset: 2, limit: 10 })).body;
    expect(second.backups).toEqual(all.backups.slice(10, 20));
    expect(all.backups[0].begin_time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const window = { begin_time: '2026-11-18 00:00:00', end_time: '2026-11-19 00:00:00', offset: 1, limit: 100 };
    expect((await get('/v3/{p}/backups', window)).body.total_count).toBeGreaterThan(0);
    const modern = { ...window, begin_time: '2026-11-18T00:00:00+0000' };
    expect((await get('/v3/{p}/backups', modern)).body.error_code).toBe('DBS.280067');
  });

  test('only v3 shows incremental backups', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const v3 = await get('/v3/{p}/backups', { offset: 1, limit: 100, backup_type: 'Incremental' });
    expect(v3.body.total_count).toBeGreaterThan(0);
    const v4 = await get('/v4/{p}/backups', { backup_type: 'Incremental' });
    expect(v4.body.total_count).toBe(0);
  });

  test('v3 asks for another permission than v4', async () => {
    await using simulator = await standing({ instances: 2, behaviour: { permissions: ['nosql:backup:list'] } });
    const { get } = await caller(simulator);
    expect((await get('/v4/{p}/backups')).status).toBe(200);
    expect((await get('/v3/{p}/backups', { offset: 1, limit: 10 })).body.error_code).toBe('DBS.280032');
    expect((await get('/v3/{p}/instances')).status).toBe(403);
  });
});

test('what is not there is not published, and every answer has a request id of its own', async () => {
  await using simulator = await standing({ instances: 1 });
  const { get } = await caller(simulator);
  const replies = [await get('/v4/{p}/backup'), await get('/v4/{p}/backups'), await get('/v4/{p}/backups?limit=0')];
  expect(replies[0]?.status).toBe(404);
  expect(replies[0]?.body.error_code).toBe('APIGW.0101');
  const ids = replies.map((reply) => reply.headers.get('x-request-id'));
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(replies[0]?.body.request_id).toBe(ids[0]);
});

test('records are ordered by begin, then by creation', () => {
  const record = (beginAt: number, seq: number) => ({ beginAt, seq }) as never;
  expect(compareAge(record(1, 9), record(2, 1))).toBeLessThan(0);
  expect(compareAge(record(2, 1), record(2, 2))).toBeLessThan(0);
});
