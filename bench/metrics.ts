// /metrics at many instances: how long a render holds the loop, and a scrape against a memcpy of the plain text and
// against prom-client's own metrics().

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Gauge, Registry } from 'prom-client';
import { createExposition, type Exposition } from '../src/prometheus/exposition.ts';
import { createWeb } from '../src/web/server.ts';
import { ourProcess } from '../test/prometheus/scraping.ts';
import { instanceState, projectState, snapshot } from '../test/prometheus/snapshots.ts';
import type { Bench, Row } from './support/report.ts';

const scrapes = 100;
const warmUps = 10;
const projects = 20;

if (process.env.BENCH_SCRAPE !== undefined) {
  process.send?.(await scrapeTimes(process.env.BENCH_SCRAPE, process.env.BENCH_ENCODING ?? 'gzip'));
}

export const metrics: Bench = {
  name: 'metrics',
  about: 'Scrapes of /metrics by another process, 20 ms apart. A scrape has no way to the database.',
  async run({ full, log }) {
    const rows: Row[] = [];
    for (const instances of full ? [10_000, 100_000] : [10_000]) rows.push(...(await measure(instances, log)));
    return rows;
  },
};

async function measure(count: number, log: (text: string) => void): Promise<Row[]> {
  const exposition = createExposition({ process: () => ourProcess });
  const estate = estateOf(count);
  await exposition.update(estate, estate.takenAt);
  const rendered = await held(() => exposition.update(estate, estate.takenAt));
  const silent = () => undefined;
  const web = await createWeb({
    host: '127.0.0.1',
    port: 0,
    scrape: (request: object) => exposition.scrape(request),
    readiness: async () => [],
    pages: [],
    log: { debug: silent, info: silent, warn: silent, error: console.error },
  }).listen();
  const url = `http://127.0.0.1:${web.port}/metrics`;
  const gzip = await scrapedBy(url, 'gzip');
  const plain = await scrapedBy(url, 'identity');
  await web.close(1000);
  const bare = await bareTimes(await gzipBytes(exposition));
  const bytes = await plainBytes(exposition);
  const copy = memcpyTimes(bytes);
  const library = await libraryTimes(count);
  const text = (times: readonly number[]) => `p50 ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms`;
  log(`${count} instances, ${(bytes / 1e6).toFixed(1)} MB of text; plain: ${text(plain.times)}`);
  const p99 = Number(at(gzip.times, 0.99));
  const ratio = p99 / Number(at(copy, 0.5));
  const small = count <= 10_000;
  return [
    {
      what: `scrape, gzip, ${count.toLocaleString('en')} instances`,
      against: `memcpy of ${(bytes / 1e6).toFixed(1)} MB of text (p50 ${at(copy, 0.5)} ms); prom-client's metrics() of 5 gauges (p50 ${at(library, 0.5)} ms)`,
      target: small ? 'p99 ≤ 10 ms' : 'p99 ≤ 3 × memcpy',
      measured: `${text(gzip.times)}; ${ratio.toFixed(1)} × memcpy, ${(Number(at(library, 0.5)) / Number(at(gzip.times, 0.5))).toFixed(0)} × faster than prom-client`,
      met: small ? p99 <= 10 : ratio <= 3,
      note: `A bare node:http server that sends a buffer of the same ${(bare.bytes / 1e6).toFixed(1)} MB: ${text(bare.times)}.`,
    },
    {
      what: `the loop held by a render of ${count.toLocaleString('en')} instances, and by one scrape`,
      against: 'processor time between two turns',
      target: small ? '≤ 25 ms' : 'none',
      measured: `${rendered.holdMs.toFixed(1)} ms of a render of ${rendered.tookMs.toFixed(0)} ms; ${gzip.cpuMs.toFixed(1)} ms`,
      met: small ? rendered.holdMs <= 25 && gzip.cpuMs <= 25 : null,
    },
  ];
}

function estateOf(count: number) {
  const id = (kind: string, index: number) => `${kind}${index}`.padEnd(34, '0f');
  const instances = Array.from({ length: count }, (_, index) => {
    const template = instanceState();
    const [marks] = template.marks;
    if (marks === undefined) throw new Error('The template has no marks.');
    return instanceState({
      projectId: id('p', index % projects),
      instanceId: `${id('i', index)}in`,
      name: `orders-${index}`,
      failures: index % 7,
      marks: [{ ...marks, lastSuccess: 1_795_000_000 + ((index * 977) % 86_400), lastSizeBytes: 1e6 + index * 977 }],
    });
  });
  const states = Array.from({ length: projects }, (_, index) => projectState({ projectId: id('p', index) }));
  return snapshot({ projects: states, instances });
}

/** Runs a piece of work; how long it took, and the most CPU that went between two turns of the loop. */
async function held<T>(work: () => Promise<T>): Promise<{ result: T; tookMs: number; holdMs: number }> {
  let holdMs = 0;
  let going = true;
  let last = process.threadCpuUsage();
  const turn = () => {
    const { user, system } = process.threadCpuUsage(last);
    holdMs = Math.max(holdMs, (user + system) / 1000);
    last = process.threadCpuUsage();
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const startedMs = performance.now();
  const result = await work();
  going = false;
  return { result, tookMs: performance.now() - startedMs, holdMs };
}

/** Times of scrapes by another process, sorted, and the CPU of our main thread for one. */
async function scrapedBy(url: string, encoding: string): Promise<{ times: number[]; cpuMs: number }> {
  const env = { ...process.env, BENCH_SCRAPE: url, BENCH_ENCODING: encoding };
  const before = process.threadCpuUsage();
  const child = fork(fileURLToPath(import.meta.url), { env });
  const [times] = await once(child, 'message');
  const { user, system } = process.threadCpuUsage(before);
  return { times, cpuMs: (user + system) / 1000 / (scrapes + warmUps) };
}

async function scrapeTimes(url: string, encoding: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const headers = { 'accept-encoding': encoding, accept: 'application/openmetrics-text;version=1.0.0' };
  const times: number[] = [];
  for (let index = -warmUps; index < scrapes; index += 1) {
    const startedMs = performance.now();
    const request = get(url, { agent, headers });
    const [response] = await once(request, 'response');
    await once(response.resume(), 'end');
    if (index >= 0) times.push(performance.now() - startedMs);
    await sleep(20);
  }
  agent.destroy();
  return times.sort((a, b) => a - b);
}

/** What so many bytes take here from a server that does nothing else. */
async function bareTimes(bytes: number): Promise<{ bytes: number; times: number[] }> {
  const body = Buffer.alloc(bytes, 1);
  const server = createServer((_, response) => response.setHeader('content-length', bytes).end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { times } = await scrapedBy(`http://127.0.0.1:${port}/metrics`, 'gzip');
  server.close();
  return { bytes, times };
}

async function gzipBytes(exposition: Exposition): Promise<number> {
  return Number((await exposition.scrape({ acceptEncoding: 'gzip' })).headers['Content-Length']);
}

async function plainBytes(exposition: Exposition): Promise<number> {
  return Number((await exposition.scrape({})).headers['Content-Length']);
}

function memcpyTimes(bytes: number): number[] {
  const from = Buffer.alloc(bytes, 1);
  const to = Buffer.alloc(bytes, 2);
  return repeat(21, () => void from.copy(to));
}

async function libraryTimes(count: number): Promise<number[]> {
  const registry = new Registry();
  const labelNames = ['project_id', 'instance_id', 'instance_name', 'datastore'];
  for (let index = 0; index < 5; index += 1) {
    const gauge = new Gauge({ name: `bench_${index}`, help: 'x', labelNames, registers: [registry] });
    for (let n = 0; n < count; n += 1)
      gauge.set(
        {
          project_id: `p${n % projects}`.padEnd(32, '0'),
          instance_id: `i${n}`.padEnd(36, '0'),
          instance_name: `orders-${n}`,
          datastore: 'cassandra',
        },
        n,
      );
  }
  const times: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    const startedMs = performance.now();
    await registry.metrics();
    times.push(performance.now() - startedMs);
  }
  return times.sort((a, b) => a - b);
}

function repeat(times: number, work: () => void): number[] {
  return Array.from({ length: times }, () => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  }).sort((a, b) => a - b);
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
}
