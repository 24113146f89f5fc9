import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { runbooks } from './runbooks.ts';

test('every statement of every runbook runs on the schema as it is', async () => {
  await using database = await freshDatabase();
  const broken: string[] = [];
  for (const { alert, statements } of await runbooks()) {
    for (const statement of statements) {
      const filled = statement.replaceAll(/:'(\w+)'/g, (_, name) => `'a ${name}'`);
      await database.query(filled).catch((error: Error) => broken.push(`${alert}: ${error.message}\n${statement}`));
    }
  }
  expect(broken).toEqual([]);
});
