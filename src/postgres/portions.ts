// Rows of a large result in portions, so that the event loop is not held while they are read.

import { type RawBuilder, sql } from 'kysely';
import type { Tx } from './transaction.ts';

/** Reading a portion of this many rows holds the loop for about 5 ms. */
const size = 1000;

/**
 * The rows of a query, in its order, within a transaction. They come as JSON: whatever the query selects must be the same
 * in it, so times as seconds. Rejected: a cursor, which Postgres never gives a parallel plan.
 */
export async function* portions<Row>(tx: Tx, query: RawBuilder<Row>): AsyncGenerator<Row> {
  const { rows: texts } = await sql<{ rows: string }>`
    with numbered as (select row_number() over () as n, r from (${query}) r)
    select json_agg(r order by n)::text as rows from numbered group by (n - 1) / ${sql.raw(String(size))} order by min(n)
  `.execute(tx);
  for (const { rows } of texts) {
    yield* JSON.parse(rows) as Row[];
    await new Promise(setImmediate);
  }
}

/** The items, with a turn of the event loop after each portion: for work of a few microseconds an item. */
export async function* inTurns<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % size === 0) await new Promise(setImmediate);
  }
}
