import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { freshDatabase } from '../support/postgres.ts';

const slow = sql`select pg_sleep(5)`;

test('a statement ends at the limit that the database was opened with', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url, statementTimeoutMs: 50 });
  await expect(inTransaction(database, {}, (tx) => slow.execute(tx))).rejects.toMatchObject({
    code: 'DATABASE_TIMEOUT',
  });
});

test('a transaction may have a limit of its own, and none is possible', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url, statementTimeoutMs: 50 });
  const limit = await inTransaction(database, { statementTimeoutMs: 0 }, async (tx) => {
    await sql`select pg_sleep(0.2)`.execute(tx);
    return sql<{ statement_timeout: string }>`show statement_timeout`.execute(tx);
  });
  expect(limit.rows).toEqual([{ statement_timeout: '0' }]);
});

test('the limit ends with its transaction, so a transaction pooler cannot pass it on', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url, statementTimeoutMs: 50, maxConnections: 1 });
  await inTransaction(database, {}, (tx) => sql`select 1`.execute(tx));
  await sql`select pg_sleep(0.2)`.execute(database.db);
});

test('a signal cancels what is under way, and the server is free at once', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  const stop = new AbortController();
  const reason = new Error('enough');
  const running = inTransaction(database, { signal: stop.signal }, (tx) => sql`select pg_sleep(60)`.execute(tx));
  const sleeping = () =>
    db.query("select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
  await expect.poll(async () => (await sleeping()).length).toBe(1);
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  expect(await sleeping()).toEqual([]);
  expect((await sql<{ n: number }>`select 1 as n`.execute(database.db)).rows).toEqual([{ n: 1 }]);
});

test('a signal that came before does not let anything begin', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  const work = () => Promise.reject(new Error('It began.'));
  await expect(inTransaction(database, { signal: AbortSignal.abort(new Error('enough')) }, work)).rejects.toThrow(
    'enough',
  );
});
