// The limit: the same rows by COPY into the same tables. `psql \copy` where psql is on PATH; else the server's own COPY
// from a file, which is a little faster, so the stricter of the two.

import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { BackupFact } from '../../src/inventory/model.ts';
import type { BenchDatabase } from './database.ts';
import { outputOf } from './report.ts';
import { projectId } from './store-path.ts';

const columns =
  'project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, status, datastore_type, ' +
  'datastore_version, size_bytes, begin_at, end_at, database_tables, first_seen_at, first_seen_run_id, changed_at, changed_run_id';

export interface CopyFile extends AsyncDisposable {
  readonly path: string;
}

export const copyName = outputOf('psql', ['--version']) === null ? 'COPY from a file' : 'psql \\copy';

/** Writes the rows as COPY reads them. */
export async function copyFile(pages: Iterable<readonly BackupFact[]>, project = projectId): Promise<CopyFile> {
  const directory = await mkdtemp(join(tmpdir(), 'backup-inventory-bench-'));
  await chmod(directory, 0o755);
  const path = join(directory, 'rows.tsv');
  const texts = function* () {
    for (const page of pages) yield page.map((fact) => lineOf(fact, project)).join('');
  };
  await pipeline(Readable.from(texts()), createWriteStream(path));
  await chmod(path, 0o644);
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

function lineOf(fact: BackupFact, project: string): string {
  const at = '2026-06-01T00:00:00Z';
  const fields = [
    ...[project, fact.backupId, 'instance', fact.instanceId, fact.instanceName, fact.name, fact.description],
    ...[fact.backupType, fact.status, fact.datastoreType, fact.datastoreVersion, fact.sizeBytes, fact.beginAt],
    ...[fact.endAt, null, at, 1, at, 1],
  ];
  return `${fields.map((field) => field ?? '\\N').join('\t')}\n`;
}

/** Copies the file into inventory.backup. */
export async function copyIn(database: BenchDatabase, file: CopyFile): Promise<void> {
  if (copyName.startsWith('psql')) {
    const command = `\\copy inventory.backup (${columns}) from '${file.path}'`;
    await promisify(execFile)('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', database.url, '-c', command]);
  } else {
    await database.query(`copy inventory.backup (${columns}) from '${file.path}'`);
  }
}
