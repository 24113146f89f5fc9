import { expect, test } from 'vitest';
import { reports } from '../../src/inventory/report-list.ts';
import { openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { freshDatabase } from '../support/postgres.ts';

test('the reader sees every verdict, report and history, and none of the tables of rules', async () => {
  await using db = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: db.url });
  await migrate(database);
  const asReader = (statement: string) =>
    db.query(`do $$ begin set local role backup_inventory_reader; perform * from (${statement}) r; end $$`);
  const views = await db.query<{ name: string }>(
    `select schemaname || '.' || viewname as name from pg_views where schemaname in ('inventory', 'compliance')`,
  );
  expect(views.length).toBeGreaterThan(30);
  for (const { name } of views) await asReader(`select * from ${name}`);
  for (const { name, kind } of reports) {
    const parameters = kind === 'period' ? `'2026-03-01', '2026-03-31', 'Europe/Berlin', now()` : 'now()';
    await asReader(`select * from compliance.report_${name}(${parameters})`);
  }
  await asReader(`select * from compliance.finding_at('2026-03-31T00:00:00Z')`);
  await asReader(`select * from inventory.project_as_of('2026-03-31T00:00:00Z')`);
  for (const table of ['objective', 'exemption', 'setting']) {
    await expect(asReader(`select * from compliance.${table}`)).rejects.toThrow('permission denied');
  }
});
