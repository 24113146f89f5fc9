// Databases for tests: each a clone of one migrated template on a real Postgres server. Never a mock, never skipped.

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { askDoor } from './door.ts';

const template = 'inventory_template';
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  /** Rows of one statement; int8 as number. */
  query<R = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<R[]>;
}

/** A database of its own: migrated, or empty where `migrated` is false. Disposing drops it, with whoever is connected. */
export async function freshDatabase({ migrated = true }: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(server, `create database ${name} template ${migrated ? template : 'template0'}`);
  const url = databaseUrl(server, name);
  const pool = new pg.Pool({ connectionString: url, max: 2, types });
  pool.on('error', () => undefined); // tests terminate backends
  return {
    url,
    name,
    query: async <R>(text: string, params: readonly unknown[] = []) =>
      (await pool.query(text, [...params])).rows as R[],
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await administer(server, `drop database ${name} with (force)`);
    },
  };
}

/** The URL of the server's maintenance database, as superuser. */
export function serverUrl(): Promise<string> {
  return askDoor('/postgres');
}

/** The same server and user, another database. */
export function databaseUrl(server: string, name: string): string {
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

/** Makes the database that the others are cloned from, by the program's own migrator. */
export async function createTemplate(server: string): Promise<void> {
  await administer(server, `create database ${template}`);
  await using database = await openDatabase({ url: databaseUrl(server, template) });
  await migrate(database);
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
