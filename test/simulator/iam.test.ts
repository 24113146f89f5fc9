import { describe, expect, test } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { caller, passwordBody, send, sendSigned, standing, takeToken } from './caller.ts';

const HOUR = 3_600_000;

describe('a token by password', () => {
  test('is a long header of a 201, with six decimals in its times', async () => {
    await using simulator = await standing();
    const [projectId = ''] = simulator.projectIds;
    const body = passwordBody(simulator, { project: { id: projectId } });
    const reply = await send(`${simulator.url}/v3/auth/tokens?nocatalog=true`, { method: 'POST', body });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('x-subject-token')?.length).toBeGreaterThan(3000);
    const { token } = reply.body;
    expect(token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Date.parse(token.expires_at) - Date.parse(token.issued_at)).toBe(24 * HOUR);
    expect(token.project.id).toBe(projectId);
    expect(token).not.toHaveProperty('catalog');
    const full = await send(`${simulator.url}/v3/auth/tokens`, { method: 'POST', body });
    expect(full.body.token).toHaveProperty('catalog');
    const byName = passwordBody(simulator, { project: { name: simulator.projects[1]?.name } });
    const second = await send(`${simulator.url}/v3/auth/tokens`, { method: 'POST', body: byName });
    expect(second.body.token.project.id).toBe(simulator.projectIds[1]);
  });

  test('is refused in Keystone’s form, and the user is locked after three wrong passwords', async () => {
    await using simulator = await standing();
    const scope = { project: { id: simulator.projectIds[0] } };
    const attempt = (password?: string) =>
      send(`${simulator.url}/v3/auth/tokens`, {
        method: 'POST',
        body: passwordBody(simulator, scope, password === undefined ? {} : { password }),
      });
    const wrong = await attempt('wrong');
    expect(wrong.status).toBe(401);
    expect(wrong.body.error).toEqual({ code: 401, title: 'Unauthorized', message: expect.stringContaining('wrong') });
    await attempt('wrong');
    await attempt('wrong');
    expect((await attempt()).body.error.message).toContain('locked');
    simulator.control.advance({ ms: HOUR });
    expect((await attempt()).status).toBe(201);
  });

  test.each([
    ['nonsense', 400],
    ['{"auth":{"identity":{"methods":["totp"]}}}', 400],
  ])('with the body %s is a bad request', async (body, status) => {
    await using simulator = await standing({ instances: 1 });
    const reply = await send(`${simulator.url}/v3/auth/tokens`, { method: 'POST', body });
    expect([reply.status, reply.body.error.code]).toEqual([status, status]);
  });

  test('of an unknown project is not found', async () => {
    await using simulator = await standing({ instances: 1 });
    const body = passwordBody(simulator, { project: { id: 'nonsense' } });
    expect((await send(`${simulator.url}/v3/auth/tokens`, { method: 'POST', body })).status).toBe(404);
  });
});

describe('a token', () => {
  test('that is missing or garbage is named so', async () => {
    await using simulator = await standing({ instances: 1 });
    const url = `${simulator.url}/v4/${simulator.projectIds[0]}/backups`;
    const missing = await send(url);
    expect([missing.status, missing.body.error_code]).toEqual([401, 'APIGW.0301']);
    expect(missing.body.error_msg).toBe('Incorrect IAM authentication information: x-auth-token not found');
    const garbage = await send(url, { headers: { 'x-auth-token': 'garbage' } });
    expect(garbage.body.error_msg).toContain('decrypt token fail');
    simulator.control.setBehaviour({ badToken: 'service' });
    const service = await send(url, { headers: { 'x-auth-token': 'garbage' } });
    expect([service.status, service.body.error_code]).toEqual([403, 'DBS.280056']);
  });

  test('expires after a day of the simulated clock, in the words that are switched on', async () => {
    await using simulator = await standing({ instances: 1 });
    const { get } = await caller(simulator);
    simulator.control.advance({ ms: 23 * HOUR });
    expect((await get('/v4/{p}/backups')).status).toBe(200);
    simulator.control.advance({ ms: 2 * HOUR });
    const expired = await get('/v4/{p}/backups');
    expect([expired.status, expired.body.error_code]).toEqual([401, 'APIGW.0301']);
    expect(expired.body.error_msg).toContain('token expires, expires_at: 2026-11-21T12:00:00');
    simulator.control.setBehaviour({ expiredToken: 'APIGW.0307' });
    expect((await get('/v4/{p}/backups')).body.error_code).toBe('APIGW.0307');
  });

  test('can be revoked early; a new one works', async () => {
    await using simulator = await standing({ instances: 1 });
    const { get } = await caller(simulator);
    simulator.control.revokeTokens();
    expect((await get('/v4/{p}/backups')).status).toBe(401);
    expect((await (await caller(simulator)).get('/v4/{p}/backups')).status).toBe(200);
  });

  test('of the whole account meets an API that does not exist', async () => {
    await using simulator = await standing({ instances: 1 });
    const body = passwordBody(simulator, { domain: { name: simulator.credentials.domain } });
    const { headers } = await send(`${simulator.url}/v3/auth/tokens`, { method: 'POST', body });
    const reply = await send(`${simulator.url}/v4/${simulator.projectIds[0]}/backups`, {
      headers: { 'x-auth-token': headers.get('x-subject-token') ?? '' },
    });
    expect([reply.status, reply.body.error_code]).toEqual([404, 'APIGW.0101']);
  });

  test('of another region must be updated, by endpoint and by host name', async () => {
    await using simulator = await startSimulator({
      projects: 3,
      instances: 1,
      regions: ['ap-southeast-1', 'eu-west-101'],
    });
    const asian = simulator.projects.find((project) => project.region === 'ap-southeast-1')?.projectId ?? '';
    const token = await takeToken(simulator, asian);
    const list = (url = '') => send(`${url}/v4/${asian}/backups`, { headers: { 'x-auth-token': token } });
    expect((await list(simulator.regionUrls.get('ap-southeast-1'))).status).toBe(200);
    const foreign = await list(simulator.regionUrls.get('eu-west-101'));
    expect([foreign.status, foreign.body.error_code]).toEqual([401, 'APIGW.0307']);
    expect((await list(simulator.url)).status).toBe(200);
  });
});

describe('projects', () => {
  test('are listed for any caller, with MOS, a disabled one and sub-projects', async () => {
    await using simulator = await standing({ instances: 1, behaviour: { permissions: [] } });
    const { get } = await caller(simulator);
    const { body } = await get('/v3/auth/projects');
    const rows = body.projects as {
      name: string;
      parent_id: string;
      domain_id: string;
      enabled: boolean;
      id: string;
    }[];
    expect(rows.map((row) => row.name)).toEqual(
      expect.arrayContaining(['ap-southeast-1', 'ap-southeast-1_staging', 'MOS']),
    );
    expect(rows.filter((row) => !row.enabled)).toHaveLength(1);
    const region = rows.find((row) => row.name === 'ap-southeast-1');
    expect(region?.parent_id).toBe(region?.domain_id);
    expect(rows.find((row) => row.name === 'ap-southeast-1_staging')?.parent_id).toBe(region?.id);
    expect((await get('/v3/projects')).status).toBe(403);
    const unknown = await send(`${simulator.url}/v3/auth/projects`);
    expect([unknown.status, unknown.body.error.code]).toEqual([401, 401]);
  });

  test('can be filtered and paged with the permission, and never be created', async () => {
    await using simulator = await standing({ instances: 1 });
    const { get, token } = await caller(simulator);
    expect((await get('/v3/projects', { name: 'ap-southeast-1' })).body.projects).toHaveLength(1);
    expect((await get('/v3/projects', { enabled: 'false' })).body.projects).toHaveLength(1);
    expect((await get('/v3/projects', { page: 2, per_page: 3 })).body.projects).toHaveLength(1);
    expect((await get('/v3/projects', { page: 2 })).status).toBe(400);
    const create = await send(`${simulator.url}/v3/projects`, { method: 'POST', headers: { 'x-auth-token': token } });
    expect(create.status).toBe(403);
    expect(simulator.requestCounts()).toMatchObject({ create_project: 1 });
  });
});

describe('temporary keys', () => {
  test('come from both calls and sign with their security token until they expire', async () => {
    await using simulator = await standing({ instances: 1 });
    const { token, projectId } = await caller(simulator);
    const post = (path: string, body: object) =>
      send(simulator.url + path, { method: 'POST', headers: { 'x-auth-token': token }, body: JSON.stringify(body) });
    const identity = { methods: ['token'], token: { duration_seconds: 1800 } };
    const classic = await post('/v3.0/OS-CREDENTIAL/securitytokens', { auth: { identity } });
    expect(classic.status).toBe(201);
    const { access, secret, securitytoken } = classic.body.credential;
    const agency = { agency_urn: 'iam::1:agency:reader', agency_session_name: 'test' };
    const sts = await post('/v5/agencies/assume', agency);
    const fresh = sts.body.credentials;
    const call = (accessKey: string, secretKey: string, securityToken?: string) =>
      sendSigned(
        simulator,
        `/v4/${projectId}/backups`,
        { limit: 1 },
        {
          accessKey,
          secretKey,
          headers: securityToken === undefined ? {} : { 'X-Security-Token': securityToken },
        },
      );
    expect((await call(access, secret, securitytoken)).status).toBe(200);
    expect((await call(fresh.access_key_id, fresh.secret_access_key, fresh.security_token)).status).toBe(200);
    expect((await call(access, secret)).body.error_msg).toContain('security token');
    expect((await call(access, secret, fresh.security_token)).status).toBe(401);
    simulator.control.advance({ ms: HOUR });
    expect((await call(access, secret, securitytoken)).body.error_msg).toContain('expired');
    const tooLong = { auth: { identity: { methods: ['token'], token: { duration_seconds: 100_000 } } } };
    const reply = await send(`${simulator.url}/v3.0/OS-CREDENTIAL/securitytokens`, {
      method: 'POST',
      headers: { 'x-auth-token': await takeToken(simulator, projectId) },
      body: JSON.stringify(tooLong),
    });
    expect(reply.body.error_code).toBe('IAM.0007');
  });

  test('an agency token needs a caller and names an agency', async () => {
    await using simulator = await standing({ instances: 1 });
    const { token, projectId } = await caller(simulator);
    const body = JSON.stringify({
      auth: {
        identity: { methods: ['assume_role'], assume_role: { domain_name: 'other', agency_name: 'reader' } },
        scope: { project: { id: projectId } },
      },
    });
    const url = `${simulator.url}/v3/auth/tokens`;
    expect((await send(url, { method: 'POST', body, headers: { 'x-auth-token': token } })).status).toBe(201);
    expect((await send(url, { method: 'POST', body })).status).toBe(401);
    const old = body.replace('agency_name', 'xrole_name');
    expect((await send(url, { method: 'POST', body: old, headers: { 'x-auth-token': token } })).status).toBe(201);
  });
});
