// One way to open a transaction: time limits are local to it, so a transaction pooler cannot leak them to others.

import { type IsolationLevel, sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';
import { classified, stateOf } from './errors.ts';
import type { Tables } from './schema.ts';

export type Tx = Transaction<Tables>;

export interface TransactionOptions {
  isolation?: IsolationLevel;
  readOnly?: boolean;
  /** Limit of one statement; 0 = none. Otherwise that of the database. */
  statementTimeoutMs?: number;
  /** Limit of waiting for one lock; 0 = none. */
  lockTimeoutMs?: number;
  /** Cancels the statement that is under way, and each after it; the transaction then throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

const attempts = 3;
/** A cancellation that falls between two statements cancels nothing. */
const cancelEveryMs = 500;
const serializationFailure = /^40/; // and deadlock_detected: the loser is to try again

/** Runs the work in a transaction, again where Postgres asks for it; it must have no effect elsewhere. Throws StoreError. */
export async function inTransaction<T>(
  database: Database,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await classified(() =>
        begin(database, options).execute((tx) => limited(database, tx, withDefault(database, options), work)),
      );
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt === attempts || !serializationFailure.test(stateOf(error) ?? '')) throw error;
    }
  }
}

function begin(database: Database, { isolation, readOnly }: TransactionOptions) {
  let builder = database.db.transaction();
  // PGlite has one session and takes no settings at its begin; nothing can interleave there.
  if (database.kind === 'embedded') return builder;
  if (isolation !== undefined) builder = builder.setIsolationLevel(isolation);
  return readOnly === true ? builder.setAccessMode('read only') : builder;
}

type Limits = TransactionOptions & { statementTimeoutMs: number };

function withDefault({ statementTimeoutMs }: Database, options: TransactionOptions): Limits {
  return { ...options, statementTimeoutMs: options.statementTimeoutMs ?? statementTimeoutMs };
}

async function limited<T>(database: Database, tx: Tx, options: Limits, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { statementTimeoutMs, lockTimeoutMs = 30_000, signal } = options;
  const { rows } = await sql<{ backend: number; began: string }>`
    select set_config('statement_timeout', ${String(statementTimeoutMs)}::text, true),
      set_config('lock_timeout', ${String(lockTimeoutMs)}::text, true),
      pg_backend_pid() as backend, now()::text as began
  `.execute(tx);
  const cancel = () => {
    // On another connection, and only this transaction: its backend may serve another one by then. Where it fails, the
    // statement ends by its time limit.
    sql`
      select pg_cancel_backend(pid) from pg_stat_activity
      where pid = ${rows[0]?.backend}::int and xact_start = ${rows[0]?.began}::timestamptz
    `
      .execute(database.db)
      .catch(() => undefined);
  };
  let repeating: NodeJS.Timeout | undefined;
  const stop = () => {
    cancel();
    repeating = setInterval(cancel, cancelEveryMs);
  };
  // The embedded database has one session: nobody could ask it to stop.
  if (database.kind === 'postgres') signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    return await work(tx);
  } finally {
    signal?.removeEventListener('abort', stop);
    clearInterval(repeating);
  }
}
