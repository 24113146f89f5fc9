// The rate limit: how much of it is used, and whether any second holds more, with and without answers 429.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCloud } from '../src/huawei/cloud.ts';
import type { Bench } from './support/report.ts';

const limit = 20;

export const rate: Bench = {
  name: 'rate',
  about: 'Requests as a server received them, against the limit of the client.',
  async run({ full }) {
    const seconds = full ? 30 : 12;
    const quiet = await arrivals(seconds, () => false);
    const stormy = await arrivals(seconds, (count) => count % 10 === 0);
    const used = ((quiet.length - 1) / ((quiet.at(-1) ?? 0) - (quiet[0] ?? 0))) * 1000;
    return [
      {
        what: `${limit} requests a second for ${seconds} s`,
        against: 'the limit',
        target: '≥ 0.95 used, never above it in any second',
        measured: `${(used / limit).toFixed(3)} used, at most ${most(quiet)} in a second`,
        met: used / limit >= 0.95 && most(quiet) <= limit,
      },
      {
        what: 'the same while one answer in ten is 429',
        against: 'the limit',
        target: 'never above it in any second',
        measured: `at most ${most(stormy)} in a second`,
        met: most(stormy) <= limit,
      },
    ];
  },
};

/** When each request arrived, in milliseconds. */
async function arrivals(seconds: number, refuse: (count: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  const server = createServer(async (_request, response) => {
    times.push(performance.now());
    const refused = refuse(times.length);
    await sleep(20);
    response.writeHead(refused ? 429 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(refused ? { error_code: 'APIGW.0308', error_msg: 'Too many' } : { backups: [], total_count: 0 }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  await ask(`http://127.0.0.1:${address.port}`, seconds);
  server.closeAllConnections();
  server.close();
  return times;
}

async function ask(endpoint: string, seconds: number): Promise<void> {
  await using cloud = createCloud({
    auth: { method: 'aksk', accessKey: 'bench', secretKey: 'bench' },
    requestsPerSecond: limit,
    concurrency: 8,
    requestTimeoutMs: 10_000,
    retries: 6,
    userAgent: 'bench',
    clock: {
      now: () => new Date(),
      sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    },
  });
  const source = cloud.source({ projectId: 'bench', name: 'bench', region: 'bench', endpoint });
  const call = { signal: new AbortController().signal, tally: { requests: 0, retries: 0, throttleWaitSeconds: 0 } };
  const untilMs = performance.now() + seconds * 1000;
  const slot = async () => {
    while (performance.now() < untilMs) await source.fetchPage('instance_backups', { offset: 0, limit: 10 }, call);
  };
  await Promise.all(Array.from({ length: 8 }, slot));
}

/** Most arrivals within any window of one second. */
function most(times: readonly number[]): number {
  let first = 0;
  let result = 0;
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? 0) >= 1000) first += 1;
    result = Math.max(result, last - first + 1);
  }
  return result;
}
