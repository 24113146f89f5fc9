import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from '../../src/simulator/query.ts';
import { canonicalRequest, parseAuthorization, verifySignature } from '../../src/simulator/signature.ts';
import { caller, send, sendSigned, sign, standing } from './caller.ts';

const MINUTE = 60_000;

describe('a signed request', () => {
  test('of the official signer is accepted, with query, body and a text to encode', async () => {
    await using simulator = await standing();
    const [projectId = ''] = simulator.projectIds;
    const path = `/v4/${projectId}/backups`;
    const window = { begin_time: '2026-11-01T00:00:00+0000', end_time: '2026-11-20T00:00:00+0000', limit: 2 };
    expect((await sendSigned(simulator, path, window)).status).toBe(200);
    expect((await sendSigned(simulator, path, { instance_id: `a b*'()!~ü/é🧨`, offset: 0 })).status).toBe(200);
    const bulk = await sendSigned(
      simulator,
      `/v3/${projectId}/instances/resource-instances/action`,
      {},
      {
        method: 'POST',
        body: { action: 'filter', limit: '3' },
      },
    );
    expect(bulk.status).toBe(200);
    expect(simulator.requests().every((entry) => entry.authentication === 'key')).toBe(true);
  });

  test('whose query, path, body or signed header was changed is refused with the canonical request', async () => {
    await using simulator = await standing({ instances: 1 });
    const [projectId = '', other = ''] = simulator.projectIds;
    const path = `/v4/${projectId}/backups`;
    const { url, init } = sign(simulator, path, { limit: 5 });
    const changed = await send(url.replace('limit=5', 'limit=6'), init);
    expect([changed.status, changed.body.error_code]).toEqual([401, 'APIGW.0301']);
    expect(changed.body.error_msg).toContain(
      `verify aksk signature fail, canonicalRequest:GET|${path}/|limit=6|content-type:application/json|host:`,
    );
    expect((await send(url.replace(projectId, other), init)).status).toBe(401);
    const headers = { ...(init.headers as Record<string, string>), 'content-type': 'text/plain' };
    expect((await send(url, { ...init, headers })).status).toBe(401);
    // What is not signed may change on the way.
    const unsigned = { ...(init.headers as Record<string, string>), 'x-forwarded-for': '10.1.1.1' };
    expect((await send(url, { ...init, headers: unsigned })).status).toBe(200);
  });

  test('with the wrong secret or an unknown key is told apart', async () => {
    await using simulator = await standing({ instances: 1 });
    const path = `/v4/${simulator.projectIds[0]}/backups`;
    const wrong = await sendSigned(simulator, path, {}, { secretKey: 'wrong' });
    expect(wrong.body.error_msg).toContain('verify aksk signature fail');
    const unknown = await sendSigned(simulator, path, {}, { accessKey: 'NOBODY' });
    expect(unknown.body.error_msg).toBe(
      'Incorrect IAM authentication information: Get secretKey failed,ak:NOBODY,err:ak not exist',
    );
    const malformed = await send(simulator.url + path, { headers: { authorization: 'Bearer x' } });
    expect(malformed.status).toBe(401);
    simulator.control.rotateSecret({ secretKey: 'fresh' });
    expect((await sendSigned(simulator, path, {}, { secretKey: 'fresh' })).status).toBe(200);
  });

  test('must be dated within a quarter of an hour of the gateway’s clock', async () => {
    await using simulator = await standing({ instances: 1 });
    const path = `/v4/${simulator.projectIds[0]}/backups`;
    const at = (minutes: number) =>
      sendSigned(simulator, path, {}, { at: new Date(simulator.now().getTime() + minutes * MINUTE) });
    expect((await at(14)).status).toBe(200);
    expect((await at(-14)).status).toBe(200);
    const late = await at(-20);
    expect([late.status, late.body.error_code]).toEqual([401, 'APIGW.0303']);
    expect((await at(16)).status).toBe(401);
    simulator.control.setBehaviour({ clockSkewMs: 20 * MINUTE });
    const ahead = await at(0);
    expect(ahead.status).toBe(401);
    expect(Date.parse(ahead.headers.get('date') ?? '') - simulator.now().getTime()).toBe(20 * MINUTE);
    expect((await at(20)).status).toBe(200);
  });

  test('must sign its date', async () => {
    await using simulator = await standing({ instances: 1 });
    const path = `/v4/${simulator.projectIds[0]}/backups`;
    const { url, init } = sign(simulator, path);
    const { 'X-Sdk-Date': _, ...headers } = init.headers as Record<string, string>;
    expect((await send(url, { ...init, headers })).body.error_msg).toContain('x-sdk-date is missing');
  });

  test('locks its key for five minutes after more than five failures in a row', async () => {
    await using simulator = await standing({ instances: 1 });
    const path = `/v4/${simulator.projectIds[0]}/backups`;
    const wrong = () => sendSigned(simulator, path, {}, { secretKey: 'wrong' });
    const right = () => sendSigned(simulator, path);
    for (let i = 0; i < 5; i++) await wrong();
    expect((await right()).status).toBe(200);
    for (let i = 0; i < 6; i++) expect((await wrong()).body.error_msg).toContain('verify aksk signature fail');
    const locked = 'Incorrect IAM authentication information: AK access failed to reach the limit,forbidden';
    expect((await right()).body.error_msg).toBe(locked);
    simulator.control.advance({ ms: 4 * MINUTE });
    expect((await right()).status).toBe(401);
    simulator.control.advance({ ms: 2 * MINUTE });
    expect((await right()).status).toBe(200);
  });

  test('is good for IAM as well', async () => {
    await using simulator = await standing({ instances: 1 });
    expect((await sendSigned(simulator, '/v3/auth/projects')).body.projects.length).toBeGreaterThan(2);
    expect((await sendSigned(simulator, '/v3/auth/projects', {}, { secretKey: 'wrong' })).status).toBe(401);
  });

  test('with a raw plus on the wire is verified as what the gateway decodes', async () => {
    await using simulator = await standing({ instances: 1 });
    const [projectId = ''] = simulator.projectIds;
    // Signed as a space, sent as a plus: what a careless client does, and what the cloud is known to take.
    const window = { begin_time: '2026-11-01T00:00:00 0000', end_time: '2026-11-20T00:00:00 0000' };
    const { url, init } = sign(simulator, `/v4/${projectId}/backups`, window);
    expect((await send(url.replaceAll('%200000', '+0000'), init)).status).toBe(200);
    const proper = { begin_time: '2026-11-01T00:00:00+0000', end_time: '2026-11-20T00:00:00+0000' };
    const signed = sign(simulator, `/v4/${projectId}/backups`, proper);
    expect((await send(signed.url.replaceAll('%2B0000', '+0000'), signed.init)).status).toBe(401);
  });
});

test('a path with encoded characters is decoded and encoded again', async () => {
  await using simulator = await standing({ instances: 1 });
  const [projectId = ''] = simulator.projectIds;
  const { init } = sign(simulator, `/v4/${projectId}/backups`);
  const port = Number(new URL(simulator.url).port);
  const encoded = `/v4/%${projectId.charCodeAt(0).toString(16)}${projectId.slice(1)}/backups`;
  const status = await new Promise((resolve) => {
    const headers = init.headers as Record<string, string>;
    httpRequest({ host: '127.0.0.1', port, path: encoded, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(200);
});

describe('the verification', () => {
  const known = {
    method: 'GET',
    path: '/v4/054b61972980d4552f0bc00ac8d3f5cd/backups',
    query: parseQuery(
      'offset=2&limit=2&begin_time=2019-05-27T03%3A38%3A51%2B0000&end_time=2019-05-28T03%3A38%3A51%2B0000&type=DatabaseTable',
    ),
    headers: { host: 'gaussdb-nosql.ap-southeast-1.myhuaweicloud.com', 'x-sdk-date': '20191111T093443Z' },
    body: Buffer.alloc(0),
  };

  test('knows the known answer', () => {
    const canonical = canonicalRequest(known, ['host', 'x-sdk-date']);
    const signature = '4f4f2435cabaa101953ea537ca3357c085079dc04be67ccc3d9b304f4c32e987';
    const check = { canonical, date: '20191111T093443Z', secretKey: 'TESTSK', signature };
    expect(verifySignature(check)).toBe(true);
    expect(verifySignature({ ...check, signature: signature.replace('4', '5') })).toBe(false);
    expect(verifySignature({ ...check, signature: 'ab' })).toBe(false);
  });

  test('agrees with the official signer on random queries', async () => {
    await using simulator = await standing({ instances: 1 });
    const values = fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string({ unit: 'grapheme' }), { maxKeys: 5 });
    fc.assert(
      fc.property(values, (query) => {
        const { url, init } = sign(simulator, '/v4/p/backups', query);
        const headers = new Headers(init.headers);
        const authorization = parseAuthorization(headers.get('authorization') ?? '');
        const canonical = canonicalRequest(
          {
            method: 'GET',
            path: '/v4/p/backups',
            query: parseQuery(new URL(url).search),
            headers: { ...Object.fromEntries(headers), host: new URL(url).host },
            body: Buffer.alloc(0),
          },
          authorization?.signedHeaders ?? [],
        );
        const { secretKey } = simulator.credentials;
        const date = headers.get('x-sdk-date') ?? '';
        expect(verifySignature({ canonical, date, secretKey, signature: authorization?.signature ?? '' })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test('a token is enough without a signature', async () => {
  await using simulator = await standing({ instances: 1 });
  expect((await (await caller(simulator)).get('/v4/{p}/backups')).status).toBe(200);
});
