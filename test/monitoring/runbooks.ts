// Reads the runbooks: their headings and the SQL that they tell to run.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../docs/runbooks');

export interface Runbook {
  /** Name of the alert that the page is about. */
  alert: string;
  headings: readonly string[];
  statements: readonly string[];
  text: string;
}

/** All pages but the list of them. */
export async function runbooks(): Promise<Runbook[]> {
  const names = (await readdir(folder)).filter((name) => name !== 'README.md');
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return {
        alert: name.replace(/\.md$/, ''),
        headings: [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading),
        statements: [...text.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, statement = '']) => statement),
        text,
      };
    }),
  );
}

export async function runbookIndex(): Promise<string> {
  return await readFile(join(folder, 'README.md'), 'utf8');
}
