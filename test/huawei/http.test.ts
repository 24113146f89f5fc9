// The exchange under bad networks: hangs, resets, drips, floods. All on real sockets.

import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { failedFetch, startTcp } from './bad-network.ts';
import { json, newCall, pageOf, projectAt, startCloudServer, testCloud } from './cloud-server.ts';

const page = { offset: 0, limit: 100 };

describe('timeouts', () => {
  test('a connection that never comes about', async () => {
    await using silent = await startTcp(() => {});
    const { error } = await failedFetch(`https://127.0.0.1:${silent.port}`, { requestTimeoutMs: 2000, retries: 0 });
    expect(error).toMatchObject({ failure: 'timeout' });
    expect(error.message).toContain('no connection came about');
  });

  test('an answer that never begins', async () => {
    await using server = await startCloudServer(() => {});
    const { error, events } = await failedFetch(server.url);
    expect(error).toMatchObject({ failure: 'timeout', code: 'CLOUD_TIMEOUT' });
    expect(error.message).toContain('300 ms passed before the answer began');
    expect(events.filter((event) => event.kind === 'request').map((event) => event.code)).toEqual([
      'timeout',
      'timeout',
    ]);
  });

  test('a body that stops half-way', async () => {
    await using server = await startCloudServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"instances":[');
    });
    const { error } = await failedFetch(server.url);
    expect(error.message).toContain('300 ms passed before the answer was complete');
  });

  test('a body that drips for ever', async () => {
    await using server = await startCloudServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const { error } = await failedFetch(server.url);
    expect(error).toMatchObject({ failure: 'timeout' });
  });

  test('a timeout that heals costs a retry', async () => {
    await using server = await startCloudServer((_, response, index) => {
      if (index > 0) json(response, 200, pageOf());
    });
    await using cloud = testCloud({ requestTimeoutMs: 200 });
    const call = newCall();
    await cloud.source(projectAt(server.url)).fetchPage('instances', page, call);
    expect(call.tally).toMatchObject({ requests: 2, retries: 1 });
  });
});

describe('broken connections are tried again, then told as unreachable', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['reset before the answer', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    [
      'reset in the headers',
      (socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.resetAndDestroy())),
    ],
    [
      'reset in the body',
      (socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"inst', () => socket.resetAndDestroy()),
        ),
    ],
    [
      'closed before the body was complete',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"instances"')),
    ],
    ['no HTTP at all', (socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))],
  ])('%s', async (_, onConnection) => {
    let connections = 0;
    await using server = await startTcp((socket) => {
      connections++;
      onConnection(socket);
    });
    const { error } = await failedFetch(`http://127.0.0.1:${server.port}`);
    expect(error).toMatchObject({ failure: 'unreachable', code: 'CLOUD_UNREACHABLE' });
    expect(connections).toBe(2);
  });

  test('what could not be read as HTTP does not come along in the error', async () => {
    await using server = await startTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nx-subject-token: TOP-SECRET\r\nbad header\r\n\r\n')),
    );
    const { error } = await failedFetch(`http://127.0.0.1:${server.port}`);
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('TOP-SECRET');
  });

  test('a port that nobody listens on', async () => {
    const { error } = await failedFetch('http://127.0.0.1:1');
    expect(error.message).toBe(
      'http://127.0.0.1:1 cannot be reached: the connection is refused. Check endpoint, port and firewall.',
    );
  });

  test('a host that does not exist', async () => {
    const { error } = await failedFetch('http://no-such-host.invalid', { requestTimeoutMs: 5000 });
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(error.message).toMatch(/no such host \(E\w+\)/);
  });
});

test('an answer beyond the cap is told and not asked for again', async () => {
  await using server = await startCloudServer((_, response) =>
    json(response, 200, `{"instances":["${'x'.repeat(200_000)}"]}`),
  );
  const { error } = await failedFetch(server.url, { maxAnswerBytes: 100_000, requestTimeoutMs: 3000 });
  expect(error).toMatchObject({ failure: 'api' });
  expect(error.message).toContain('sent more than 100000 bytes');
  expect(server.requests).toHaveLength(1);
});

test('a page of 5 MB is read', async () => {
  await using server = await startCloudServer((_, response) =>
    json(response, 200, { instances: [{ id: 'i1', name: 'n'.repeat(5_000_000) }], total_count: 1 }),
  );
  await using cloud = testCloud();
  const read = await cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall());
  expect(read.items[0]?.fact).toMatchObject({ instanceId: 'i1' });
});
