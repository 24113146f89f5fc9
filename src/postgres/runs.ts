// Rows of inventory.run: opening one, and closing those whose processes vanished.

import { sql } from 'kysely';
import type { RunInput } from '../inventory/ports.ts';
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

/** Closes the open runs that the lock, now held by the caller, proves dead; resolves to their numbers. */
export async function abandonOpenRuns(tx: Tx, { shard, startedAt }: RunInput): Promise<number[]> {
  const { rows } = await sql<{ run_id: number }>`
    update inventory.run set outcome = 'abandoned', finished_at = greatest(started_at, ${startedAt}::timestamptz),
      error_code = 'RUN_ABANDONED', error_message = 'Its process ended without closing the run.'
    where finished_at is null and (${shard}::text is null or shard is null or shard = ${shard}::text)
    returning run_id
  `.execute(tx);
  return rows.map((row) => row.run_id);
}
