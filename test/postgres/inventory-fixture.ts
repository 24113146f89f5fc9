// Stores over both kinds of database, and whole runs over them.

import { rmSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { vi } from 'vitest';
import type { Certificate, Fact, Scope } from '../../src/inventory/model.ts';
import type { AbsenceDecision, CommitResult, OpenRun, RunInput, Stage, Store } from '../../src/inventory/ports.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { createStore } from '../../src/postgres/store.ts';
import { freshDatabase } from '../support/postgres.ts';
import { certificate, projectId, runInput, SettableClock } from './inventory-facts.ts';

export interface StoreFixture extends AsyncDisposable {
  database: Database;
  store: Store;
  clock: SettableClock;
  query<R = Record<string, unknown>>(text: string): Promise<R[]>;
}

vi.setConfig({ testTimeout: 90_000 }); // the embedded database starts slowly beside other tests

export const databaseKinds = ['postgres', 'embedded'] as const;

/** A store over a migrated database of its own. */
export async function freshStore(kind: (typeof databaseKinds)[number] = 'postgres'): Promise<StoreFixture> {
  const clock = new SettableClock();
  const home = kind === 'postgres' ? await freshDatabase() : await migratedDirectory();
  const database = await openDatabase('url' in home ? { url: home.url } : { directory: home.path });
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

let template: Promise<string> | undefined;

/** A migrated directory of the embedded database: a copy of one that each worker makes once, for speed. */
export async function migratedDirectory(): Promise<TemporaryDirectory> {
  template ??= (async () => {
    const directory = await temporaryDirectory();
    await using database = await openDatabase({ directory: directory.path });
    await migrate(database);
    process.on('exit', () => rmSync(directory.path, { recursive: true, force: true }));
    return directory.path;
  })();
  const directory = await temporaryDirectory();
  await cp(await template, directory.path, { recursive: true });
  return directory;
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
