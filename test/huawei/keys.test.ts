// Access keys: a wrong key costs one request, whatever the number of projects and the concurrency.

import { describe, expect, test } from 'vitest';
import {
  accessKeys,
  failureOf,
  fastClock,
  json,
  newCall,
  pageOf,
  projectAt,
  startCloudServer,
  testCloud,
} from './cloud-server.ts';

const page = { offset: 0, limit: 100 };
const mismatch = {
  error_code: 'APIGW.0301',
  error_msg:
    'Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:GET|/v4/p/backups/|limit=100|content-type:application/json|host:h|x-project-id:p|x-sdk-date:20260101T000000Z|x-security-token:TOP-SECRET-TOKEN||content-type;host|e3b0',
  request_id: 'from-the-body',
};

function projects(url: string) {
  return ['a', 'b', 'c', 'd'].map((projectId) => projectAt(url, { projectId }));
}

describe('a wrong secret', () => {
  test('costs exactly one request, and every other call fails at once with the same error', async () => {
    await using server = await startCloudServer(
      (_, response) => void setTimeout(() => json(response, 401, mismatch), 30),
    );
    await using cloud = testCloud({ concurrency: 8 });
    const failures = await Promise.all(
      projects(server.url).flatMap((project) =>
        (['instances', 'instance_backups', 'database_table_backups'] as const).map((scope) =>
          failureOf(cloud.source(project).fetchPage(scope, page, newCall())),
        ),
      ),
    );
    expect(server.requests).toHaveLength(1);
    expect(new Set(failures).size).toBe(1);
    expect(failures[0]).toMatchObject({ failure: 'auth', code: 'CLOUD_AUTH', httpStatus: 401, apiCode: 'APIGW.0301' });
    await failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall()));
    await failureOf(cloud.discoverProjects(['ap-southeast-1'], newCall()));
    expect(server.requests).toHaveLength(1);
  });

  test('is told with what to do, the canonical request, and no header value', async () => {
    await using server = await startCloudServer((_, response) => json(response, 401, mismatch));
    await using cloud = testCloud();
    const error = await failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall()));
    expect(error.message).toContain('The cloud refused the credentials (HTTP 401, APIGW.0301, request req-1)');
    expect(error.message).toContain('canonicalRequest:GET|/v4/p/backups/|limit=100');
    expect(error.message).toContain('x-security-token:[redacted]');
    expect(error.message).toContain('Check access key, secret key');
    expect(JSON.stringify(error) + error.message).not.toContain('TOP-SECRET-TOKEN');
    expect(error.requestId).toBe('req-1');
  });

  test('that echoes the secret in any place is still not told', async () => {
    await using server = await startCloudServer((_, response) =>
      json(response, 401, { error_code: 'APIGW.0301', error_msg: `you said ${accessKeys.secretKey} and TEMPORARY` }),
    );
    await using cloud = testCloud({ auth: { ...accessKeys, securityToken: 'TEMPORARY' } });
    const error = await failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall()));
    expect(error.message).toContain('you said [redacted] and [redacted]');
  });
});

describe('until the key has proved good', () => {
  test('one request is in flight at a time, then all that the concurrency allows', async () => {
    let open = 0;
    const seen: number[] = [];
    await using server = await startCloudServer((_, response, index) => {
      seen.push(++open);
      setTimeout(
        () => {
          open--;
          if (index < 2) json(response, 503, {});
          else json(response, 200, pageOf());
        },
        index < 3 ? 20 : 150,
      );
    });
    await using cloud = testCloud({ concurrency: 4 });
    await Promise.all(
      projects(server.url).map((project) => cloud.source(project).fetchPage('instances', page, newCall())),
    );
    expect(seen.slice(0, 3)).toEqual([1, 1, 1]);
    expect(Math.max(...seen)).toBeGreaterThan(1);
  });

  test('an answer of the service behind the gateway proves it too', async () => {
    await using server = await startCloudServer((_, response, index) =>
      index === 0
        ? json(response, 403, { error_code: 'DBS.280032', error_msg: 'no permission' })
        : json(response, 401, mismatch),
    );
    await using cloud = testCloud();
    const [a, b] = projects(server.url);
    expect(await failureOf(cloud.source(a ?? projectAt('')).fetchPage('instances', page, newCall()))).toMatchObject({
      failure: 'forbidden',
    });
    expect(await failureOf(cloud.source(b ?? projectAt('')).fetchPage('instances', page, newCall()))).toMatchObject({
      failure: 'auth',
    });
  });

  test('who gives up waiting does not stop the others', async () => {
    const release = Promise.withResolvers<void>();
    await using server = await startCloudServer(async (_, response) => {
      await release.promise;
      json(response, 200, pageOf());
    });
    await using cloud = testCloud();
    const source = cloud.source(projectAt(server.url));
    const leaver = new AbortController();
    const first = source.fetchPage('instances', page, newCall());
    const left = failureOf(source.fetchPage('instances', page, newCall(leaver.signal)));
    const last = source.fetchPage('instances', page, newCall());
    leaver.abort();
    expect(await left).toMatchObject({ failure: 'cancelled' });
    release.resolve();
    await Promise.all([first, last]);
    expect(server.requests).toHaveLength(2);
  });
});

test('an endpoint of another region costs one request per project and closes nothing for the others', async () => {
  await using wrong = await startCloudServer((_, response) =>
    json(response, 401, { error_code: 'APIGW.0307', error_msg: 'The token must be updated' }),
  );
  await using right = await startCloudServer((_, response) => json(response, 200, pageOf()));
  await using cloud = testCloud();
  const misplaced = projectAt(wrong.url, { projectId: 'misplaced' });
  for (const scope of ['instances', 'instance_backups'] as const) {
    const error = await failureOf(cloud.source(misplaced).fetchPage(scope, page, newCall()));
    expect(error).toMatchObject({ failure: 'auth', apiCode: 'APIGW.0307' });
    expect(error.message).toContain("check the project's region and endpoint");
  }
  await cloud.source(projectAt(right.url)).fetchPage('instances', page, newCall());
  expect(wrong.requests).toHaveLength(1);
});

test.each([
  ['APIGW.0303', 20, 'ahead of'],
  ['APIGW.0301', -20, 'behind'],
])('a refusal with %s and a clock %i minutes off names the clock', async (error_code, minutes, word) => {
  await using server = await startCloudServer((_, response) =>
    json(response, 401, { error_code, error_msg: 'refused' }),
  );
  const clock = fastClock();
  clock.offsetMs = minutes * 60_000;
  await using cloud = testCloud({ clock });
  const result = await cloud.probe(projectAt(server.url), newCall());
  expect(result.lists[0]?.error?.message).toContain(`This host's clock is 20 minutes ${word} the cloud's`);
  expect(result.clockSkewSeconds).toBeGreaterThan(minutes * 60 - 2);
  expect(result.clockSkewSeconds).toBeLessThan(minutes * 60 + 2);
  expect(server.requests).toHaveLength(1);
});
