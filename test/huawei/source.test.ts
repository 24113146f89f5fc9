// The Source port over real HTTP: what is asked, how rows are read, what a look-up proves.

import { describe, expect, test } from 'vitest';
import type { BackupFact } from '../../src/inventory/model.ts';
import { instantOf } from '../../src/inventory/units.ts';
import {
  accessKeys,
  backupRow,
  failureOf,
  json,
  newCall,
  pageOf,
  projectAt,
  startCloudServer,
  testCloud,
} from './cloud-server.ts';

const request = { offset: 0, limit: 100 };

describe('what is asked', () => {
  test('each scope asks its own list, offset and limit as item counts', async () => {
    await using server = await startCloudServer((_, response) => json(response, 200, pageOf()));
    await using cloud = testCloud();
    const source = cloud.source(projectAt(server.url));
    for (const scope of ['instances', 'instance_backups', 'database_table_backups'] as const) {
      await source.fetchPage(scope, { offset: 99, limit: 100 }, newCall());
    }
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/v3/054b61972980d4552f0bc00ac8d3f5cd/instances?limit=100&offset=99',
      '/v4/054b61972980d4552f0bc00ac8d3f5cd/backups?limit=100&offset=99&type=Instance',
      '/v4/054b61972980d4552f0bc00ac8d3f5cd/backups?limit=100&offset=99&type=DatabaseTable',
    ]);
  });

  test('a window goes out as both ends with +0000, the plus encoded, fractions widened', async () => {
    await using server = await startCloudServer((_, response) => json(response, 200, pageOf()));
    await using cloud = testCloud();
    const window = {
      from: instantOf(new Date('2019-05-27T03:38:51.700Z')),
      to: instantOf(new Date('2019-05-28T03:38:51.200Z')),
    };
    await cloud.source(projectAt(server.url)).fetchPage('instance_backups', { ...request, window }, newCall());
    expect(server.requests[0]?.url).toContain(
      'begin_time=2019-05-27T03%3A38%3A51%2B0000&end_time=2019-05-28T03%3A38%3A52%2B0000',
    );
  });

  test('a look-up of a backup carries the type of its scope', async () => {
    await using server = await startCloudServer((_, response) => json(response, 200, pageOf(backupRow({ id: 'b+1' }))));
    await using cloud = testCloud();
    const page = await cloud.source(projectAt(server.url)).lookUp('database_table_backups', 'b+1', newCall());
    expect(server.requests[0]?.url).toContain('?backup_id=b%2B1&type=DatabaseTable');
    expect(page.items.map(({ id }) => id)).toEqual(['b+1']);
  });

  test('an instance is looked up by its id', async () => {
    await using server = await startCloudServer((_, response) => json(response, 200, pageOf()));
    await using cloud = testCloud();
    await cloud.source(projectAt(server.url)).lookUp('instances', 'abcin06', newCall());
    expect(server.requests[0]?.url).toBe('/v3/054b61972980d4552f0bc00ac8d3f5cd/instances?id=abcin06');
  });

  test('requests are signed, name the project and the program, and a base path stays', async () => {
    await using server = await startCloudServer((_, response) => json(response, 200, pageOf()));
    await using cloud = testCloud({ auth: { ...accessKeys, securityToken: 'TEMPORARY' } });
    await cloud.source(projectAt(`${server.url}/base/`)).fetchPage('instances', request, newCall());
    const [received] = server.requests;
    expect(received?.url).toMatch(/^\/base\/v3\//);
    expect(received?.headers).toMatchObject({
      'user-agent': 'backup-inventory-exporter/test',
      'x-project-id': '054b61972980d4552f0bc00ac8d3f5cd',
      'x-security-token': 'TEMPORARY',
    });
    expect(received?.headers.authorization).toMatch(
      /^SDK-HMAC-SHA256 Access=TESTAK, SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token, /,
    );
  });
});

describe('what is read', () => {
  test('the documented row becomes a fact in bytes and UTC', async () => {
    await using server = await startCloudServer((_, response) =>
      json(response, 200, { total_count: 4, backups: [backupRow()] }),
    );
    await using cloud = testCloud();
    const page = await cloud.source(projectAt(server.url)).fetchPage('instance_backups', request, newCall());
    const fact: BackupFact = {
      backupId: '43e4feaab48f11e89039fa163ebaa7e4br01',
      instanceId: '43e4feaab48f11e89039fa163ebaa7e4in06',
      instanceName: 'cluster-test',
      name: 'backup-test',
      description: 'backup description',
      backupType: 'auto',
      status: 'COMPLETED',
      datastoreType: 'cassandra',
      datastoreVersion: '3.4',
      sizeBytes: 2803 * 1024,
      beginAt: instantOf(new Date('2019-05-27T03:38:51Z')),
      endAt: instantOf(new Date('2019-05-27T03:39:51Z')),
      databaseTables: null,
    };
    expect(page).toEqual({
      items: [{ id: fact.backupId, orderKey: '2019-05-27T03:38:51Z', fact }],
      total: 4,
      anomalies: [],
    });
  });

  test('a page longer than asked is read whole, and a total that is no number is unknown', async () => {
    await using server = await startCloudServer((_, response) =>
      json(response, 200, {
        total_count: 'many',
        backups: Array.from({ length: 150 }, (_, index) => backupRow({ id: `b${index}` })),
      }),
    );
    await using cloud = testCloud();
    const page = await cloud.source(projectAt(server.url)).fetchPage('instance_backups', request, newCall());
    expect(page.items).toHaveLength(150);
    expect(page.total).toBeNull();
  });
});

describe('what a look-up proves', () => {
  test.each(['DBS.201214', 'DBS.280124'])('the code %s means that the backup is gone', async (error_code) => {
    await using server = await startCloudServer((_, response) =>
      json(response, 400, { error_code, error_msg: 'gone' }),
    );
    await using cloud = testCloud();
    const page = await cloud.source(projectAt(server.url)).lookUp('instance_backups', 'b1', newCall());
    expect(page).toEqual({ items: [], total: 0, anomalies: [] });
  });

  test('an unpublished API is no proof of absence', async () => {
    await using server = await startCloudServer((_, response) =>
      json(response, 404, { error_code: 'APIGW.0101', error_msg: 'The API does not exist', request_id: 'r' }),
    );
    await using cloud = testCloud();
    const error = await failureOf(cloud.source(projectAt(server.url)).lookUp('instance_backups', 'b1', newCall()));
    expect(error).toMatchObject({ failure: 'api', apiCode: 'APIGW.0101' });
  });

  test('an answer with other rows means that the id was ignored, which proves nothing', async () => {
    await using server = await startCloudServer((_, response) =>
      json(response, 200, pageOf(backupRow({ id: 'other' }))),
    );
    await using cloud = testCloud();
    const error = await failureOf(cloud.source(projectAt(server.url)).lookUp('instance_backups', 'b1', newCall()));
    expect(error).toMatchObject({ failure: 'api', operation: 'look_up_backup' });
  });
});

describe('answers that are no page', () => {
  test.each([
    ['no list', '{"total_count":0}', 'no list "backups"'],
    ['HTML with status 200', '<html><title>Login</title></html>', 'no JSON'],
    ['truncated JSON', '{"total_count":1,"backups":[{"id":"a', 'no JSON'],
    ['an empty body', '', 'no JSON'],
    ['a list that is null', '{"total_count":1,"backups":null}', 'no list "backups"'],
    ['an error code with status 200', '{"error_code":"DBS.280005","error_msg":"busy"}', 'DBS.280005: busy'],
  ])('%s is tried again, then told', async (_, body, said) => {
    await using server = await startCloudServer((_, response) => json(response, 200, body));
    await using cloud = testCloud({ retries: 2 });
    const call = newCall();
    const error = await failureOf(cloud.source(projectAt(server.url)).fetchPage('instance_backups', request, call));
    expect(error).toMatchObject({ failure: 'api', code: 'CLOUD_API', requestId: 'req-1' });
    expect(error.message).toContain(said);
    expect(call.tally).toMatchObject({ requests: 3, retries: 2 });
  });
});
