// The embedded database's directory: made once, marked as ours, never silently made again.
// <directory>/backup-inventory.json says whose it is; pgdata/ holds PGlite's files; lock.db and holder.json say who uses it.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StoreError } from '../inventory/errors.ts';
import { lockDirectory } from './embedded-lock.ts';
import { type EmbeddedSession, startEmbeddedSession } from './embedded-session.ts';

/** Major version of Postgres that PGlite 0.5 is; its files are not read by another. */
const postgresMajor = 18;
const markerName = 'backup-inventory.json';

interface Marker {
  program: 'backup-inventory-exporter';
  postgresMajor: number;
  createdAt: string;
  /** `creating` until the first start ended well: nothing can be lost before. */
  state: 'creating' | 'ready';
}

/** Opens the directory's database, making it where there is none. Throws StoreError. */
export async function openEmbedded(path: string): Promise<EmbeddedSession> {
  const directory = resolve(path);
  makeDirectory(directory);
  refuseForeign(directory);
  const unlock = lockDirectory(directory);
  try {
    const marker = readMarker(directory) ?? begin(directory);
    const files = join(directory, 'pgdata');
    if (marker.state === 'creating') rmSync(files, { recursive: true, force: true });
    else refuseDamaged(directory, files, marker);
    const session = startEmbeddedSession(files, unlock);
    await started(session);
    chmodSync(files, 0o700); // PGlite makes files that everyone may write
    if (marker.state === 'creating') writeMarker(directory, { ...marker, state: 'ready' });
    return session;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Whether the directory holds a database, or a start of one. Touches nothing. */
export function hasEmbedded(path: string): boolean {
  return existsSync(join(resolve(path), markerName));
}

async function started(session: EmbeddedSession): Promise<void> {
  try {
    await session.waitReady;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function makeDirectory(directory: string): void {
  try {
    makeWithParents(directory);
  } catch (cause) {
    const message = `The directory ${directory} for the embedded database cannot be made. Make it, or name another.`;
    throw new StoreError('DATABASE_READ_ONLY', message, { cause });
  }
}

/** Not mkdir's `recursive`: below /proc or a symbolic link that leads nowhere it tries for ever. */
function makeWithParents(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(directory);
  if (parent !== directory) makeWithParents(parent);
  mkdirSync(directory, { mode: 0o700 });
}

function refuseForeign(directory: string): void {
  const ours = new Set([
    markerName,
    `${markerName}.new`,
    'pgdata',
    'lock.db',
    'lock.db-journal',
    'holder.json',
    'lost+found',
  ]);
  const foreign = readdirSync(directory).find((name) => !ours.has(name));
  const marked = existsSync(join(directory, markerName));
  if (marked || (foreign === undefined && !existsSync(join(directory, 'pgdata')))) return;
  throw new StoreError(
    'SCHEMA_FOREIGN',
    `The directory ${directory} is not empty and not marked as ours (${foreign ?? 'pgdata'}). Name an empty one.`,
  );
}

function readMarker(directory: string): Marker | null {
  const path = join(directory, markerName);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Marker;
  } catch (cause) {
    throw new StoreError(
      'DATABASE_CORRUPT',
      `${path} cannot be read. Restore the directory from a copy, or name another.`,
      {
        cause,
      },
    );
  }
}

function begin(directory: string): Marker {
  const createdAt = new Date().toISOString();
  const marker: Marker = { program: 'backup-inventory-exporter', postgresMajor, createdAt, state: 'creating' };
  writeMarker(directory, marker);
  return marker;
}

function writeMarker(directory: string, marker: Marker): void {
  const path = join(directory, markerName);
  writeFileSync(`${path}.new`, `${JSON.stringify(marker, null, 2)}\n`);
  renameSync(`${path}.new`, path); // whole or not at all
}

function refuseDamaged(directory: string, files: string, marker: Marker): void {
  if (marker.postgresMajor !== postgresMajor) {
    throw new StoreError(
      'DATABASE_FAILED',
      `${directory} was written by Postgres ${marker.postgresMajor}, this program embeds ${postgresMajor}. ` +
        'Use the program version that wrote it, or name another directory: the next run reads everything again.',
    );
  }
  const missing = ['PG_VERSION', 'global/pg_control', 'base'].find((name) => !existsSync(join(files, name)));
  if (missing === undefined) return;
  throw new StoreError(
    'DATABASE_CORRUPT',
    `The embedded database in ${directory} is damaged: ${missing} is gone. Restore it from a copy, or name another directory.`,
  );
}
