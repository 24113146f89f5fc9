// One process per data directory: an exclusive SQLite transaction, which the kernel frees when the process dies.
// Who holds it stands beside it in holder.json. Network file systems without POSIX locks are not protected.

import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../inventory/errors.ts';

/** Locks a directory that exists; returns what frees it. Throws DATABASE_IN_USE, DATABASE_READ_ONLY. */
export function lockDirectory(directory: string): () => void {
  const lock = open(directory);
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive');
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw new StoreError('DATABASE_IN_USE', inUse(directory), { cause: error });
    throw readOnly(directory, error);
  }
  const holder = { host: hostname(), processId: process.pid, since: new Date().toISOString() };
  try {
    writeFileSync(join(directory, 'holder.json'), JSON.stringify(holder));
  } catch (error) {
    lock.close();
    throw readOnly(directory, error);
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}

function open(directory: string): DatabaseSync {
  try {
    return new DatabaseSync(join(directory, 'lock.db'));
  } catch (error) {
    throw readOnly(directory, error);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6);
}

function inUse(directory: string): string {
  let who = 'another process';
  try {
    const holder = JSON.parse(readFileSync(join(directory, 'holder.json'), 'utf8'));
    who = `process ${holder.processId} on ${holder.host}, since ${holder.since}`;
  } catch {
    // The holder has not written yet who it is; the lock is what counts.
  }
  return (
    `The embedded database in ${directory} is in use by ${who}. ` +
    'Stop that process, name another directory, or set database.url: Postgres serves several.'
  );
}

function readOnly(directory: string, cause: unknown): StoreError {
  return new StoreError(
    'DATABASE_READ_ONLY',
    `The directory ${directory} cannot be written. Make it writable, or name another.`,
    {
      cause,
    },
  );
}
