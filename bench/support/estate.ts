// An estate written straight into the tables: ten projects, a hundred daily backups for each instance (half of them gone),
// sixty days of readings, some failures, some instances without backups. For benchmarks of what reads it.

import pg from 'pg';

const projects = `
  insert into inventory.project (project_id, name, region, endpoint, first_seen_at, changed_at)
  select md5('p' || p), 'project-' || p, 'ap-southeast-' || (1 + p % 3), 'https://example.org',
    now() - interval '400 days', now() - interval '400 days'
  from generate_series(1, 10) p`;

const runs = `
  insert into inventory.run (trigger, mode, started_at, finished_at, outcome, program_version, config_digest, host, process_id)
  select 'schedule', 'full', t, t + interval '40 s', 'certified', '0', 'c', 'h', 1
  from generate_series(now() - interval '60 days', now() - interval '10 min', interval '6 hours') t
  union all
  select 'schedule', 'full', now() - interval '5 min', now() - interval '4 min', 'certified', '0', 'c', 'h', 1`;

const sweeps = `
  insert into inventory.sweep (run_id, project_id, scope, mode, certified, pages, requests, retries, passes, rescans,
    rescans_joint, rescans_tie, rescans_total, duplicates, reported_total, distinct_ids, ids_digest, inserted, updated,
    unchanged, struck, retired, revived, quarantined, anomalies, started_at, finished_at, committed_at)
  select r.run_id, p.project_id, s.scope, 'full', true, 10, 10, 0, 1, 0, 0, 0, 0, 0, 100, 100, '', 0, 0, 100, 0, 0, 0, false, 0,
    r.started_at, r.started_at + interval '20 s', r.started_at + interval '30 s'
  from inventory.run r, inventory.project p,
    (values ('instances'), ('instance_backups'), ('database_table_backups')) s (scope)`;

const instances = `
  insert into inventory.instance (project_id, instance_id, name, datastore_type, datastore_version, status, mode, created_at,
    backup_keep_days, backup_window, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
  select md5('p' || (1 + i % 10)), md5('i' || i) || 'in06',
    (array['orders', 'billing', 'sessions', 'catalog', 'ledger'])[1 + (i / 10) % 5] || '-' || i, 'cassandra', '4.0', 'normal',
    'Cluster', now() - interval '200 days', case when i % 97 = 0 then 0 else 45 end, '02:00-03:00',
    now() - interval '60 days', 1, now() - interval '60 days', 1
  from generate_series(1, $1::integer) i`;

const backups = `
  insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, instance_name, name, backup_type, status,
    datastore_type, datastore_version, size_bytes, begin_at, end_at, first_seen_at, first_seen_run_id, changed_at,
    changed_run_id, retired_at, retired_reason)
  select b.project_id, md5(b.instance_id || b.day) || 'br06', 'instance', b.instance_id, b.name, 'auto-' || b.day,
    case when b.day % 30 = 7 then 'manual' else 'auto' end, case when b.chance % 64 = 1 then 'FAILED' else 'COMPLETED' end,
    'cassandra', '4.0', (20e9 * (1 - b.day * 0.003) * (0.95 + b.chance % 128 / 1270.0))::bigint, b.begin_at,
    b.begin_at + interval '5 min' + (b.chance % 256) * interval '9 s', b.begin_at + interval '1 hour', 1,
    case when b.gone_at < now() then b.gone_at else b.begin_at + interval '1 hour' end, 1,
    case when b.gone_at < now() then b.gone_at end, case when b.gone_at < now() then 'expired' end
  from (
    select n.project_id, n.instance_id, n.name, d as day, hashtext(n.instance_id || d) & 65535 as chance,
      t.begin_at, t.begin_at + interval '1104 hours' as gone_at
    from inventory.instance n
    cross join generate_series(0, 99) d
    cross join lateral (
      select (date_trunc('day', now() at time zone 'UTC') at time zone 'UTC') - d * interval '24 hours' - interval '22 hours'
        + (hashtext(n.instance_id) & 255) * interval '13 s' as begin_at
    ) t
  ) b
  where not (b.day < 3 and b.instance_id like 'a1%') and b.instance_id not like 'b2%'`;

const rules = `
  insert into compliance.objective (position, rpo_seconds, retention_seconds, minimum_copies, manual_counts, valid_from,
    config_digest, set_by)
  values (1, 180000, 604800, 3, true, now() - interval '60 days', 'c', 'u')`;

/** Fills a migrated database; returns how many backups there are. */
export async function fillEstate(url: string, count: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of [projects, runs, sweeps]) await client.query(statement);
    await client.query(instances, [count]);
    for (const statement of [backups, rules, 'vacuum analyze']) await client.query(statement);
    const { rows } = await client.query('select count(*)::integer as backups from inventory.backup');
    return rows[0].backups;
  } finally {
    await client.end();
  }
}
