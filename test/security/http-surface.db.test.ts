// The whole web surface under fire: random methods, paths, queries and headers, huge and slow and many, over a hostile
// inventory. It answers with a 4xx or hangs up, never with a 5xx, and lives on.

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reports } from '../../src/inventory/report-list.ts';
import { bearerCheck } from '../../src/web/access.ts';
import type { Story } from '../support/story.ts';
import { raw } from '../web/serving.ts';
import { hostileNames, hostileStory, type ServedStory, serveStory } from './hostile-estate.ts';

let story: Story;
let served: ServedStory;
beforeAll(async () => {
  story = await hostileStory();
  served = await serveStory(story);
}, 60_000);
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await story[Symbol.asyncDispose]();
});

const nasty = fc.oneof(
  fc.constantFrom(
    ...hostileNames.slice(0, -1),
    '',
    '0',
    '-1',
    '1e9',
    '99999999999999999999',
    'null',
    '2026-02-30',
    '\0',
    '%',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const known = fc.constantFrom(
  'search',
  'q',
  'state',
  'control',
  'sort',
  'order',
  'page',
  'as-of',
  'from',
  'to',
  'time-zone',
);
const paths = fc.oneof(
  fc.constantFrom('/', '/metrics', '/healthz', '/readyz', '/reports', '/reports/', '/reports/..', '//', '/%00'),
  fc.constantFrom(...reports.map(({ name }) => `/reports/${name}`)),
  fc.constantFrom(...reports.map(({ name }) => `/reports/${name}.csv`)),
  nasty.map((text) => `/reports/${encodeURIComponent(text.toWellFormed())}`),
  fc
    .tuple(nasty, nasty)
    .map((two) => `/instances/${two.map((text) => encodeURIComponent(text.toWellFormed())).join('/')}`),
  fc.webPath(),
);
const queries = fc
  .array(fc.tuple(fc.oneof(known, nasty), nasty), { maxLength: 4 })
  .map((pairs) => pairs.map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('=')).join('&'));
const headers = fc.dictionary(
  fc.oneof(
    fc.constantFrom('Accept', 'Accept-Encoding', 'Authorization', 'If-None-Match', 'Range', 'Cookie', 'Host'),
    fc.stringMatching(/^[A-Za-z-]{1,20}$/),
  ),
  fc.stringMatching(/^[ -~]{0,60}$/),
  { maxKeys: 4 },
);
const methods = fc.oneof(
  { weight: 3, arbitrary: fc.constant('GET') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND') },
);

test('whatever is asked, the answer is a 2xx or a 4xx with every security header, and says nothing of the inside', async () => {
  const requests = Number(process.env.HTTP_FUZZ ?? 300);
  const statuses = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(methods, paths, queries, headers, async (method, path, query, extra) => {
      const lines = Object.entries(extra)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      const target = `${path === '' ? '/' : path}${query === '' ? '' : `?${query}`}`;
      const answer = await raw(
        served.port,
        `${method} ${target} HTTP/1.1\r\nHost: x\r\n${lines}Connection: close\r\n\r\n`,
      );
      if (answer === '') return;
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? '';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status).toMatch(/^[24]/);
      expect(body).not.toMatch(/node_modules|\.ts:\d|at \w+ \(|syntax error|SQLSTATE/i);
      if (status === '400' && !/^content-security-policy/im.test(head)) return; // not even a request
      expect(head).toMatch(/^content-security-policy: .*default-src 'none'/im);
      expect(head).toMatch(/^x-content-type-options: nosniff/im);
    }),
    { numRuns: requests },
  );
  process.stdout.write(
    `HTTP fuzz: ${requests} requests, ${JSON.stringify(Object.fromEntries([...statuses].sort()))}\n`,
  );
  expect(statuses.get('200')).toBeGreaterThan(requests / 20);
  expect(served.errors).toEqual([]);
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
}, 240_000);

/** The answer; empty where the server hung up in the middle of what it was sent. */
function answered(request: string): Promise<string> {
  return raw(served.port, request).catch(() => '');
}

test('huge targets, huge headers and huge bodies are refused or ignored', async () => {
  const huge = 'a'.repeat(200_000);
  for (const request of [
    `GET /${huge} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /?q=${huge} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${huge}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(20_000)}\r\n`,
  ]) {
    expect(await answered(request)).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  }
  const body = `POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: ${huge.length}\r\n\r\n${huge}`;
  expect(await answered(body)).toMatch(/^(HTTP\/1\.1 405 |$)/);
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
});

test('four hundred clients that never finish their request keep nobody else waiting, and are cut', async () => {
  const slow: Socket[] = [];
  let cut = 0;
  for (let client = 0; client < 400; client += 1) {
    const socket = connect(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => {
      cut += 1;
    });
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    slow.push(socket);
  }
  const drip = setInterval(() => {
    for (const socket of slow) if (!socket.destroyed) socket.write('a');
  }, 1000);
  await sleep(500);
  const startedMs = performance.now();
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${served.url}/metrics`)).status).toBe(200);
  expect(performance.now() - startedMs).toBeLessThan(5000);
  await expect.poll(() => cut, { timeout: 25_000, interval: 200 }).toBe(400); // ten seconds for headers
  clearInterval(drip);
}, 60_000);

test('a wrong token takes as long to refuse wherever it is wrong', () => {
  const token = 'k'.repeat(64);
  const allowed = bearerCheck(token);
  const tokens = { first: `x${token.slice(1)}`, last: `${token.slice(1)}x`, short: 'x', right: token };
  const times = new Map<string, number[]>(Object.keys(tokens).map((name) => [name, []]));
  for (let round = 0; round < 3000; round += 1) {
    for (const [name, value] of Object.entries(tokens)) {
      const started = process.hrtime.bigint();
      allowed(`Bearer ${value}`);
      times.get(name)?.push(Number(process.hrtime.bigint() - started));
    }
  }
  const median = (name: string) => {
    const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  expect(median('first') / median('last')).toBeGreaterThan(0.7);
  expect(median('first') / median('last')).toBeLessThan(1.4);
  expect(median('right') / median('last')).toBeLessThan(1.4);
});
