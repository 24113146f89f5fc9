// Rows of inventory.run: opening one, and closing those whose processes vanished.

import { sql } from 'kysely';
import type { RunInput } from '../inventory/ports.ts';
import type { Database } from './database.ts';
import type { Tx } from './transaction.ts';

/** Adds the run; resolves to its number. */
export async function insertRun(tx: Tx, input: RunInput): Promise<number> {
  const { run_id } = await tx
    .insertInto('inventory.run')
    .values({
      trigger: input.trigger,
      mode: input.mode,
      shard: input.shard,
      started_at: input.startedAt,
      program_version: input.programVersion,
      config_digest: input.configDigest,
      host: input.host,
      process_id: input.processId,
    })
    .returning('run_id')
    .executeTakeFirstOrThrow();
  return run_id;
}

/** Closes the open runs that the lock, now held by the caller, proves dead, and drops what they had staged. */
export async function abandonOpenRuns(tx: Tx, database: Database, { shard, startedAt }: RunInput): Promise<void> {
  const abandoned = await sql<{ run_id: number }>`
    update inventory.run set outcome = 'abandoned', finished_at = greatest(started_at, ${startedAt}::timestamptz),
      error_code = 'RUN_ABANDONED', error_message = 'Its process ended without closing the run.'
    where finished_at is null and (${shard}::text is null or shard is null or shard = ${shard}::text)
    returning run_id
  `.execute(tx);
  if (shard === null) {
    await emptyStage(tx, database);
  } else {
    const ids = abandoned.rows.map((row) => row.run_id);
    if (ids.length > 0) await tx.deleteFrom('inventory.staged_page').where('run_id', 'in', ids).execute();
  }
}

/** A run over everything is alone: it gives the space of all earlier ones back at once. */
async function emptyStage(tx: Tx, database: Database): Promise<void> {
  const { rows } = await sql<{ bytes: number }>`
    select pg_total_relation_size('inventory.staged_page') as bytes
  `.execute(tx);
  const worthIt = (rows[0]?.bytes ?? 0) > 8_388_608;
  if (worthIt && database.kind === 'postgres') await sql`truncate inventory.staged_page`.execute(tx);
  else await tx.deleteFrom('inventory.staged_page').execute();
}
