// Rows of a large result, fetched a portion at a time, so that neither memory nor the event loop suffers.

import { type RawBuilder, sql } from 'kysely';
import type { Tx } from './transaction.ts';

/** Reading a portion of this many rows holds the loop for about 5 ms. */
const size = 1000;

/** The rows of a query, through a cursor: one at a time within a transaction. */
export async function* portions<Row>(tx: Tx, query: RawBuilder<Row>): AsyncGenerator<Row> {
  // Planned for all rows: the default favours a plan that gives the first ones early.
  await sql`select set_config('cursor_tuple_fraction', '1', true)`.execute(tx);
  await sql`declare snapshot_rows no scroll cursor for ${query}`.execute(tx);
  for (;;) {
    const { rows } = await sql<Row>`fetch forward ${sql.raw(String(size))} from snapshot_rows`.execute(tx);
    yield* rows;
    if (rows.length < size) break;
  }
  await sql`close snapshot_rows`.execute(tx);
}
