// A small real HTTP server that a test scripts request by request, and what goes with it: a cloud to talk to it, a clock
// whose sleeps take no time. Not the simulator: it knows no rules, so it can break all of them.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Cloud, type CloudOptions, createCloud } from '../../src/huawei/cloud.ts';
import type { CloudEvent } from '../../src/huawei/telemetry.ts';
import { CloudError } from '../../src/inventory/errors.ts';
import type { Project } from '../../src/inventory/model.ts';
import type { Call, Clock } from '../../src/inventory/ports.ts';

export interface Received {
  method: string;
  /** Path and query as they came. */
  url: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  atMs: number;
}

export type Responder = (request: Received, response: ServerResponse, index: number) => void | Promise<void>;

export interface CloudServer extends AsyncDisposable {
  url: string;
  requests: Received[];
  /** Takes over all later requests. */
  respond: (responder: Responder) => void;
}

/** Answers every request by the responder; the index counts from 0. */
export async function startCloudServer(first: Responder): Promise<CloudServer> {
  let responder = first;
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (message, response) => {
    const atMs = performance.now();
    let body = '';
    for await (const chunk of message) body += chunk;
    const url = message.url ?? '';
    const received: Received = {
      method: message.method ?? '',
      url,
      query: new URL(url, 'http://x').searchParams,
      headers: message.headers,
      body,
      atMs,
    };
    await responder(received, response, requests.push(received) - 1);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    respond: (next) => {
      responder = next;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A row as the documentation shows it. */
export function backupRow(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '43e4feaab48f11e89039fa163ebaa7e4br01',
    name: 'backup-test',
    instance_id: '43e4feaab48f11e89039fa163ebaa7e4in06',
    instance_name: 'cluster-test',
    datastore: { type: 'cassandra', version: '3.4' },
    type: 'Auto',
    begin_time: '2019-05-27T03:38:51+0000',
    end_time: '2019-05-27T03:39:51+0000',
    status: 'COMPLETED',
    size: 2803,
    description: 'backup description',
    ...overrides,
  };
}

export function pageOf(...rows: unknown[]): Record<string, unknown> {
  return { total_count: rows.length, backups: rows, instances: rows };
}

export interface FastClock extends Clock {
  slept: number[];
  /** Added to the time of day. */
  offsetMs: number;
}

/** The time of day is real; sleeps are noted, moved into the time of day, and end at once. */
export function fastClock(): FastClock {
  const clock: FastClock = {
    slept: [],
    offsetMs: 0,
    now: () => new Date(Date.now() + clock.offsetMs),
    async sleep(durationMs, signal) {
      signal?.throwIfAborted();
      clock.slept.push(durationMs);
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
  return clock;
}

export function realClock(): Clock {
  return {
    now: () => new Date(),
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const timer = setTimeout(resolve, durationMs);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  };
}

export function newCall(signal: AbortSignal = new AbortController().signal): Call {
  return { signal, tally: { requests: 0, retries: 0, throttleWaitSeconds: 0 } };
}

export function projectAt(endpoint: string, overrides: Partial<Project> = {}): Project {
  return {
    projectId: '054b61972980d4552f0bc00ac8d3f5cd',
    name: 'prod',
    region: 'ap-southeast-1',
    endpoint,
    ...overrides,
  };
}

export const accessKeys = { method: 'aksk', accessKey: 'TESTAK', secretKey: 'TEST-SECRET-KEY' } as const;

/** A cloud with quick defaults; `events` holds what it told its observer. */
export function testCloud(overrides: Partial<CloudOptions> = {}): Cloud & { events: CloudEvent[] } {
  const events: CloudEvent[] = [];
  const cloud = createCloud({
    auth: accessKeys,
    requestsPerSecond: 1000,
    concurrency: 4,
    requestTimeoutMs: 5000,
    retries: 6,
    userAgent: 'backup-inventory-exporter/test',
    clock: fastClock(),
    observe: (event) => events.push(event),
    ...overrides,
  });
  return Object.assign(cloud, { events });
}

/** The CloudError that a promise fails with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<CloudError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof CloudError) return outcome.error;
  throw new Error(`expected a CloudError, got ${JSON.stringify(outcome)} ${'error' in outcome ? outcome.error : ''}`);
}
