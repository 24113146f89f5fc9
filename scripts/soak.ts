// The long versions of the reliability tests, with figures: npm run soak [-- PART…]. Ends with 1 where anything was wrong.
// Parts: schedules kills day disk network lock fuzz secrets. The figures in docs/reliability.md are its output.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase } from '../src/postgres/database.ts';
import { playSchedules } from '../test/inventory/fault-schedules.ts';
import { randomOf } from '../test/inventory/moving-list.ts';
import { type KillingOptions, type KillingOutcome, killRuns } from '../test/reliability/killing.ts';
import { liveThrough } from '../test/reliability/living.ts';
import { fillDisk, holdLock, type OutageOutcome, swallowNetwork } from '../test/reliability/outages.ts';
import type { Query } from '../test/support/audit.ts';
import { startPostgres } from '../test/support/postgres-server.ts';

const seed = Number(process.env.SEED ?? 1);
let wrong = 0;

function tell(part: string, figures: object): void {
  console.log(`${part}: ${JSON.stringify(figures)}`);
}

function hold(what: string, holds: boolean): void {
  if (holds) return;
  wrong += 1;
  console.log(`WRONG: ${what}`);
}

async function schedules(): Promise<void> {
  const count = Number(process.env.FAULT_SCHEDULES ?? 10_000);
  const apart = await playSchedules(seed, count, 'apart');
  tell('schedules', apart);
  hold('a live row was retired', apart.falseRetirements === 0);
  hold('a certificate was wrong', apart.certifiedAndWrong === 0);
  tell('schedules whose lies agree', await playSchedules(seed, Math.ceil(count / 10), 'agreeing'));
}

const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

async function kills(): Promise<void> {
  const count = Number(process.env.KILLS ?? 50);
  await using server = await startPostgres();
  const look: KillingOptions['look'] = async (work) => {
    const client = new pg.Client({ connectionString: server.url, types });
    await client.connect();
    try {
      return await work(async <R>(text: string) => (await client.query(text)).rows as R[]);
    } finally {
      await client.end();
    }
  };
  const database = { databaseUrl: server.url };
  judge('kill -9', await killRuns({ database, look, kills: count, signal: 'SIGKILL', random: randomOf(seed) }));
  const terms = Math.ceil(count / 5);
  const stopped = await killRuns({ database, look, kills: terms, signal: 'SIGTERM', random: randomOf(seed) });
  judge('SIGTERM', stopped);
  hold('a run did not end within ten seconds of SIGTERM', stopped.slowestEndSeconds < 10);
  const folder = mkdtempSync(join(tmpdir(), 'backup-inventory-soak-'));
  try {
    const directory = join(folder, 'data');
    const lookEmbedded = async <T>(work: (query: Query) => Promise<T>): Promise<T> => {
      await using opened = await openDatabase({ directory });
      return await work(async <R>(text: string) => (await sql.raw<R>(text).execute(opened.db)).rows);
    };
    const options = { database: { directory }, look: lookEmbedded, signal: 'SIGKILL', random: randomOf(seed) } as const;
    judge('kill -9, embedded database', await killRuns({ ...options, kills: Math.ceil(count / 5) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(name: string, outcome: KillingOutcome): void {
  const { inexact, falsehoods, ...figures } = outcome;
  tell(name, { ...figures, inexact: inexact.length, falsehoods: falsehoods.length });
  for (const what of [...inexact, ...falsehoods].slice(0, 10)) console.log(`  ${what}`);
  hold(`${name}: a live row was lost`, outcome.wrongRetirements === 0);
  hold(`${name}: a row is there twice`, outcome.duplicates === 0);
  hold(`${name}: a counter fell`, outcome.countersFallen === 0);
  hold(`${name}: not exact`, inexact.length + falsehoods.length === 0);
}

async function day(): Promise<void> {
  const hours = Number(process.env.HOURS ?? 24);
  for (let run = 0; run < Number(process.env.DAYS ?? 3); run += 1) {
    await using server = await startPostgres();
    const random = randomOf(seed + run);
    const outcome = await liveThrough({ hours, recentRuns: 5, random, databaseUrl: server.url });
    const { samples, falsehoods, inexact, ...figures } = outcome;
    const [early, late] = [samples[2], samples.at(-1)];
    tell(`day of seed ${seed + run}`, {
      ...figures,
      falsehoods: falsehoods.length,
      inexact: inexact.length,
      early,
      late,
    });
    for (const what of [...falsehoods, ...inexact].slice(0, 10)) console.log(`  ${what}`);
    hold('a falsehood', falsehoods.length + inexact.length === 0);
    hold('memory grew', (late?.heapMb ?? 0) < (early?.heapMb ?? 0) * 1.15);
    hold('a handle leaked', (late?.handles ?? 0) <= (early?.handles ?? 0) + 3);
    hold('a descriptor leaked', (late?.descriptors ?? 0) <= (early?.descriptors ?? 0) + 3);
    hold('a connection leaked', (late?.connections ?? 0) <= (early?.connections ?? 0) + 1);
  }
}

function outage(name: string, code: string, outcome: OutageOutcome): void {
  tell(name, outcome);
  hold(`${name}: told as ${outcome.code}`, outcome.code === code);
  hold(`${name}: half a scope was kept`, outcome.kept === 0);
  hold(`${name}: the next run was not exact`, outcome.inexact === 0);
}

async function disk(): Promise<void> {
  if (process.getuid?.() !== 0) {
    hold('a full disk needs root, to mount one', false);
    return;
  }
  outage('full disk', 'DATABASE_FULL', await fillDisk());
}

/** The line in which a test of the suite tells its figures. */
function figuresOf(test: string, line: RegExp, env: Record<string, string> = {}): void {
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', test], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  const told = line.exec(stdout)?.[0];
  console.log(told ?? stdout);
  hold(`${test} failed`, status === 0 && told !== undefined);
}

function fuzz(): void {
  const HTTP_FUZZ = process.env.HTTP_FUZZ ?? '20000';
  figuresOf('test/security/http-surface.db.test.ts', /^HTTP fuzz:.*$/m, { HTTP_FUZZ });
}

function secrets(): void {
  figuresOf('test/security/redaction.db.test.ts', /^Secrets:.*$/m);
}

const parts: Record<string, () => Promise<void> | void> = {
  schedules,
  kills,
  day,
  disk,
  network: async () => outage('dark network', 'DATABASE_UNREACHABLE', await swallowNetwork()),
  lock: async () => outage('lock held by another', 'DATABASE_TIMEOUT', await holdLock()),
  fuzz,
  secrets,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; parts: ${Object.keys(parts).join(', ')}`);
console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, seed ${seed}`);
for (const [name, play] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const startedMs = performance.now();
  await play();
  console.log(`  ${name} took ${Math.round((performance.now() - startedMs) / 1000)} s`);
}
console.log(wrong === 0 ? 'nothing was wrong' : `${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 1);
