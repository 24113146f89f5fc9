// The way in: discovery, the probe of doctor, what the observer is told, regions.

import { describe, expect, test } from 'vitest';
import { endpointOf, isRegionName, knownRegions, regionOfProjectName } from '../../src/huawei/endpoints.ts';
import { failureOf, fastClock, json, newCall, pageOf, projectAt, startCloudServer, testCloud } from './cloud-server.ts';

const page = { offset: 0, limit: 100 };

describe('discovery', () => {
  const rows = [
    { id: 'p1', name: 'ap-southeast-1', domain_id: 'd', parent_id: 'd', enabled: true, is_domain: false },
    { id: 'p2', name: 'ap-southeast-1_payments_eu', domain_id: 'd', parent_id: 'p1', enabled: true, is_domain: false },
    { id: 'p3', name: 'ap-southeast-1_old', enabled: false },
    { id: 'p4', name: 'eu-west-101', enabled: true },
    { id: 'p5', name: 'cn-north-4', enabled: true },
    { id: 'p6', name: 'MOS', enabled: true },
    { id: 'p7', name: 'evil.example.com/', enabled: true },
    { name: 'no id' },
    null,
  ];

  test('lists the enabled projects of the regions, sub-projects too, each at its region’s endpoint', async () => {
    await using iam = await startCloudServer((_, response) => json(response, 200, { projects: rows, links: {} }));
    await using cloud = testCloud({ iamEndpoint: iam.url });
    const found = await cloud.discoverProjects(['ap-southeast-1', 'eu-west-101'], newCall());
    expect(found).toEqual([
      {
        projectId: 'p1',
        name: 'ap-southeast-1',
        region: 'ap-southeast-1',
        endpoint: 'https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com',
      },
      {
        projectId: 'p2',
        name: 'ap-southeast-1_payments_eu',
        region: 'ap-southeast-1',
        endpoint: 'https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com',
      },
      {
        projectId: 'p4',
        name: 'eu-west-101',
        region: 'eu-west-101',
        endpoint: 'https://gaussdb-nosql.eu-west-101.myhuaweicloud.eu',
      },
    ]);
  });

  test('without regions lists the projects of every region', async () => {
    await using iam = await startCloudServer((_, response) => json(response, 200, { projects: rows }));
    await using cloud = testCloud({ iamEndpoint: iam.url });
    const found = await cloud.discoverProjects([], newCall());
    expect(found.map(({ projectId }) => projectId)).toEqual(['p1', 'p2', 'p5', 'p4']);
  });

  test('with access keys is one signed GET, without a project, and creates nothing', async () => {
    await using iam = await startCloudServer((_, response) => json(response, 200, { projects: [] }));
    await using cloud = testCloud({ iamEndpoint: iam.url });
    expect(await cloud.discoverProjects(['ap-southeast-1'], newCall())).toEqual([]);
    expect(iam.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v3/auth/projects']);
    expect(iam.requests[0]?.headers.authorization).toContain('SignedHeaders=content-type;host;x-sdk-date,');
  });

  test('with a password uses a token of the account', async () => {
    await using iam = await startCloudServer((request, response) => {
      if (request.method === 'POST') {
        const token = { token: { expires_at: '2099-01-01T00:00:00.000000Z' } };
        json(response, 201, token, { 'x-subject-token': 'domain-token' });
      } else json(response, 200, { projects: rows });
    });
    const login = { method: 'password', domain: 'account', username: 'u', password: 'pw-secret' } as const;
    await using cloud = testCloud({ auth: login, iamEndpoint: iam.url });
    expect(await cloud.discoverProjects(['cn-north-4'], newCall())).toHaveLength(1);
    expect(JSON.parse(iam.requests[0]?.body ?? '').auth.scope).toEqual({ domain: { name: 'account' } });
    expect(iam.requests[1]?.headers['x-auth-token']).toBe('domain-token');
  });

  test('that answers no list is told', async () => {
    await using iam = await startCloudServer((_, response) => json(response, 200, {}));
    await using cloud = testCloud({ iamEndpoint: iam.url, retries: 0 });
    expect(await failureOf(cloud.discoverProjects(['cn-north-4'], newCall()))).toMatchObject({
      failure: 'api',
      operation: 'list_projects',
    });
  });
});

describe('the probe', () => {
  test('asks each list for one row and says which may be read', async () => {
    await using server = await startCloudServer((request, response) =>
      request.query.get('type') === 'Instance'
        ? json(response, 400, { error_code: 'DBS.280015', error_msg: 'no right' })
        : json(response, 200, pageOf()),
    );
    await using cloud = testCloud();
    const result = await cloud.probe(projectAt(server.url), newCall());
    expect(result.lists).toMatchObject([
      { scope: 'instances', error: null },
      { scope: 'instance_backups', error: { failure: 'forbidden', apiCode: 'DBS.280015', httpStatus: 400 } },
      { scope: 'database_table_backups', error: null },
    ]);
    expect(server.requests.every(({ url }) => url.includes('limit=1&offset=0'))).toBe(true);
    expect(result.clockSkewSeconds).toBe(0);
  });

  test('knows no skew where nothing answers', async () => {
    await using cloud = testCloud({ retries: 0 });
    const result = await cloud.probe(projectAt('http://127.0.0.1:1'), newCall());
    expect(result.clockSkewSeconds).toBeNull();
    expect(result.lists.map(({ error }) => error?.failure)).toEqual(['unreachable', 'unreachable', 'unreachable']);
  });
});

describe('the observer', () => {
  test('is told each exchange, retry, wait and the skew', async () => {
    await using server = await startCloudServer((_, response, index) =>
      index === 0 ? json(response, 500, {}) : json(response, 200, pageOf()),
    );
    const clock = fastClock();
    clock.offsetMs = -90_000;
    await using cloud = testCloud({ clock, requestsPerSecond: 5 });
    const call = newCall();
    await cloud.source(projectAt(server.url)).fetchPage('instance_backups', page, call);
    const requests = cloud.events.filter((event) => event.kind === 'request');
    expect(requests).toMatchObject([
      { operation: 'list_backups', code: '500' },
      { operation: 'list_backups', code: '200' },
    ]);
    expect(requests.every((event) => event.durationSeconds > 0 && event.durationSeconds < 5)).toBe(true);
    expect(cloud.events).toContainEqual({ kind: 'retry', operation: 'list_backups', reason: 'server_error' });
    const skews = cloud.events.filter((event) => event.kind === 'clock_skew').map((event) => event.seconds);
    expect(skews).toHaveLength(2);
    expect(skews.every((seconds) => Math.abs(seconds + 90) < 1)).toBe(true);
    const waited = cloud.events
      .filter((event) => event.kind === 'throttle_wait')
      .reduce((sum, event) => sum + event.seconds, 0);
    expect(waited).toBeGreaterThan(0.1);
    expect(call.tally.throttleWaitSeconds).toBeCloseTo(waited, 6);
  });

  test('is told the failure where no answer came', async () => {
    await using cloud = testCloud({ retries: 0 });
    await failureOf(cloud.source(projectAt('http://127.0.0.1:1')).fetchPage('instances', page, newCall()));
    expect(cloud.events).toMatchObject([{ kind: 'request', operation: 'list_instances', code: 'unreachable' }]);
  });
});

describe('regions', () => {
  test.each([
    ['ap-southeast-1', 'https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com'],
    ['eu-west-101', 'https://gaussdb-nosql.eu-west-101.myhuaweicloud.eu'],
    ['ap-newplace-9', 'https://gaussdb-nosql.ap-newplace-9.myhuaweicloud.com'],
  ])('%s listens at %s', (region, endpoint) => {
    expect(endpointOf('gaussdb-nosql', region)).toBe(endpoint);
  });

  test.each(['', 'evil.com', 'a/b', 'x@y', 'AP-SOUTHEAST-1', 'region', '-1'])('%j is none', (region) => {
    expect(isRegionName(region)).toBe(false);
    expect(() => endpointOf('iam', region)).toThrow(`"${region}" is no region name`);
  });

  test('all known ones have the form of one', () => {
    expect(knownRegions.filter((region) => !isRegionName(region))).toEqual([]);
    expect(knownRegions).toContain('tr-west-1');
  });

  test('a project’s region is the text before the first underscore', () => {
    expect(['ap-southeast-1', 'ap-southeast-1_a_b'].map(regionOfProjectName)).toEqual([
      'ap-southeast-1',
      'ap-southeast-1',
    ]);
  });
});
