// Stores over both kinds of database, and whole runs over them.

import { sql } from 'kysely';
import { afterAll, vi } from 'vitest';
import type { Certificate, Fact, Scope } from '../../src/inventory/model.ts';
import type { AbsenceDecision, CommitResult, OpenRun, RunInput, Stage, Store } from '../../src/inventory/ports.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { createStore } from '../../src/postgres/store.ts';
import { migratedDirectory } from '../support/embedded.ts';
import { freshDatabase } from '../support/postgres.ts';
import { certificate, projectId, runInput, SettableClock } from './inventory-facts.ts';

export interface StoreFixture extends AsyncDisposable {
  database: Database;
  store: Store;
  clock: SettableClock;
  query<R = Record<string, unknown>>(text: string): Promise<R[]>;
}

export const databaseKinds = ['postgres', 'embedded'] as const;

/** A store over a migrated, empty database. */
export async function freshStore(kind: (typeof databaseKinds)[number] = 'postgres'): Promise<StoreFixture> {
  if (kind === 'embedded') return fixtureOver(await emptyEmbedded(), async () => undefined);
  const home = await freshDatabase();
  const database = await openDatabase({ url: home.url });
  return fixtureOver(database, async () => {
    await database[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });
}

function fixtureOver(database: Database, dispose: () => Promise<void>): StoreFixture {
  const clock = new SettableClock();
  return {
    database,
    clock,
    store: createStore({ database, clock }),
    query: async <R>(text: string) => (await sql.raw<R>(text).execute(database.db)).rows,
    [Symbol.asyncDispose]: dispose,
  };
}

let embedded: Promise<AsyncDisposable & { database: Database }> | undefined;

vi.setConfig({ testTimeout: 90_000 }); // the embedded database starts slowly beside other tests
afterAll(async () => {
  await (await embedded)?.[Symbol.asyncDispose]();
});

/** One embedded database for all tests of a file, emptied for each: starting one takes a second. */
async function emptyEmbedded(): Promise<Database> {
  embedded ??= (async () => {
    const directory = await migratedDirectory();
    const database = await openDatabase({ directory: directory.path });
    return {
      database,
      [Symbol.asyncDispose]: async () => {
        await database[Symbol.asyncDispose]();
        await directory[Symbol.asyncDispose]();
      },
    };
  })();
  const { database } = await embedded;
  await sql
    .raw(`do $$ begin execute (
      select 'truncate ' || string_agg(c.oid::regclass::text, ', ') || ' restart identity cascade'
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('inventory', 'compliance') and c.relkind in ('r', 'p') and c.oid <> 'inventory.migration'::regclass
    ); end $$`)
    .execute(database.db);
  return database;
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
export async function openRun(
  { store, clock }: Pick<StoreFixture, 'store' | 'clock'>,
  fields: Partial<RunInput> = {},
): Promise<OpenRun> {
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
