// Measures what docs/sizing.md says: memory and processor time of `sync` and `serve` on estates of several sizes, against
// the simulated cloud and a real Postgres. Linux only: reads /proc. node scripts/measure-resources.ts [BACKUPS…]

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startSimulator } from '../src/simulator/simulator.ts';
import { startPostgres } from '../test/support/postgres-server.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const sizes = process.argv.slice(2).map(Number);
const mebibyte = 1024 * 1024;

interface Usage {
  seconds: number;
  cpuSeconds: number;
  peakMiB: number;
  code: number | null;
}

/** Peak resident memory in MiB and processor seconds so far; null where the process is gone. */
function usageOf(pid: number): { peakMiB: number; cpuSeconds: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { peakMiB: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024, cpuSeconds: ticks / 100 };
  } catch {
    return null;
  }
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'warn' },
  });
}

async function measured(args: readonly string[]): Promise<Usage> {
  const startedAt = performance.now();
  const child = start(args);
  let last = { peakMiB: 0, cpuSeconds: 0 };
  const timer = setInterval(() => {
    const now = usageOf(child.pid ?? 0);
    if (now !== null && now.peakMiB > 0) last = now; // a process that has just ended has no memory any more
  }, 20);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(timer);
  return { ...last, code, seconds: (performance.now() - startedAt) / 1000 };
}

function show(what: string, { seconds, cpuSeconds, peakMiB, code }: Usage): void {
  console.log(
    `${what.padEnd(28)} ${seconds.toFixed(1).padStart(7)} s ${cpuSeconds.toFixed(1).padStart(7)} s CPU ${peakMiB.toFixed(0).padStart(6)} MiB peak  exit ${code}`,
  );
}

async function serve(file: string, port: number): Promise<void> {
  const startedAt = performance.now();
  const child = start(['-c', file, 'serve', '--no-schedule']);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await fetch(`${url}/readyz`).catch(() => null))?.status === 200) break;
    await sleep(100);
  }
  const readyAt = performance.now();
  const before = usageOf(child.pid ?? 0);
  const latencies: number[] = [];
  let bytes = 0;
  for (let scrape = 0; scrape < 20; scrape += 1) {
    const askedAt = performance.now();
    bytes = (await (await fetch(`${url}/metrics`)).text()).length;
    latencies.push(performance.now() - askedAt);
    await sleep(250);
  }
  await sleep(62_000 - (performance.now() - readyAt)); // one refresh by time is in it
  const after = usageOf(child.pid ?? 0);
  latencies.sort((a, b) => a - b);
  const cpu = ((after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)).toFixed(1);
  console.log(
    `serve: ready after ${((readyAt - startedAt) / 1000).toFixed(1)} s, peak ${after?.peakMiB.toFixed(0)} MiB, ${cpu} s CPU in a minute with 20 scrapes of ${(bytes / mebibyte).toFixed(1)} MiB, median ${latencies[10]?.toFixed(0)} ms`,
  );
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function measure(backups: number): Promise<void> {
  const instances = Math.max(10, Math.round(backups / 40));
  console.log(`\n${backups} backups of ${instances} instances in one project`);
  await using simulator = await startSimulator({ projects: 1, instances, days: 45, backupsPerProject: backups });
  await using server = await startPostgres(['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']);
  const folder = await mkdtemp(join(tmpdir(), 'resources-'));
  const [project] = simulator.projects;
  const { accessKey, secretKey } = simulator.credentials;
  const file = join(folder, 'config.yaml');
  await writeFile(
    file,
    [
      `database: { url: ${JSON.stringify(server.url)} }`,
      `cloud: { requestsPerSecond: 1000, concurrency: 4, auth: { method: aksk, accessKey: ${accessKey}, secretKey: ${secretKey} } }`,
      `projects: [{ id: ${project?.projectId}, region: ${project?.region}, endpoint: "${simulator.url}" }]`,
      'http: { host: 127.0.0.1, port: 19465 }',
    ].join('\n'),
  );
  show('migrate', await measured(['-c', file, 'migrate']));
  show('sync, the first', await measured(['-c', file, 'sync', '--json']));
  show('sync, nothing new', await measured(['-c', file, 'sync', '--json']));
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query(`
    select pg_database_size(current_database())::float8 as bytes, (select count(*)::int from inventory.backup) as backups,
      (select pg_total_relation_size('inventory.backup')::float8) as backup_bytes`);
  await client.end();
  console.log(
    `database ${(rows[0].bytes / mebibyte).toFixed(0)} MiB, ${rows[0].backups} backups at ${(rows[0].backup_bytes / rows[0].backups).toFixed(0)} bytes with indexes`,
  );
  await serve(file, 19_465);
  await rm(folder, { recursive: true });
}

for (const backups of sizes.length > 0 ? sizes : [1000, 20_000, 100_000]) await measure(backups);
