// Directories of the embedded database for tests: copies of one that each run migrates once.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { askDoor } from './door.ts';

export interface TemporaryDirectory extends AsyncDisposable {
  path: string;
}

/** A directory of its own, empty; disposing removes it. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'backup-inventory-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A directory with a migrated embedded database; disposing removes it. */
export async function migratedDirectory(): Promise<TemporaryDirectory> {
  const template = await askDoor('/embedded');
  const directory = await temporaryDirectory();
  await cp(template, directory.path, { recursive: true });
  return directory;
}

/** Makes the directory that the others are copied from. */
export async function makeEmbeddedTemplate(): Promise<AsyncDisposable & { place: string }> {
  const directory = await temporaryDirectory();
  await using database = await openDatabase({ directory: directory.path });
  await migrate(database);
  return { place: directory.path, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}
