// A Postgres server of its own that a test may kill and start again over the same files. Linux only: it reads /proc.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

export interface MortalPostgres extends PostgresServer {
  /** kill -9: no shutdown, no checkpoint. Connections break, unlogged tables are empty afterwards. */
  kill(): Promise<void>;
  /** Starts it again on the same port; resolves when it answers. */
  start(): Promise<void>;
}

/** What is committed is on disk, as on a server that matters. */
const durable = ['synchronous_commit=on', 'full_page_writes=on'];

export async function startMortalPostgres(settings: readonly string[] = []): Promise<MortalPostgres> {
  const server = await startPostgres([...durable, ...settings]);
  const { directory } = server;
  const pidFile = join(directory, 'postmaster.pid');
  const [program, ...args] = readFileSync(`/proc/${postmaster(pidFile)}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, -1);
  const { uid, gid } = statSync(directory);
  let again: ChildProcess | null = null;
  return {
    url: server.url,
    directory,
    async kill() {
      process.kill(postmaster(pidFile), 'SIGKILL');
      rmSync(pidFile, { force: true });
      await unreachable(server.url);
    },
    async start() {
      // As in postgres-server.ts: it dies with this process, however that ends.
      const script = 'trap "" INT TERM HUP; "$@" </dev/null & read -r _; kill -QUIT $! 2>/dev/null; wait $!';
      const child = spawn('sh', ['-c', script, 'sh', program ?? '', ...args], {
        uid,
        gid,
        cwd: '/',
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      again = child;
      await reachable(server.url);
    },
    [Symbol.asyncDispose]: async () => {
      if (again !== null && again.exitCode === null) {
        again.stdin?.end();
        await once(again, 'exit');
      }
      await server[Symbol.asyncDispose]();
    },
  };
}

function postmaster(pidFile: string): number {
  if (!existsSync(pidFile)) throw new Error('the server does not run');
  return Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
}

async function reachable(url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    if (await answers(url)) return;
    await sleep(50);
  }
  throw new Error('the server did not start again');
}

async function unreachable(url: string): Promise<void> {
  while (await answers(url)) await sleep(20);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
