// The rate limit: what it promises in every window, and that it is not slower than it must be.

import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { createRateLimit, type Turn } from '../../src/huawei/rate-limit.ts';
import { json, newCall, pageOf, projectAt, realClock, startCloudServer, testCloud } from './cloud-server.ts';

const forever = new AbortController().signal;

/** The most departures in any window of one second (or so long), its left end included. */
function busiestSecond(times: readonly number[], windowMs = 1000): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + windowMs).length));
}

/** A clock in virtual time whose timers fire late by what `lateness` says. */
function virtualClock(lateness: () => number) {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    advance: (durationMs: number) => {
      nowMs += durationMs;
    },
    clock: {
      sleep: async (durationMs: number) => {
        await new Promise((resolve) => setImmediate(resolve)); // who departed before notes the time first
        nowMs += durationMs + lateness();
      },
    },
  };
}

function depart(turn: Turn, time: { monotonicMs: () => number }): number {
  turn.departed();
  return time.monotonicMs();
}

test.each([1, 2, 5, 10, 50, 200])(
  'at %i a second, no second sees more and the rate is at least 95 percent of it',
  async (rate) => {
    const time = virtualClock(() => 1.5);
    const limit = createRateLimit({ ...time, requestsPerSecond: rate });
    const departures: number[] = [];
    const turns = Array.from({ length: rate * 20 + 1 }, () =>
      limit.turn(forever).then((turn) => departures.push(depart(turn, time))),
    );
    await Promise.all(turns);
    expect(busiestSecond(departures)).toBeLessThanOrEqual(rate);
    expect(((departures.length - 1) * 1000) / ((departures.at(-1) ?? 0) - (departures[0] ?? 0))).toBeGreaterThanOrEqual(
      rate * 0.95,
    );
  },
);

test('late timers and stalls of the process never squeeze two bursts into one second', async () => {
  let calls = 0;
  const time = virtualClock(() => (++calls % 7 === 0 ? 700 : calls % 3));
  const limit = createRateLimit({ ...time, requestsPerSecond: 10 });
  const departures: number[] = [];
  await Promise.all(
    Array.from({ length: 400 }, () => limit.turn(forever).then((turn) => departures.push(depart(turn, time)))),
  );
  expect(busiestSecond(departures)).toBeLessThanOrEqual(10);
});

test('idle time earns no burst', async () => {
  const time = virtualClock(() => 0);
  const limit = createRateLimit({ ...time, requestsPerSecond: 5 });
  await limit.turn(forever);
  time.advance(60_000);
  const turns = await Promise.all([limit.turn(forever), limit.turn(forever), limit.turn(forever)]);
  expect(turns.map(({ waitedMs }) => Math.round(waitedMs))).toEqual([0, 207, 207]);
});

test('a hold lets nobody pass, and turns go on at the same pace after it', async () => {
  const time = virtualClock(() => 0);
  const limit = createRateLimit({ ...time, requestsPerSecond: 5 });
  await limit.turn(forever);
  limit.holdOff(3000);
  const departures: number[] = [];
  await Promise.all(
    [1, 2].map(() => limit.turn(forever).then((turn) => departures.push(Math.round(depart(turn, time))))),
  );
  expect(departures).toEqual([3000, 3207]);
});

test('who leaves the line does not keep the next one waiting', async () => {
  const limit = createRateLimit({ clock: realClock(), requestsPerSecond: 5 });
  const leaver = new AbortController();
  await limit.turn(forever);
  const left = limit.turn(leaver.signal);
  const next = limit.turn(forever);
  leaver.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect((await next).waitedMs).toBeLessThan(212);
});

test('a request that was slow to get on its way counts from when it was', async () => {
  const time = virtualClock(() => 0);
  const limit = createRateLimit({ ...time, requestsPerSecond: 2 });
  const slow = await limit.turn(forever);
  const quick = await limit.turn(forever);
  quick.departed();
  time.advance(5000);
  const third = limit.turn(forever);
  slow.departed();
  await third;
  expect(time.monotonicMs()).toBe(5517.5 + 1035);
});

test('a server sees the promised rate in every second, retries among the requests', async () => {
  const rate = 20;
  await using server = await startCloudServer((_, response, index) =>
    index % 10 === 3 ? json(response, 500, {}) : json(response, 200, pageOf()),
  );
  await using cloud = testCloud({ clock: realClock(), requestsPerSecond: rate, concurrency: 8, random: () => 0.01 });
  const source = cloud.source(projectAt(server.url));
  const startedMs = performance.now();
  const fetches = Array.from({ length: 50 }, () =>
    source.fetchPage('instance_backups', { offset: 0, limit: 1 }, newCall()),
  );
  await Promise.all(fetches);
  const seconds = (performance.now() - startedMs) / 1000;
  const times = server.requests.map(({ atMs }) => atMs);
  expect(times.length).toBeGreaterThan(50);
  // The server shares this process, so a stall of the machine shifts what it sees by some milliseconds. Exact figures are
  // those in virtual time above.
  expect(busiestSecond(times, 900)).toBeLessThanOrEqual(rate);
  process.stdout.write(
    `rate limit ${rate}/s: ${times.length} requests in ${seconds.toFixed(2)} s, busiest second ${busiestSecond(times)}\n`,
  );
  expect(times.length / seconds).toBeGreaterThan(rate * 0.7);
});
