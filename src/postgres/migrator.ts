// Brings the schema up to date: all that is pending in one transaction under one lock, so that a killed migration
// leaves nothing and twenty at once make one schema. Rule for files: functions other than triggers' belong to views/.
// Views are replaced in place; only where Postgres refuses that are they dropped and made anew, within the transaction.

import { sql } from 'kysely';
import { StoreError } from '../inventory/errors.ts';
import type { Database } from './database.ts';
import { stateOf, storeErrorOf } from './errors.ts';
import { readSqlFiles, type SqlFile, type SqlFiles } from './migration-files.ts';
import { grantReader } from './reader-role.ts';
import { inTransaction, type Tx } from './transaction.ts';
import { dropViews } from './view-drop.ts';

export interface SchemaStatus {
  /** `none` = an empty database. */
  state: 'none' | 'behind' | 'current';
  /** Number of the newest applied migration, 0 where there is none. */
  version: number;
  applied: { name: string; appliedAt: Date }[];
  /** What `migrate` would do, in order. */
  pending: string[];
}

export interface MigrationResult {
  /** Files applied by this call; empty = the schema was current. */
  applied: string[];
  version: number;
  /** What could not be done and what to do about it. */
  notes: string[];
}

/** Any number that no other program is likely to lock; the same in all versions. */
const migrationLock = 6_240_117_001;

/** Where the schema stands. Throws SCHEMA_NEWER, SCHEMA_FOREIGN. */
export async function schemaStatus(database: Database, files?: SqlFiles): Promise<SchemaStatus> {
  const known = files ?? (await readSqlFiles());
  return inTransaction(database, {}, (tx) => statusWithin(tx, known));
}

/** Throws SCHEMA_BEHIND where `migrate` has something to do; for programs that only read. Resolves to the version. */
export async function requireCurrentSchema(database: Database, files?: SqlFiles): Promise<number> {
  const status = await schemaStatus(database, files);
  if (status.state === 'current') return status.version;
  const what =
    status.state === 'none' ? 'The database has no schema yet' : `The schema lacks ${status.pending.join(', ')}`;
  throw new StoreError('SCHEMA_BEHIND', `${what}. Run: backup-inventory migrate.`);
}

/** Applies what is pending. Safe to call from many processes at once, and to kill. */
export async function migrate(database: Database, files?: SqlFiles): Promise<MigrationResult> {
  const known = files ?? (await readSqlFiles());
  const before = await schemaStatus(database, known);
  if (before.state === 'current') return { applied: [], version: before.version, notes: [] };
  return inTransaction(database, { statementTimeoutMs: 0, lockTimeoutMs: 0 }, async (tx) => {
    if (database.kind === 'postgres') await sql`select pg_advisory_xact_lock(${migrationLock}::bigint)`.execute(tx);
    await sql`select set_config('lock_timeout', '60s', true)`.execute(tx);
    const status = await statusWithin(tx, known);
    if (status.state === 'current') return { applied: [], version: status.version, notes: [] };
    await applyPending(tx, known, status);
    const notes = await grantReader(tx);
    return { applied: status.pending, version: (await statusWithin(tx, known)).version, notes };
  });
}

async function statusWithin(tx: Tx, files: SqlFiles): Promise<SchemaStatus> {
  // From the catalogs' tables: to_regnamespace may answer from a cache that is older than the lock just waited for.
  const { rows } = await sql<{ schema: boolean; log: boolean }>`
    select exists (select from pg_namespace where nspname = 'inventory') as schema, exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'inventory' and c.relname = 'migration'
    ) as log
  `.execute(tx);
  const all = [...files.tables, ...files.views];
  if (rows[0]?.log !== true) {
    if (rows[0]?.schema === true) {
      const message =
        'The database has a schema "inventory" that this program did not make. Use a database of its own.';
      throw new StoreError('SCHEMA_FOREIGN', message);
    }
    return { state: 'none', version: 0, applied: [], pending: all.map((file) => file.name) };
  }
  const log = await tx
    .selectFrom('inventory.migration')
    .select(['name', 'checksum', 'applied_at'])
    .orderBy('name')
    .execute();
  const checksums = new Map(log.map((row) => [row.name, row.checksum]));
  for (const name of checksums.keys()) refuseNewer(name, files);
  for (const file of files.tables) refuseChanged(file, checksums.get(file.name));
  const tables = files.tables.filter((file) => !checksums.has(file.name));
  const gone = [...checksums.keys()].some((name) => isView(name) && !files.views.some((file) => file.name === name));
  const stale = tables.length > 0 || gone || files.views.some((file) => checksums.get(file.name) !== file.checksum);
  const pending = [...tables, ...(stale ? files.views : [])].map((file) => file.name);
  const numbers = log.filter((row) => !isView(row.name)).map((row) => Number.parseInt(row.name, 10));
  return {
    state: stale ? 'behind' : 'current',
    version: Math.max(0, ...numbers),
    applied: log.map((row) => ({ name: row.name, appliedAt: row.applied_at })),
    pending,
  };
}

const isView = (name: string) => name.startsWith('views/');

function refuseNewer(name: string, files: SqlFiles): void {
  if (isView(name) || files.tables.some((file) => file.name === name)) return;
  throw new StoreError('SCHEMA_NEWER', `The schema was migrated by a newer program (${name}). Update this one.`);
}

function refuseChanged(file: SqlFile, checksum: string | undefined): void {
  if (checksum === undefined || checksum === file.checksum) return;
  const message = `Migration ${file.name} was applied with another content. Use the program that made this schema, or a database of its own.`;
  throw new StoreError('SCHEMA_FOREIGN', message);
}

/** SQLSTATEs that say: not while the views stand as they do. */
const viewsInTheWay = new Set(['42P16', '42P13', '2BP01', '0A000', '42P07', '42723']);

async function applyPending(tx: Tx, files: SqlFiles, status: SchemaStatus): Promise<void> {
  const tables = files.tables.filter((file) => status.pending.includes(file.name));
  const replace = async () => {
    for (const file of tables) await applyFile(tx, file);
    for (const file of files.views) await applyFile(tx, file);
    await record(tx, [...tables, ...files.views]);
  };
  const removed = status.applied.some(({ name }) => isView(name) && !files.views.some((file) => file.name === name));
  if (!removed) {
    await sql`savepoint in_place`.execute(tx);
    try {
      await replace();
      return;
    } catch (error) {
      if (status.state === 'none' || !viewsInTheWay.has(stateOf(error) ?? '')) throw error;
      await sql`rollback to savepoint in_place`.execute(tx);
    }
  }
  await dropViews(tx);
  await replace();
}

async function applyFile(tx: Tx, file: SqlFile): Promise<void> {
  try {
    await sql.raw(file.text).execute(tx);
  } catch (error) {
    const known = storeErrorOf(error);
    throw new StoreError(known.code, `Migration ${file.name} failed; nothing was changed. ${known.message}`, {
      cause: known,
    });
  }
}

async function record(tx: Tx, files: readonly SqlFile[]): Promise<void> {
  await tx.deleteFrom('inventory.migration').where('name', 'like', 'views/%').execute();
  for (const { name, checksum } of files) {
    await tx.insertInto('inventory.migration').values({ name, checksum, applied_at: sql`now()` }).execute();
  }
}
