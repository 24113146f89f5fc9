import { chmodSync, chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { createStore } from '../../src/postgres/store.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { migratedDirectory, temporaryDirectory } from '../support/embedded.ts';
import { databaseUrl, freshDatabase } from '../support/postgres.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { runInput, SettableClock } from './inventory-facts.ts';

vi.setConfig({ testTimeout: 90_000 }); // the embedded database starts slowly beside other tests

const changed = (url: string, change: Partial<URL>): string => Object.assign(new URL(url), change).href;

/** What a first query says. */
async function firstWord(url: string): Promise<Error & { code: string }> {
  await using database = await openDatabase({ url, connectTimeoutMs: 2000 });
  const error = await sql`select 1`.execute(database.db).then(
    () => new Error('it answered'),
    (thrown: Error) => thrown,
  );
  return error as Error & { code: string };
}

test('a wrong password is told as such, and not repeated', async () => {
  await using home = await freshDatabase();
  const error = await firstWord(changed(home.url, { password: 'MARKED-SECRET' }));
  expect(error.code).toBe('DATABASE_AUTH');
  expect(JSON.stringify([error.message, String(error.stack), String(error.cause)])).not.toContain('MARKED-SECRET');
});

test('no password at all is told as such', async () => {
  await using home = await freshDatabase();
  expect(await firstWord(changed(home.url, { password: '' }))).toMatchObject({ code: 'DATABASE_AUTH' });
});

test('a database that does not exist is told as such', async () => {
  await using home = await freshDatabase();
  expect(await firstWord(databaseUrl(home.url, 'nowhere'))).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('does not exist'),
  });
});

test('a port where nobody listens, a host that does not exist and one that is silent are unreachable', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const place of ['127.0.0.1:1', 'no-such-host.invalid:5432', `127.0.0.1:${port}`]) {
    expect(await firstWord(`postgres://user:MARKED-SECRET@${place}/name`)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    });
  }
});

test('a URL that is none is refused without being repeated', async () => {
  for (const url of ['MARKED-SECRET', 'http://user:MARKED-SECRET@host/', 'postgres://user:MARKED SECRET@[']) {
    await expect(openDatabase({ url })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.not.stringContaining('MARKED'),
    });
  }
});

test('a read-only database is told as such', async () => {
  await using home = await freshDatabase();
  await home.query(`alter database ${home.name} set default_transaction_read_only = on`);
  await using database = await openDatabase({ url: home.url });
  const clock = new SettableClock();
  await expect(createStore({ database, clock }).openRun(runInput(clock))).rejects.toMatchObject({
    code: 'DATABASE_READ_ONLY',
  });
});

test('a lock that is not freed ends in a timeout', async () => {
  await using home = await freshDatabase();
  await using database = await openDatabase({ url: home.url });
  await using other = await openDatabase({ url: home.url });
  const holder = await other.db.startTransaction().execute();
  await sql`lock table inventory.run`.execute(holder);
  const waiting = inTransaction(database, { lockTimeoutMs: 50 }, (tx) => sql`select * from inventory.run`.execute(tx));
  await expect(waiting).rejects.toMatchObject({ code: 'DATABASE_TIMEOUT' });
  await holder.rollback().execute();
});

test('a schema that is missing says what to run', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  const clock = new SettableClock();
  await expect(createStore({ database, clock }).openRun(runInput(clock))).rejects.toMatchObject({
    code: 'SCHEMA_BEHIND',
    message: expect.stringContaining('backup-inventory migrate'),
  });
});

test('a transaction that must yield to another one is tried again', async () => {
  await using home = await freshDatabase();
  await using database = await openDatabase({ url: home.url });
  await home.query(`insert into inventory.counter (counter, value) values ('n', 0)`);
  let attempts = 0;
  await inTransaction(database, { isolation: 'repeatable read' }, async (tx) => {
    attempts += 1;
    await sql`select value from inventory.counter`.execute(tx);
    if (attempts === 1) await home.query('update inventory.counter set value = value + 1');
    await sql`update inventory.counter set value = value + 10`.execute(tx);
  });
  expect(attempts).toBe(2);
  expect(await home.query('select value from inventory.counter')).toEqual([{ value: 11 }]);
});

test('a server that restarts is found again', async () => {
  await using home = await freshDatabase();
  await using database = await openDatabase({ url: home.url });
  await sql`select 1`.execute(database.db);
  await home.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await sleep(50);
  await sql`select 1`.execute(database.db);
});

test('int8 is read as number, by Postgres and the embedded database alike', async () => {
  await using home = await freshDatabase();
  await using directory = await migratedDirectory();
  for (const place of [{ url: home.url }, { directory: directory.path }]) {
    await using database = await openDatabase(place);
    const { rows } =
      await sql`select 1::int8 as one, now() as now, array['a'] as list, '{"a": 1}'::jsonb as json`.execute(
        database.db,
      );
    expect(rows).toEqual([{ one: 1, now: expect.any(Date), list: ['a'], json: { a: 1 } }]);
  }
});

test('TLS is verified against sslrootcert and the host name, whatever sslmode asks for it', async () => {
  await using server = await startPostgres();
  const fixtures = join(import.meta.dirname, '../fixtures/tls');
  const owner = statSync(server.directory);
  for (const name of ['crt', 'key']) {
    const file = join(server.directory, `server.${name}`);
    copyFileSync(join(fixtures, `self-signed.${name}`), file);
    chownSync(file, owner.uid, owner.gid);
    chmodSync(file, 0o600); // a checkout may have made it readable for all, which the server refuses
  }
  await using directory = await temporaryDirectory();
  const stranger = join(directory.path, 'stranger.crt');
  writeFileSync(stranger, '');
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('alter system set ssl = on');
  await admin.query('select pg_reload_conf()');
  await admin.end();
  await sleep(200);

  const trusted = `sslrootcert=${encodeURIComponent(join(fixtures, 'self-signed.crt'))}`;
  const byName = changed(server.url, { hostname: 'localhost' });
  for (const mode of ['require', 'verify-ca', 'verify-full']) {
    await using database = await openDatabase({ url: `${byName}?sslmode=${mode}&${trusted}` });
    const { rows } = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(database.db);
    expect(rows).toEqual([{ ssl: true }]);
    const untrusted = await firstWord(`${byName}?sslmode=${mode}`);
    expect(untrusted).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('No trusted TLS connection'),
    });
  }
});

test('TLS that is asked of a server without it is refused', async () => {
  await using home = await freshDatabase();
  expect(await firstWord(`${home.url}?sslmode=verify-full`)).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('does not support SSL'),
  });
});
