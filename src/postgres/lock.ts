// The run lock: one writer at a time, across processes and hosts, freed by the death of its holder.
// On Postgres an advisory lock of a transaction that stays open for the run: unlike a session's lock it survives a
// transaction pooler, and a transaction without a snapshot keeps no dead row alive. Embedded: one process owns the files.

import { sql } from 'kysely';
import type pg from 'pg';
import { LockHeldError, type LockHolder, StoreError } from '../inventory/errors.ts';
import type { Database } from './database.ts';
import { storeErrorOf } from './errors.ts';

export interface RunLock extends AsyncDisposable {
  /** Aborts with a StoreError when the lock is no longer certain to be held. */
  readonly lost: AbortSignal;
}

/** Locks of the whole inventory and of one shard. Shards share the first, a run over everything takes it alone. */
const wholeKey = 6_240_117_010;
const shardSeed = 6_240_118_000;
const heartbeatMs = 10_000;
const beatsMissedAtMost = 3;

/** Takes the lock or throws LockHeldError naming the holder. `shard` is `index/count`, null for everything. */
export async function takeRunLock(database: Database, shard: string | null): Promise<RunLock> {
  if (database.kind === 'embedded') return takeEmbeddedLock(database, shard);
  const client = await database.connect();
  try {
    await client.query('begin');
    await client.query(limits);
    const { rows } = await client.query<{ taken: boolean }>(
      shard === null
        ? { text: 'select pg_try_advisory_xact_lock($1::bigint) as taken', values: [wholeKey] }
        : {
            text: `select pg_try_advisory_xact_lock_shared($1::bigint)
              and pg_try_advisory_xact_lock(hashtextextended($3, $2)) as taken`,
            values: [wholeKey, shardSeed, shard],
          },
    );
    if (rows[0]?.taken !== true) throw await heldError(database, shard);
  } catch (error) {
    await client.end().catch(() => undefined); // the first error is the one to tell
    throw error instanceof LockHeldError ? error : storeErrorOf(error);
  }
  return keep(client, database);
}

// Settings that a version does not have are left out. Keepalives let the server notice within a minute a dead host.
const limits = `
  select set_config(name, case name
    when 'tcp_keepalives_idle' then '30' when 'tcp_keepalives_interval' then '10' when 'tcp_keepalives_count' then '3'
    else '0' end, true)
  from pg_settings
  where name in ('idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout',
    'tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count')`;

function keep(client: pg.Client, database: Database): RunLock {
  const lost = new AbortController();
  let released = false;
  const lose = (cause?: unknown) => {
    if (released) return;
    const message = 'The connection that holds the run lock broke, so another run may have started. Run again.';
    lost.abort(new StoreError('DATABASE_UNREACHABLE', message, { cause }));
  };
  client.on('error', lose);
  client.on('end', () => lose());
  let unanswered = 0;
  const heartbeat = setInterval(() => {
    if (unanswered >= beatsMissedAtMost) {
      lose();
      // The network swallows what is sent. What waits on other connections would wait for many minutes.
      database.giveUp();
      return;
    }
    unanswered += 1;
    if (unanswered > 1) return; // the first one is still on its way
    client.query('select 1').then(() => {
      unanswered = 0;
    }, lose);
  }, heartbeatMs);
  heartbeat.unref();
  return {
    lost: lost.signal,
    [Symbol.asyncDispose]: async () => {
      released = true;
      clearInterval(heartbeat);
      if (lost.signal.aborted) client.connection.stream.destroy();
      else await client.end().catch(() => undefined); // the lock is gone with the connection, however it ends
    },
  };
}

const embeddedLocks = new WeakMap<Database, Set<string>>();

async function takeEmbeddedLock(database: Database, shard: string | null): Promise<RunLock> {
  const held = embeddedLocks.get(database) ?? new Set<string>();
  embeddedLocks.set(database, held);
  const key = shard ?? '';
  if (held.has(key) || held.has('') || (shard === null && held.size > 0)) throw await heldError(database, shard);
  held.add(key);
  return {
    lost: new AbortController().signal,
    [Symbol.asyncDispose]: async () => {
      held.delete(key);
    },
  };
}

async function heldError(database: Database, shard: string | null): Promise<LockHeldError> {
  const { rows } = await sql<{ host: string; process_id: number; run_id: number; started_at: Date }>`
    select host, process_id, run_id, started_at from inventory.run
    where finished_at is null and (shard is null or ${shard}::text is null or shard = ${shard}::text)
    order by run_id desc limit 1
  `.execute(database.db);
  const run = rows[0];
  const holder: LockHolder = {
    host: run?.host ?? null,
    processId: run?.process_id ?? null,
    runId: run?.run_id ?? null,
    since: run?.started_at ?? null,
  };
  const who =
    run === undefined
      ? 'It is just starting.'
      : `It is run ${run.run_id} of process ${run.process_id} on ${run.host}, since ${run.started_at.toISOString()}.`;
  return new LockHeldError(`Another run holds the lock. ${who} Wait for its end, or stop it.`, holder);
}
