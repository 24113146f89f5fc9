// What the metrics about our own work are, in plain SQL; see reconcile-definitions.ts.

import { type Definition, epoch, ofProject, perKind } from './reconcile-sql.ts';

/** What our own readings say of themselves. */
export const workDefinitions: readonly Definition[] = [
  {
    metric: 'sweep_last_attempt_timestamp_seconds',
    sql: `select project_id, scope, ${epoch('max(started_at)')} as value from sweeps group by 1, 2`,
  },
  {
    metric: 'sweep_last_certified_timestamp_seconds',
    sql: `select project_id, scope, ${epoch('max(started_at)')} as value from sweeps where certified group by 1, 2`,
  },
  {
    metric: 'sweep_reported_backups',
    sql: 'select project_id, scope, reported_total as value from complete where reported_total is not null',
  },
  { metric: 'sweep_distinct_backups', sql: 'select project_id, scope, distinct_ids as value from complete' },
  {
    metric: 'sweep_last_duration_seconds',
    sql: `select project_id, scope, ${epoch('finished_at - started_at')} as value from complete`,
  },
  {
    metric: 'quarantined',
    sql: `select s.project_id, s.scope, coalesce(c.quarantined, false)::int as value
      from scopes s left join certified c using (project_id, scope)`,
  },
  {
    metric: 'sweeps_total',
    sql: `select project_id, scope, outcome, sum(value) as value from (
        select project_id, label_1 as scope, label_2 as outcome, value from counter where counter = 'sweeps_total'
        union all select project_id, scope, 'certified', 0 from scopes
      ) s group by 1, 2, 3`,
  },
  { metric: 'sweep_rescans_total', sql: ofProject('sweep_rescans_total') },
  { metric: 'sweep_duplicates_total', sql: ofProject('sweep_duplicates_total') },
  { metric: 'sweep_pages_total', sql: ofProject('sweep_pages_total') },
  {
    metric: 'api_requests_total',
    sql: `select label_1 as operation, label_2 as code, sum(value) as value from inventory.counter
      where counter = 'api_requests_total' group by 1, 2`,
  },
  {
    metric: 'api_request_duration_seconds_count',
    sql: `select label_1 as operation, sum(value) as value from inventory.counter
      where counter = 'api_request_duration_seconds_bucket' group by 1`,
  },
  {
    metric: 'api_request_duration_seconds_sum',
    sql: `select label_1 as operation, sum(value) as value from inventory.counter
      where counter = 'api_request_duration_seconds_sum' group by 1`,
  },
  {
    metric: 'api_retries_total',
    sql: `select label_1 as reason, sum(value) as value from inventory.counter where counter = 'api_retries_total' group by 1`,
  },
  {
    metric: 'api_throttle_wait_seconds_total',
    sql: perKind('api_throttle_wait_seconds_total', 'reason', ['rate_limit', 'throttled']),
  },
  {
    metric: 'anomalies_total',
    sql: perKind('anomalies_total', 'kind', [
      'unknown_enum',
      'missing_field',
      'bad_time',
      'future_time',
      'bad_size',
      'bad_row',
    ]),
  },
  {
    metric: 'rows_written_total',
    sql: `select label_1 as "table", label_2 as action, sum(value) as value from inventory.counter
      where counter = 'rows_written_total' group by 1, 2`,
  },
  {
    metric: 'clock_skew_seconds',
    sql: `select clock_skew_seconds as value from inventory.run where clock_skew_seconds is not null
      order by run_id desc limit 1`,
  },
  {
    metric: 'credential_expiry_timestamp_seconds',
    sql: `select value from (select ${epoch('credential_expires_at')} as value from inventory.run
      where finished_at is not null order by run_id desc limit 1) newest where value is not null`,
  },
];
