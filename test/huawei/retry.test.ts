// Retries: which failures, how often, how long, and that nothing waits after an abort.

import { describe, expect, test } from 'vitest';
import { AttemptFailure } from '../../src/huawei/attempt-failure.ts';
import { backoffMs, isRetryable, withRetries } from '../../src/huawei/retry.ts';
import { CloudError } from '../../src/inventory/errors.ts';
import { failureOf, fastClock, json, newCall, pageOf, projectAt, startCloudServer, testCloud } from './cloud-server.ts';

const page = { offset: 0, limit: 100 };

describe('which failures', () => {
  test.each([429, 500, 502, 503, 504])('HTTP %i is tried again until it heals', async (status) => {
    await using server = await startCloudServer((_, response, index) =>
      index < 2 ? json(response, status, '<html>down</html>') : json(response, 200, pageOf()),
    );
    await using cloud = testCloud();
    const call = newCall();
    await cloud.source(projectAt(server.url)).fetchPage('instances', page, call);
    expect(call.tally).toMatchObject({ requests: 3, retries: 2 });
    const reason = status === 429 ? 'throttled' : 'server_error';
    expect(cloud.events.filter(({ kind }) => kind === 'retry')).toEqual([
      { kind: 'retry', operation: 'list_instances', reason },
      { kind: 'retry', operation: 'list_instances', reason },
    ]);
  });

  test.each([301, 400, 401, 403, 404, 405, 408, 409, 413, 501, 505])('HTTP %i is not', async (status) => {
    await using server = await startCloudServer((_, response) => json(response, status, {}));
    await using cloud = testCloud();
    await failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall()));
    expect(server.requests).toHaveLength(1);
  });

  test('a refused credential is not, whatever else the answer says', () => {
    const error = new CloudError('auth', 'no', { operation: 'x' });
    expect(isRetryable(new AttemptFailure({ error, retryReason: 'server_error', refusal: 'credential' }))).toBe(false);
    expect(isRetryable(new AttemptFailure({ error, retryReason: 'server_error' }))).toBe(true);
    expect(isRetryable(error)).toBe(false);
  });

  test('after the last try the last failure is told, and the number of tries is the first one and the retries', async () => {
    await using server = await startCloudServer((_, response) =>
      json(response, 429, { error_code: 'APIGW.0308', error_msg: 'policy user over ratelimit,limit:5,time:1 minute' }),
    );
    await using cloud = testCloud({ retries: 3 });
    const call = newCall();
    const error = await failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, call));
    expect(error).toMatchObject({ failure: 'throttled', httpStatus: 429, apiCode: 'APIGW.0308', requestId: 'req-1' });
    expect(server.requests).toHaveLength(4);
    expect(call.tally.throttleWaitSeconds).toBeGreaterThan(0);
  });
});

describe('how long', () => {
  test('the cap doubles from one second to one minute, and the wait is spread over all of it', () => {
    const caps = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((failures) => backoffMs(failures, null, () => 1));
    expect(caps).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(backoffMs(3, null, () => 0)).toBe(0);
    expect(backoffMs(3, null, () => 0.5)).toBe(2000);
  });

  test.each([
    ['in seconds', '7'],
    ['as a date', 'Mon, 01 Jun 2026 00:00:07 GMT'],
  ])('Retry-After %s is the least wait, by the cloud’s clock', async (_, value) => {
    await using server = await startCloudServer((_request, response, index) =>
      index === 0
        ? json(response, 429, {}, { 'retry-after': value, date: 'Mon, 01 Jun 2026 00:00:00 GMT' })
        : json(response, 200, pageOf()),
    );
    const clock = fastClock();
    await using cloud = testCloud({ clock });
    const call = newCall();
    await cloud.source(projectAt(server.url)).fetchPage('instances', page, call);
    expect(clock.slept[0]).toBe(7000);
    expect(cloud.events).toContainEqual({ kind: 'throttle_wait', reason: 'throttled', seconds: 7 });
    expect(call.tally.throttleWaitSeconds).toBeGreaterThanOrEqual(7);
  });

  test('one throttled request holds all others to the endpoint off', async () => {
    await using server = await startCloudServer((_, response, index) =>
      index === 0 ? json(response, 429, {}, { 'retry-after': '30' }) : json(response, 200, pageOf()),
    );
    const clock = fastClock();
    await using cloud = testCloud({ clock, concurrency: 1, requestsPerSecond: 5 });
    const source = cloud.source(projectAt(server.url));
    await Promise.all([1, 2].map(() => source.fetchPage('instances', page, newCall())));
    expect(clock.slept.filter((ms) => ms > 29_000).length).toBeGreaterThanOrEqual(2);
  });

  test('a wait beyond the total time is not begun', async () => {
    await using server = await startCloudServer((_, response) => json(response, 503, {}, { 'retry-after': '3600' }));
    const clock = fastClock();
    await using cloud = testCloud({ clock });
    await failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall()));
    expect(server.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  test('the waits together stay within the total time', async () => {
    const clock = fastClock();
    const error = new CloudError('api', 'down', { operation: 'x' });
    const policy = { clock, retries: 1000, totalTimeMs: 300_000, random: () => 1, onRetry: () => {} };
    const tried = withRetries(policy, 'x', new AbortController().signal, async () => {
      throw new AttemptFailure({ error, retryReason: 'server_error' });
    });
    await expect(tried).rejects.toBe(error);
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(300_000);
    expect(clock.slept.length).toBe(9);
  });
});

describe('abort', () => {
  test('ends a wait at once', async () => {
    await using server = await startCloudServer((_, response) => json(response, 503, {}));
    const stop = new AbortController();
    const clock = fastClock();
    clock.sleep = (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    await using cloud = testCloud({ clock });
    const failed = failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall(stop.signal)));
    setTimeout(() => stop.abort(new Error('SIGTERM')), 30);
    expect(await failed).toMatchObject({ failure: 'cancelled', operation: 'list_instances' });
    expect(server.requests).toHaveLength(1);
  });

  test('ends an exchange at once, and before the first one nothing is sent', async () => {
    await using server = await startCloudServer(() => {});
    const stop = new AbortController();
    await using cloud = testCloud();
    const source = cloud.source(projectAt(server.url));
    const failed = failureOf(source.fetchPage('instances', page, newCall(stop.signal)));
    const startedMs = performance.now();
    setTimeout(() => stop.abort(), 30);
    expect(await failed).toMatchObject({ failure: 'cancelled' });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(await failureOf(source.fetchPage('instances', page, newCall(stop.signal)))).toMatchObject({
      failure: 'cancelled',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('disposal ends what is under way', async () => {
    await using server = await startCloudServer(() => {});
    const cloud = testCloud();
    const failed = failureOf(cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall()));
    setTimeout(() => void cloud[Symbol.asyncDispose](), 30);
    expect(await failed).toMatchObject({ failure: 'cancelled' });
  });
});
