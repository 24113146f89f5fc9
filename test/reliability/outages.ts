// Faults of the database that take minutes or root: a disk that is really full, a network that swallows everything, a
// lock that is really held. For `npm run soak`.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { StoreError } from '../../src/inventory/errors.ts';
import { difference, type Truths } from '../support/audit.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';

export interface OutageOutcome {
  /** What the run that met it said. */
  code: string;
  seconds: number;
  /** Rows of the scope in which it struck, after it. 0 = nothing was half kept. */
  kept: number;
  /** Differences after the next run, when all is well again. */
  inexact: number;
}

function truthsOf({ simulator }: Story): Truths {
  return new Map(simulator.projectIds.map((id) => [id, simulator.truth(id)] as const));
}

async function failureOf(story: Story): Promise<{ code: string; seconds: number }> {
  const startedMs = performance.now();
  const code = await story.run().then(
    () => 'none',
    (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
  );
  return { code, seconds: (performance.now() - startedMs) / 1000 };
}

async function afterwards(story: Story): Promise<number> {
  story.pass(hourMs);
  await story.run();
  const { lacking, surplus, different } = await difference(story.query, truthsOf(story));
  return lacking.length + surplus.length + different.length;
}

/** A Postgres whose disk is a tmpfs that fills up in mid-merge. Needs root, to mount it. */
export async function fillDisk(): Promise<OutageOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-inventory-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=1777', 'tmpfs', folder]);
  const before = process.env.TMPDIR;
  try {
    process.env.TMPDIR = folder; // where startPostgres makes its directory
    await using server = await startPostgres(['wal_keep_size=0', 'max_wal_size=32MB', 'min_wal_size=32MB']);
    process.env.TMPDIR = before ?? '';
    await using story = await beginStory({ databaseUrl: server.url, cloud: { backupsPerProject: 30_000, days: 5 } });
    const { bavail, bsize } = statfsSync(folder);
    const leftBytes = 14 * 1024 * 1024;
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - leftBytes, 1));
    const { code, seconds } = await failureOf(story);
    rmSync(ballast);
    const [row] = await story.query<{ n: number }>('select count(*)::int as n from inventory.backup');
    return { code, seconds, kept: row?.n ?? -1, inexact: await afterwards(story) };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A network between program and database that goes dark in mid-sweep: no reset, no answer. */
export async function swallowNetwork(): Promise<OutageOutcome> {
  await using server = await startPostgres();
  const target = new URL(server.url);
  let dark = false;
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = tcpConnect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (piece) => void (dark || to.write(piece)));
      from.on('error', () => to.destroy());
      from.on('close', () => void (dark || to.destroy()));
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const url = Object.assign(new URL(server.url), { port }).href;
  const cloud = { backupsPerProject: 430, behaviour: { latencyMs: 300 } };
  let outcome: OutageOutcome;
  {
    await using story = await beginStory({ databaseUrl: url, cloud, settings: { concurrency: 1 } });
    const goDark = () => {
      dark = true;
    };
    story.simulator.afterRequests(2, goDark, { operation: 'list_backups' });
    const { code, seconds } = await failureOf(story);
    dark = false;
    for (const socket of sockets) socket.destroy();
    const [row] = await story.query<{ n: number }>('select count(*)::int as n from inventory.backup');
    story.simulator.control.setBehaviour({ latencyMs: 0 });
    outcome = { code, seconds, kept: row?.n ?? -1, inexact: await afterwards(story) };
  }
  proxy.close();
  return outcome;
}

/** Somebody holds a table that the commit needs. */
export async function holdLock(): Promise<OutageOutcome> {
  await using server = await startPostgres();
  await using story = await beginStory({ databaseUrl: server.url, cloud: { backupsPerProject: 230 } });
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  try {
    await holder.query('begin; lock table inventory.project in access exclusive mode');
    const { code, seconds } = await failureOf(story);
    await holder.query('rollback');
    const [row] = await story.query<{ n: number }>('select count(*)::int as n from inventory.backup');
    return { code, seconds, kept: row?.n ?? -1, inexact: await afterwards(story) };
  } finally {
    await holder.end();
  }
}
