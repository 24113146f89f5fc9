import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';

test('a fresh database is migrated and empty', async () => {
  await using db = await freshDatabase();
  expect(await db.query('select count(*) as n from inventory.backup')).toEqual([{ n: 0 }]);
});
