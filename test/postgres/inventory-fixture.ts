// Builders of facts, certificates and runs with valid defaults, and stores over both kinds of database.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { BackupFact, Certificate, Fact, InstanceFact, Scope } from '../../src/inventory/model.ts';
import type {
  AbsenceDecision,
  Clock,
  CommitResult,
  OpenRun,
  RunInput,
  Stage,
  Store,
} from '../../src/inventory/ports.ts';
import type { Instant } from '../../src/inventory/units.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { createStore } from '../../src/postgres/store.ts';
import { freshDatabase } from '../support/postgres.ts';

export const projectId = 'p1';

export function backup(id: string, fields: Partial<BackupFact> = {}): BackupFact {
  return {
    backupId: id,
    instanceId: 'i1',
    instanceName: 'orders',
    name: `backup ${id}`,
    description: null,
    backupType: 'auto',
    status: 'COMPLETED',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    sizeBytes: 1024,
    beginAt: '2026-01-01T00:00:00Z' as Instant,
    endAt: '2026-01-01T01:00:00Z' as Instant,
    databaseTables: null,
    ...fields,
  };
}

export function instance(id: string, fields: Partial<InstanceFact> = {}): InstanceFact {
  return {
    instanceId: id,
    name: 'orders',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    status: 'normal',
    mode: 'Cluster',
    createdAt: '2025-12-01T00:00:00Z' as Instant,
    backupKeepDays: 7,
    backupWindow: '01:00-02:00',
    ...fields,
  };
}

/** A clock that stands still until told. */
export class SettableClock implements Clock {
  #now: number;

  constructor(text = '2026-02-01T00:00:00Z') {
    this.#now = Date.parse(text);
  }

  now(): Date {
    return new Date(this.#now);
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

export function certificate(clock: Clock, fields: Partial<Certificate> = {}): Certificate {
  return {
    mode: 'full',
    certified: true,
    reason: null,
    startedAt: clock.now(),
    finishedAt: clock.now(),
    pages: 1,
    requests: 1,
    retries: 0,
    passes: 1,
    rescans: { joint: 0, tie: 0, total: 0 },
    duplicates: 0,
    reportedTotalFirst: null,
    reportedTotal: null,
    distinctIds: 0,
    errorCode: null,
    errorMessage: null,
    ...fields,
  };
}

export function runInput(clock: Clock, fields: Partial<RunInput> = {}): RunInput {
  return {
    trigger: 'command',
    mode: 'full',
    shard: null,
    startedAt: clock.now(),
    configDigest: 'digest',
    programVersion: '0.0.0',
    host: 'test-host',
    processId: process.pid,
    ...fields,
  };
}

export interface StoreFixture extends AsyncDisposable {
  database: Database;
  store: Store;
  clock: SettableClock;
  query<R = Record<string, unknown>>(text: string): Promise<R[]>;
}

export const databaseKinds = ['postgres', 'embedded'] as const;

/** A store over a migrated database of its own. */
export async function freshStore(kind: (typeof databaseKinds)[number] = 'postgres'): Promise<StoreFixture> {
  const clock = new SettableClock();
  const home = kind === 'postgres' ? await freshDatabase() : await temporaryDirectory();
  const database = await openDatabase('url' in home ? { url: home.url } : { directory: home.path });
  await migrate(database);
  return {
    database,
    clock,
    store: createStore({ database, clock }),
    query: async <R>(text: string) => (await sql.raw<R>(text).execute(database.db)).rows,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

export interface TemporaryDirectory extends AsyncDisposable {
  path: string;
}

export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'backup-inventory-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface SweepInput {
  scope?: Scope;
  certificate?: Partial<Certificate>;
  absence?: AbsenceDecision | ((stage: Stage) => Promise<AbsenceDecision>);
}

/** One sweep in an open run: pages staged in order, then committed. */
export async function sweep(
  run: OpenRun,
  clock: SettableClock,
  pages: Fact[][],
  input: SweepInput = {},
): Promise<CommitResult> {
  await using stage = await run.stage({ projectId, scope: input.scope ?? 'instance_backups' });
  for (const page of pages) await stage.add(page);
  const absence =
    typeof input.absence === 'function' ? await input.absence(stage) : (input.absence ?? { kind: 'none' });
  return stage.commit({ certificate: certificate(clock, input.certificate), absence, anomalies: [], counters: [] });
}

/** A whole run with one sweep; the clock moves on by an hour before it. */
export async function runOnce(fixture: StoreFixture, pages: Fact[][], input: SweepInput = {}): Promise<CommitResult> {
  fixture.clock.advance(3_600_000);
  await using run = await openRun(fixture);
  const result = await sweep(run, fixture.clock, pages, input);
  await run.finish({ outcome: 'certified', finishedAt: fixture.clock.now(), errorCode: null, errorMessage: null }, []);
  return result;
}

/** An open run with its project saved. */
export async function openRun({ store, clock }: StoreFixture, fields: Partial<RunInput> = {}): Promise<OpenRun> {
  const run = await store.openRun(runInput(clock, fields));
  const project = { projectId, name: 'prod', region: 'r1', endpoint: 'https://example.test' };
  await run.saveProjects([project], { exhaustive: true });
  return run;
}

/** Strikes every missing row once, and retires what was missed before. */
export async function strikeOrRetire(stage: Stage): Promise<AbsenceDecision> {
  const missing = await stage.missing();
  return {
    kind: 'judged',
    verdicts: missing.map(({ id, misses }) =>
      misses === 0 ? { id, action: 'strike' } : { id, action: 'retire', reason: 'unknown' },
    ),
  };
}
