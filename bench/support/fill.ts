// Estates made in the database by SQL, where what is measured is not how they got there.

import type { BenchDatabase } from './database.ts';

/** Adds backups of other projects until the table holds about so many more rows, then settles the statistics. */
export async function fillOthers(database: BenchDatabase, rows: number): Promise<void> {
  const perProject = 100_000;
  for (let project = 0; project < Math.ceil(rows / perProject); project += 1) {
    await database.query(
      `insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, instance_name, name, backup_type, status,
        datastore_type, datastore_version, size_bytes, begin_at, end_at, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
      select $1, md5($1 || g) || 'br06', 'instance', md5($1 || g % 1000) || 'in06', 'orders-' || g % 1000, 'GaussDB-auto-' || g, 'auto',
        'COMPLETED', 'cassandra', '3.11', g * 1024, '2026-06-01'::timestamptz - g * interval '2 s',
        '2026-06-01'::timestamptz - g * interval '2 s' + interval '10 min', '2026-06-01', 0, '2026-06-01', 0
      from generate_series(1, $2::int) g order by 2`,
      [`other-${project}`, Math.min(perProject, rows - project * perProject)],
    );
  }
  await settle(database);
}

/** What autovacuum does in its own time. */
export async function settle(database: BenchDatabase): Promise<void> {
  await database.query('vacuum (analyze) inventory.backup');
  await database.query('vacuum (analyze) inventory.instance');
  await database.query('checkpoint');
}
