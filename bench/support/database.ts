// A Postgres server as users run one: durable, with room for its log, and databases cloned from a migrated template.

import pg from 'pg';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { startPostgres } from '../../test/support/postgres-server.ts';

const settings = [
  ...['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'autovacuum=off'],
  ...['shared_buffers=1GB', 'max_wal_size=20GB', 'checkpoint_timeout=1h', 'work_mem=64MB'],
];

export interface BenchServer extends AsyncDisposable {
  readonly version: string;
  readonly directory: string;
  /** A clone of a database, by default of an empty migrated one. */
  clone(template?: string): Promise<BenchDatabase>;
}

export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly database: Database;
  query<R = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<R[]>;
  /** Bytes of log written so far. */
  wal(): Promise<number>;
  /** Closes the program's connections, so that the database can be a template. */
  close(): Promise<void>;
}

export async function startServer(further: readonly string[] = []): Promise<BenchServer> {
  const server = await startPostgres([...settings, ...further]);
  const administer = async (text: string) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, string>[];
    } finally {
      await client.end();
    }
  };
  const urlOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  await administer('create database template_migrated');
  {
    await using database = await openDatabase({ url: urlOf('template_migrated') });
    await migrate(database);
  }
  const rows = await administer('show server_version');
  let clones = 0;
  return {
    version: rows[0]?.server_version ?? '',
    directory: server.directory,
    async clone(template = 'template_migrated') {
      clones += 1;
      const name = `clone_${clones}`;
      await administer(`create database ${name} template ${template} strategy file_copy`);
      return open(urlOf(name), name, () => administer(`drop database ${name} with (force)`));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function open(url: string, name: string, drop: () => Promise<unknown>): Promise<BenchDatabase> {
  const database = await openDatabase({ url });
  const pool = new pg.Pool({ connectionString: url, max: 2, types: { getTypeParser: typeParser } });
  pool.on('error', () => undefined);
  const query = async <R>(text: string, params: readonly unknown[] = []) =>
    (await pool.query(text, [...params])).rows as R[];
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await database[Symbol.asyncDispose]();
    await pool.end();
  };
  return {
    url,
    name,
    database,
    query,
    async wal() {
      const rows = await query<{ bytes: string }>(
        "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes",
      );
      return Number(rows[0]?.bytes);
    },
    close,
    async [Symbol.asyncDispose]() {
      await close();
      await drop();
    },
  };
}

const int8 = 20;
const typeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;
