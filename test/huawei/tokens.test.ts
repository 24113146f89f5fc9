// IAM tokens: bought once, renewed in time and when refused, each for one project.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { failureOf, fastClock, json, newCall, pageOf, projectAt, testCloud } from './cloud-server.ts';
import { login, sellToken, startRegion, tokenCloud } from './token-region.ts';

const page = { offset: 0, limit: 100 };
const refused = { error_code: 'APIGW.0301', error_msg: 'Incorrect IAM authentication information: decrypt token fail' };

describe('buying', () => {
  test('one token per project serves all its concurrent calls', async () => {
    await using region = await startRegion();
    await using cloud = tokenCloud(region.url);
    const calls = ['a', 'b'].flatMap((projectId) =>
      Array.from({ length: 5 }, () =>
        cloud.source(projectAt(region.url, { projectId })).fetchPage('instances', page, newCall()),
      ),
    );
    await Promise.all(calls);
    expect(region.purchases()).toHaveLength(2);
    expect(region.lists()).toHaveLength(10);
    expect(region.lists()[0]?.headers['x-auth-token']).toMatch(/^token-1-/);
    expect(region.lists()[0]?.headers.authorization).toBeUndefined();
  });

  test('asks for the project, names account and user apart, and leaves the catalogue out', async () => {
    await using region = await startRegion();
    await using cloud = tokenCloud(region.url);
    await cloud.source(projectAt(region.url, { projectId: 'a' })).fetchPage('instances', page, newCall());
    const [purchase] = region.purchases();
    expect(purchase?.method).toBe('POST');
    expect(purchase?.url).toBe('/v3/auth/tokens?nocatalog=true');
    expect(purchase?.headers['content-type']).toBe('application/json;charset=utf8');
    expect(JSON.parse(purchase?.body ?? '')).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'the-user', password: 'the-password', domain: { name: 'the-account' } } },
        },
        scope: { project: { id: 'a' } },
      },
    });
  });

  test('goes on for the others when the one who began it gives up', async () => {
    const release = Promise.withResolvers<void>();
    await using region = await startRegion({
      token: (_request, response, count) => {
        void release.promise.then(() => sellToken(response, count, 86_400_000));
        return true;
      },
    });
    await using cloud = tokenCloud(region.url);
    const source = cloud.source(projectAt(region.url));
    const leaver = new AbortController();
    const left = failureOf(source.fetchPage('instances', page, newCall(leaver.signal)));
    const other = source.fetchPage('instances', page, newCall());
    setTimeout(() => leaver.abort(), 30);
    expect(await left).toMatchObject({ failure: 'cancelled' });
    release.resolve();
    await other;
    expect(region.purchases()).toHaveLength(1);
  });

  test('tells its expiry by this host’s clock, whatever the cloud’s says', async () => {
    await using region = await startRegion({ lifetimeMs: 3_600_000 });
    const clock = fastClock();
    clock.offsetMs = 40 * 60_000;
    await using cloud = tokenCloud(region.url, { clock });
    await cloud.source(projectAt(region.url)).fetchPage('instances', page, newCall());
    const event = cloud.events.find(({ kind }) => kind === 'credential_expiry');
    if (event?.kind !== 'credential_expiry') throw new Error('no expiry was told');
    expect(Math.abs(event.at.getTime() - clock.now().getTime() - 3_600_000)).toBeLessThan(5000);
  });

  test('tries again what IAM may heal, and a token that lacks its header', async () => {
    await using region = await startRegion({
      token: (_request, response, count) => {
        if (count === 1) json(response, 503, 'busy');
        if (count === 2) json(response, 201, { token: { expires_at: '2030-01-01T00:00:00.000000Z' } });
        return count < 3;
      },
    });
    await using cloud = tokenCloud(region.url);
    const call = newCall();
    await cloud.source(projectAt(region.url)).fetchPage('instances', page, call);
    expect(region.purchases()).toHaveLength(3);
    expect(call.tally).toMatchObject({ requests: 4, retries: 2 });
  });
});

describe('renewing', () => {
  test('happens before the end, and the old token serves on while IAM is down', async () => {
    let iamDown = false;
    await using region = await startRegion({
      lifetimeMs: 86_400_000,
      token: (_request, response) => {
        if (iamDown) json(response, 400, {});
        return iamDown;
      },
    });
    const clock = fastClock();
    await using cloud = tokenCloud(region.url, { clock });
    const source = cloud.source(projectAt(region.url));
    await source.fetchPage('instances', page, newCall());
    clock.offsetMs = 86_400_000 - 9 * 60_000;
    iamDown = true;
    await source.fetchPage('instances', page, newCall());
    await source.fetchPage('instances', page, newCall());
    expect(region.purchases()).toHaveLength(2);
    iamDown = false;
    clock.offsetMs += 2 * 60_000;
    await source.fetchPage('instances', page, newCall());
    expect(region.purchases()).toHaveLength(3);
    expect(region.lists().map(({ headers }) => String(headers['x-auth-token']).slice(0, 7))).toEqual([
      'token-1',
      'token-1',
      'token-1',
      'token-3',
    ]);
  });

  test.each([
    ['401 APIGW.0301', 401, refused],
    ['401 APIGW.0307', 401, { error_code: 'APIGW.0307', error_msg: 'The token must be updated.' }],
    ['403 DBS.280056', 403, { error_code: 'DBS.280056', error_msg: 'Invalid token.' }],
  ])('happens once for all on %s', async (_, status, body) => {
    await using region = await startRegion({
      list: (token, response) => (token === 'token-1' ? json(response, status, body) : json(response, 200, pageOf())),
    });
    await using cloud = tokenCloud(region.url);
    const source = cloud.source(projectAt(region.url));
    await Promise.all(Array.from({ length: 4 }, () => source.fetchPage('instances', page, newCall())));
    expect(region.purchases()).toHaveLength(2);
    expect(cloud.events).toContainEqual({ kind: 'retry', operation: 'list_instances', reason: 'token_refused' });
  });

  test('after a revocation in mid-run costs one refusal per call in flight and loses nothing', async () => {
    let revoked = '';
    await using region = await startRegion({
      list: (token, response) => (token === revoked ? json(response, 401, refused) : json(response, 200, pageOf())),
    });
    await using cloud = tokenCloud(region.url);
    const source = cloud.source(projectAt(region.url));
    await source.fetchPage('instances', page, newCall());
    revoked = 'token-1';
    await Promise.all(Array.from({ length: 4 }, () => source.fetchPage('instances', page, newCall())));
    expect(region.purchases()).toHaveLength(2);
  });

  test('does not loop where a new token is refused too, as at another region’s endpoint', async () => {
    await using region = await startRegion({
      list: (_, response) => json(response, 401, { error_code: 'APIGW.0307', error_msg: 'The token must be updated.' }),
    });
    await using cloud = tokenCloud(region.url);
    const source = cloud.source(projectAt(region.url));
    for (const scope of ['instances', 'instance_backups', 'database_table_backups'] as const) {
      const error = await failureOf(source.fetchPage(scope, page, newCall()));
      expect(error).toMatchObject({ failure: 'auth', apiCode: 'APIGW.0307' });
      expect(error.message).toContain("another region's");
    }
    expect(region.purchases()).toHaveLength(2);
    expect(region.lists()).toHaveLength(2);
  });
});

test('IAM is asked at its regional endpoint where none is given', async () => {
  const tunnels: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  try {
    await using cloud = testCloud({ auth: login, retries: 0 });
    const project = projectAt('http://127.0.0.1:1', { region: 'eu-west-101' });
    const error = await failureOf(cloud.source(project).fetchPage('instances', page, newCall()));
    expect(error.operation).toBe('create_token');
    expect(tunnels).toEqual(['iam.eu-west-101.myhuaweicloud.eu:443']);
  } finally {
    vi.unstubAllEnvs();
    proxy.close();
  }
});
