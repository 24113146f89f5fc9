import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { describe, expect, test } from 'vitest';
import { caller, send, sendSigned, standing, takeToken } from './caller.ts';

describe('a project that is not the caller’s', () => {
  test('is forbidden or a bad project id, for tokens and for keys', async () => {
    await using simulator = await standing({ instances: 1 });
    const [mine = '', other = ''] = simulator.projectIds;
    const token = await takeToken(simulator, mine);
    const list = (projectId: string) =>
      send(`${simulator.url}/v4/${projectId}/backups`, { headers: { 'x-auth-token': token } });
    const foreign = await list(other);
    expect([foreign.status, foreign.body.error_code]).toEqual([403, 'DBS.280032']);
    expect((await sendSigned(simulator, `/v4/${other}/backups`)).status).toBe(200);
    const headers = { 'X-Project-Id': mine };
    expect((await sendSigned(simulator, `/v4/${other}/backups`, {}, { headers })).status).toBe(403);
    expect((await sendSigned(simulator, '/v4/nonsense/backups')).status).toBe(403);
    simulator.control.setBehaviour({ foreignProject: 'bad_project' });
    const bad = await list(other);
    expect([bad.status, bad.body.error_code]).toEqual([400, 'DBS.280408']);
  });

  test('is unavailable at the endpoint of another region, for keys', async () => {
    await using simulator = await standing({ instances: 1, projects: 3, regions: ['eu-west-101'] });
    const [asian = ''] = simulator.projectIds;
    const european = { ...simulator, url: simulator.regionUrls.get('eu-west-101') ?? '' };
    const reply = await sendSigned({ ...european, now: simulator.now }, `/v4/${asian}/backups`);
    expect([reply.status, reply.body.error_code]).toEqual([403, 'APIGW.0310']);
  });
});

test('a removed project is gone for the service and for IAM until it is restored', async () => {
  await using simulator = await standing({ instances: 1 });
  const [projectId = ''] = simulator.projectIds;
  const truth = simulator.truth(projectId);
  simulator.control.removeProject({ projectId });
  expect((await sendSigned(simulator, `/v4/${projectId}/backups`)).status).toBe(403);
  const { projects } = (await sendSigned(simulator, '/v3/auth/projects')).body;
  expect(projects.map((row: { id: string }) => row.id)).not.toContain(projectId);
  simulator.control.restoreProject({ projectId });
  expect((await sendSigned(simulator, `/v4/${projectId}/backups`)).status).toBe(200);
  expect(simulator.truth(projectId)).toEqual(truth);
});

test('an endpoint with a certificate speaks TLS', async () => {
  const read = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
  const tls = { key: read('self-signed.key'), cert: read('self-signed.crt') };
  await using simulator = await standing({ instances: 1, tls });
  expect(simulator.url).toMatch(/^https:/);
  await expect(send(`${simulator.url}/v3/auth/projects`)).rejects.toThrow(/fetch failed/);
  const trusting = { ca: tls.cert, servername: 'localhost' };
  const status = await new Promise((resolve, reject) => {
    get(`${simulator.url}/v3/auth/projects`, trusting, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
  expect(status).toBe(401);
});

describe('a missing permission', () => {
  test('shows as 403, as 400 or as an empty list, and can be given back', async () => {
    await using simulator = await standing({ instances: 1 });
    const { get, projectId } = await caller(simulator);
    simulator.control.forbidProject({ projectId });
    const plain = await get('/v4/{p}/backups');
    expect([plain.status, plain.body.error_code]).toEqual([403, 'DBS.280032']);
    simulator.control.setBehaviour({ noPermission: '400' });
    const odd = await get('/v4/{p}/backups');
    expect([odd.status, odd.body.error_code]).toEqual([400, 'DBS.280063']);
    simulator.control.setBehaviour({ noPermission: 'empty' });
    expect((await get('/v4/{p}/backups')).body).toEqual({ total_count: 0, backups: [] });
    expect((await get('/v3/{p}/instances')).body).toEqual({ total_count: 0, instances: [] });
    simulator.control.permitProject({ projectId });
    expect((await get('/v4/{p}/backups')).body.total_count).toBeGreaterThan(0);
  });
});

describe('the throttle', () => {
  test('rejects past the limit per minute without saying when to come back; rejected calls count', async () => {
    await using simulator = await standing({ instances: 1, throttle: { perMinute: 3 } });
    const { get } = await caller(simulator);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await get('/v4/{p}/backups')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const rejected = await get('/v4/{p}/backups');
    expect(rejected.body).toMatchObject({ error_code: 'APIGW.0308' });
    expect(rejected.body.error_msg).toContain('policy user over ratelimit,limit:3,time:1 minute');
    expect(rejected.headers.has('retry-after')).toBe(false);
    simulator.control.setThrottle({ perMinute: 1, retryAfter: true });
    await get('/v4/{p}/backups');
    const told = await get('/v4/{p}/backups');
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(50);
    simulator.control.setThrottle({ code: 'DBS.280443' });
    await get('/v4/{p}/backups');
    expect((await get('/v4/{p}/backups')).body).toEqual({
      error_code: 'DBS.280443',
      error_msg: expect.any(String),
    });
  });

  test('per second opens again after a second', async () => {
    await using simulator = await standing({ instances: 1, throttle: { perSecond: 2 } });
    const { get } = await caller(simulator);
    const burst = await Promise.all(Array.from({ length: 6 }, () => get('/v4/{p}/backups')));
    expect(burst.filter((reply) => reply.status === 200)).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect((await get('/v4/{p}/backups')).status).toBe(200);
  });
});
