// Word of committed changes, from the process that made them to those that serve them.

import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Tx } from './transaction.ts';

export interface Change {
  run: number;
  project?: string;
  scope?: string;
}

const channel = 'backup_inventory';

/** Says so when the transaction commits. */
export async function announce(database: Database, tx: Tx, change: Change): Promise<void> {
  const payload = JSON.stringify(change);
  if (database.kind === 'postgres') await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
  else database.local.emit(channel, payload);
}
