// An estate for verdicts and reports, written by the server itself: 100 days of daily backups of each instance, of which
// the last 30 days are still listed, with every state that they went through, and hourly readings over 120 days.

import type { BenchDatabase } from './database.ts';

/** Fills an empty migrated database; resolves to the number of backups. */
export async function fillJudgedEstate(database: BenchDatabase, instances: number): Promise<number> {
  for (const statement of statements(instances)) await database.query(statement);
  for (const table of ['sweep', 'backup', 'backup_past', 'instance'])
    await database.query(`vacuum analyze inventory.${table}`);
  await database.query('analyze');
  const [row] = await database.query<{ count: number }>('select count(*)::int as count from inventory.backup');
  return row?.count ?? 0;
}

function statements(instances: number): string[] {
  const hour = `date_trunc('hour', now())`;
  return [
    `insert into inventory.project
     select 'p' || lpad(n::text, 2, '0'), 'prod-' || n, 'r1', 'https://x.test', true, ${hour} - interval '130 days', ${hour} - interval '130 days'
     from generate_series(1, 20) n`,
    `insert into inventory.run (trigger, mode, started_at, finished_at, outcome, program_version, config_digest, host, process_id)
     select 'schedule', 'full', at, at + interval '1 minute', 'certified', '1.0.0', 'digest', 'host', 1
     from generate_series(${hour} - interval '120 days', ${hour}, interval '1 hour') at`,
    `insert into inventory.sweep (run_id, project_id, scope, mode, certified, pages, requests, retries, passes, rescans,
       rescans_joint, rescans_tie, rescans_total, duplicates, reported_total, distinct_ids, ids_digest, inserted, updated,
       unchanged, struck, retired, revived, quarantined, anomalies, started_at, finished_at, committed_at)
     select r.run_id, p.project_id, s.scope, 'full', true, 10, 10, 0, 1, 0, 0, 0, 0, 0, 100, 100, 'digest', 0, 0, 100, 0, 0, 0,
       false, 0, r.started_at, r.started_at + interval '20 s', r.started_at + interval '30 s'
     from inventory.run r, inventory.project p, (values ('instances'), ('instance_backups'), ('database_table_backups')) s (scope)`,
    `insert into inventory.instance (project_id, instance_id, name, datastore_type, datastore_version, status, mode, created_at,
       backup_keep_days, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
     select 'p' || lpad((n % 20 + 1)::text, 2, '0'), 'i' || lpad(n::text, 6, '0'),
       (array['orders', 'users', 'scratch', 'cache'])[n % 4 + 1] || '-' || n,
       (array['cassandra', 'mongodb', 'redis', 'influxdb'])[n % 4 + 1], '3.11', 'normal', 'Cluster', ${hour} - interval '200 days',
       case when n % 37 = 0 then 0 else 30 end, ${hour} - interval '120 days', 1, ${hour} - interval '120 days', 1
     from generate_series(0, ${instances - 1}) n`,
    `insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, instance_name, name, backup_type, status,
       datastore_type, size_bytes, begin_at, end_at, first_seen_at, first_seen_run_id, changed_at, changed_run_id, missing_since,
       missed_sweeps, retired_at, retired_reason)
     select i.project_id, md5(i.instance_id || '/' || d) || 'br06', 'instance', i.instance_id, i.name, 'backup-' || d,
       case when h % 20 = 0 then 'manual' else 'auto' end, case when h % 50 = 0 then 'FAILED' else 'COMPLETED' end,
       i.datastore_type, case when h % 50 = 0 then 0 else 10000000000 + (h % 1000) * 1000000 end, b, b + interval '40 min',
       ${hour} - d * interval '24 hours' + interval '3 hours 30 s', 1,
       ${hour} - d * interval '24 hours' + case when d > 30 then interval '724 hours 30 s' else interval '3 hours 30 s' end, 1,
       case when d > 30 then ${hour} - d * interval '24 hours' + interval '723 hours 30 s' end, case when d > 30 then 2 else 0 end,
       case when d > 30 then ${hour} - d * interval '24 hours' + interval '724 hours 30 s' end, case when d > 30 then 'expired' end
     from inventory.instance i
     cross join generate_series(1, 100) d
     cross join lateral (select abs(hashtext(i.instance_id || '/' || d)) as h) k
     cross join lateral (select ${hour} - d * interval '24 hours' + (h % 3600) * interval '1 s' as b) t`,
    `insert into inventory.backup_past
     select project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, 'BUILDING',
       datastore_type, datastore_version, null, begin_at, null, database_tables, first_seen_at, first_seen_run_id,
       first_seen_at - interval '1 hour', 1, null, 0, null, null, first_seen_at
     from inventory.backup`,
    `insert into inventory.backup_past
     select project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, status,
       datastore_type, datastore_version, size_bytes, begin_at, end_at, database_tables, first_seen_at, first_seen_run_id,
       first_seen_at, 1, null, 0, null, null, changed_at
     from inventory.backup where retired_at is not null`,
    `insert into compliance.objective (position, match_project, match_instance, rpo_seconds, retention_seconds, minimum_copies,
       manual_counts, valid_from, config_digest, set_by)
     select n, 'prod-*', case when n < 5 then 'team' || n || '-*' end, 93600, 604800, 3, true, ${hour} - interval '120 days', 'digest', 'host'
     from generate_series(1, 5) n`,
    `insert into compliance.exemption (position, match_instance, control, owner, reason, expires_at, valid_from, config_digest, set_by)
     values (1, 'scratch-1*', 'BK-01', 'dba', 'rebuilt nightly', now() + interval '30 days', ${hour} - interval '120 days', 'digest', 'host')`,
    `insert into compliance.setting (freshness_seconds, schedule_interval_seconds, valid_from, config_digest, set_by)
     values (10800, 3600, ${hour} - interval '120 days', 'digest', 'host')`,
  ];
}
