// One Kysely over a pool of Postgres connections, or over the embedded database where no URL is given.
// Works through transaction poolers: no named statements, no session settings, no startup parameters.
// TLS comes from the URL as pg reads it: sslmode=disable, or verify-full (which `prefer`, `require` and `verify-ca` also
// mean here, as in pg 8), sslrootcert, sslcert, sslkey; sslmode=no-verify encrypts without checking who answers.

import { EventEmitter } from 'node:events';
import { Kysely, PGliteDialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { StoreError } from '../inventory/errors.ts';
import { openEmbedded } from './embedded.ts';
import { classified, storeErrorOf } from './errors.ts';
import type { Tables } from './schema.ts';

export interface DatabaseOptions {
  /** `postgres://…`; absent: the embedded database in `directory`. */
  url?: string | undefined;
  directory?: string | undefined;
  applicationName?: string | undefined;
  /** Pooled connections at most; a run holds one more for its lock, `serve` one for LISTEN. */
  maxConnections?: number | undefined;
  connectTimeoutMs?: number | undefined;
  /** Limit of one statement of a transaction that names none; 0 = never. */
  statementTimeoutMs?: number | undefined;
}

/** Where rows live. Everything thrown by `db` is a StoreError. */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'embedded';
  readonly db: Kysely<Tables>;
  /** Limit of one statement of a transaction that names none; 0 = never. */
  readonly statementTimeoutMs: number;
  /** A connection of its own, outside the pool: for the run lock and LISTEN. The embedded database has none. */
  connect(): Promise<pg.Client>;
  /** Ends the pooled connections at once, whatever they wait for: nothing answers any more. The next query opens another. */
  giveUp(): void;
  /** Changes made through this object, by channel: what NOTIFY is between processes. */
  readonly local: EventEmitter;
}

/** A statement that ran longer than this is given up by this side: a net for connections that died in silence. */
const silenceTimeoutMs = 15 * 60_000;
const defaultStatementTimeoutMs = 60_000;

const int8 = 20;
const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Opens the database; connections are made when first needed. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const statementTimeoutMs = options.statementTimeoutMs ?? defaultStatementTimeoutMs;
  if (options.url === undefined) return openEmbeddedDatabase(options.directory ?? './data', statementTimeoutMs);
  const config = connectionConfig(options.url, options);
  const pool = new pg.Pool({ ...config, Client: TidyClient, max: options.maxConnections ?? 8 });
  pool.on('error', () => undefined); // an idle connection broke; the next query opens another or says why not
  const pooled = new Set<pg.PoolClient>();
  pool.on('connect', (client) => pooled.add(client));
  pool.on('remove', (client) => pooled.delete(client));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: classifyingPool(pool) }) });
  return {
    kind: 'postgres',
    db,
    statementTimeoutMs,
    local: new EventEmitter(),
    connect: () =>
      classified(async () => {
        const client = new TidyClient(config);
        client.on('error', () => undefined); // 'end' follows, and says it to whoever holds the connection
        await client.connect();
        return client;
      }),
    giveUp: () => {
      for (const client of pooled) client.connection.stream.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      if (!pool.ending) await pool.end(); // Kysely leaves a pool alone that it never used
    },
  };
}

async function openEmbeddedDatabase(directory: string, statementTimeoutMs: number): Promise<Database> {
  const pglite = await openEmbedded(directory);
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  return {
    kind: 'embedded',
    db,
    statementTimeoutMs,
    local: new EventEmitter(),
    connect: () => Promise.reject(new Error('The embedded database has a single session.')),
    giveUp: () => undefined, // no network lies between
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await pglite.close();
    },
  };
}

function connectionConfig(url: string, options: DatabaseOptions): pg.ClientConfig {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new StoreError(
      'DATABASE_UNREACHABLE',
      'database.url is not a URL. Write postgres://user:password@host:5432/name.',
    );
  }
  if (!['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new StoreError('DATABASE_UNREACHABLE', 'database.url does not start with postgres://.');
  }
  if (
    /^(prefer|require|verify-ca)$/.test(parsed.searchParams.get('sslmode') ?? '') &&
    !parsed.searchParams.has('uselibpqcompat')
  ) {
    parsed.searchParams.set('sslmode', 'verify-full'); // what pg makes of it, without its warning on stderr
  }
  return {
    connectionString: parsed.href,
    application_name: options.applicationName ?? 'backup-inventory',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    query_timeout: Math.max(silenceTimeoutMs, (options.statementTimeoutMs ?? 0) + 60_000),
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    types,
  };
}

/**
 * Closes a connection that it could not open. pg leaves it half open where the fault is on this side (no password given):
 * that would keep this process alive, and `drop database` waiting, until the server's patience ends after a minute.
 */
class TidyClient extends pg.Client {
  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error | null) => void): void;
  override connect(callback?: (error: Error | null) => void): Promise<pg.Client> | undefined {
    const connected = super.connect();
    connected.catch(() => this.connection.stream.destroy());
    if (callback === undefined) return connected;
    connected.then(() => callback(null), callback);
    return undefined;
  }
}

/** The pool as Kysely wants it, with classified errors, and without the connections that timed out. */
function classifyingPool(pool: pg.Pool): PostgresPool {
  const wrappers = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: {},
    end: () => pool.end(),
    connect: () =>
      classified(async () => {
        const client = await pool.connect();
        const known = wrappers.get(client);
        if (known !== undefined) return known;
        const wrapper = classifyingClient(client);
        wrappers.set(client, wrapper);
        return wrapper;
      }),
  };
}

function classifyingClient(client: pg.PoolClient): PostgresPoolClient {
  let broken = false;
  client.on('error', () => {
    broken = true;
  });
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      // pg leaves a query that it gave up on the wire: such a connection would answer the next one too late.
      if (error instanceof Error && error.message === 'Query read timeout') broken = true;
      throw storeErrorOf(error);
    }
  };
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || broken),
  };
}
