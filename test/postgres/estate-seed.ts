// An estate with everything in it, straight into the tables: all types, statuses and holes, retired and foreign rows.

import type { TestDatabase } from '../support/postgres.ts';
import { hoursAgo, type Seed } from './snapshot-seed.ts';

/** An estate with everything in it, the same for the same seed. */
export async function estate(db: TestDatabase, seed: Seed, random: number) {
  for (const [project_id, configured] of [
    ['p1', true],
    ['p2', true],
    ['unread', true],
    ['former', false],
  ] as const) {
    await seed.project({ project_id, configured, name: `${project_id} "x"\\\n` });
  }
  await seed.certify('p1', hoursAgo(1));
  await seed.certify('p2', hoursAgo(2.5));
  await seed.certify('former', hoursAgo(2));
  await seed.sweep({
    project_id: 'p2',
    certified: false,
    reason: 'timeout',
    started_at: hoursAgo(0.5),
    reported_total: null,
  });
  await seed.sweep({
    scope: 'database_table_backups',
    quarantined: true,
    quarantined_missing: 99,
    started_at: hoursAgo(0.7),
  });
  await seed.run({ clock_skew_seconds: -0.25, credential_expires_at: hoursAgo(-5) });
  await db.query('select setseed($1)', [random]);
  await db.query(
    `insert into inventory.instance (project_id, instance_id, name, datastore_type, status, mode, created_at, backup_keep_days,
      first_seen_at, first_seen_run_id, changed_at, changed_run_id, retired_at, retired_reason)
    select (array['p1', 'p2', 'former'])[1 + n % 3], 'i' || n, 'name ' || n, (array['redis', null])[1 + n % 2],
      (array['normal', 'frozen', 'new_status', null])[1 + n % 4], 'Cluster', $1::timestamptz - n * interval '30 hours',
      (array[0, 7, 30, null])[1 + (n / 2) % 4], $1, 1, $1, 1,
      case when n % 7 = 0 then $1::timestamptz end, case when n % 7 = 0 then 'instance_deleted' end
    from generate_series(1, 60) n`,
    [hoursAgo(100)],
  );
  await db.query(
    `insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, backup_type, status, size_bytes, begin_at, end_at,
      first_seen_at, first_seen_run_id, changed_at, changed_run_id, retired_at, retired_reason)
    select (array['p1', 'p2', 'former'])[1 + i % 3], 'b' || n, (array['instance', 'instance', 'database_table'])[1 + (random() * 2)::int],
      case when n % 97 > 0 then 'i' || i end, (array['auto', 'auto', 'manual', 'weekly'])[1 + (random() * 3)::int],
      (array['COMPLETED', 'COMPLETED', 'FAILED', 'BUILDING', 'DELETING'])[1 + (random() * 4)::int],
      case when random() < 0.8 then (random() * 1e6)::bigint end, begun,
      case when random() < 0.8 then begun + random() * interval '1 hour' end, $1, 1, $1, 1,
      case when n % 11 = 0 then $1::timestamptz end, case when n % 11 = 0 then 'expired' end
    from generate_series(1, 1500) n, lateral (select 1 + (random() * 62)::int as i,
      $1::timestamptz - (n % 50) * interval '5 hours 3 seconds' as begun) r`,
    [hoursAgo(3)],
  );
  await db.query(
    `insert into compliance.objective (position, match_project, rpo_seconds, retention_seconds, minimum_copies, manual_counts, valid_from, config_digest, set_by)
     values (1, 'p1*', 3600, 604800, 2, true, $1, 'c', 'test'), (2, null, 93600, 0, 0, false, $1, 'c', 'test')`,
    [hoursAgo(5000)],
  );
  const sums: Record<string, unknown>[] = [
    { counter: 'failures_total', project_id: 'p1', instance_id: 'i3', value: 4 },
    { counter: 'completions_total', project_id: 'p1', instance_id: 'i21', value: 9 }, // retired
    { counter: 'retired_total', project_id: 'p2', label_1: 'early', value: 2 },
    { counter: 'retired_total', project_id: 'former', label_1: 'early', value: 5 },
    { counter: 'sweeps_total', project_id: 'p1', label_1: 'instances', label_2: 'timeout', value: 3 },
    { counter: 'sweep_pages_total', project_id: 'p1', value: 300 },
    { counter: 'anomalies_total', project_id: 'p1', label_1: 'bad_time', value: 1 },
    { counter: 'anomalies_total', project_id: 'former', label_1: 'bad_time', value: 1 },
    { counter: 'api_requests_total', label_1: 'list_backups', label_2: '200', value: 40 },
    { counter: 'api_request_duration_seconds_bucket', label_1: 'list_backups', label_2: '0.1', value: 30 },
    { counter: 'api_request_duration_seconds_bucket', label_1: 'list_backups', label_2: '+Inf', value: 10 },
    { counter: 'api_request_duration_seconds_sum', label_1: 'list_backups', value: 7.25 },
    { counter: 'api_retries_total', label_1: 'timeout', value: 2 },
    { counter: 'api_throttle_wait_seconds_total', label_1: 'throttled', value: 2.5 },
    { counter: 'rows_written_total', label_1: 'backup', label_2: 'insert', value: 1500 },
  ];
  for (const sum of sums) await seed.counter(sum);
}
