// The SQL files that make the schema, as they lie beside the program: migrations/NNNN_*.sql and migrations/views/*.sql.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

export interface SqlFile {
  /** `0001_inventory`, or `views/10_inventory_history`. */
  name: string;
  text: string;
  checksum: string;
}

export interface SqlFiles {
  /** Applied once, in order of name. */
  tables: SqlFile[];
  /** Applied again whenever one of them changed. */
  views: SqlFile[];
}

// The same place seen from src/postgres/ and from dist/postgres/.
const packagedFiles = new URL('../../migrations/', import.meta.url);

/** Reads the files of a directory; the program's own by default. */
export async function readSqlFiles(directory: URL = packagedFiles): Promise<SqlFiles> {
  return {
    tables: await readDirectory(directory, ''),
    views: await readDirectory(new URL('views/', directory), 'views/'),
  };
}

async function readDirectory(directory: URL, prefix: string): Promise<SqlFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, directory), 'utf8');
      return {
        name: prefix + name.replace(/\.sql$/, ''),
        text,
        checksum: createHash('sha256').update(text).digest('hex'),
      };
    }),
  );
}
