-- Every backup that was declared gone in the period, by the instant of that. A backup that came back later is here with both.
-- Rules are those in force when it was first missed.

create or replace function compliance.report_retired(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  backup_id text,
  backup_scope text,
  backup_type text,
  status text,
  begin_at timestamptz,
  size_bytes bigint,
  last_seen_at timestamptz,
  first_missing_at timestamptz,
  retired_at timestamptz,
  retired_reason text,
  expected_until timestamptz,
  required_until timestamptz,
  retention_met text,
  revived_at timestamptz
)
language sql stable as $$
  with change as materialized (
    select c.ruled_at from compliance.rule_changes(as_of) c
  ), gone as materialized (
    -- The last state of each retirement: a gone backup whose row is touched again stays one retirement.
    select distinct on (h.project_id, h.backup_id, h.backup_scope, h.retired_at)
      h.project_id, h.backup_id, h.backup_scope, h.instance_id, h.instance_name, h.datastore_type, h.backup_type, h.status,
      h.begin_at, h.size_bytes, h.first_seen_at, coalesce(h.missing_since, h.retired_at) as first_missing_at,
      h.retired_at, h.retired_reason, case when h.recorded_to <= as_of then h.recorded_to end as revived_at,
      coalesce(h.instance_id, '') as instance_key,
      coalesce((select max(c.ruled_at) from change c where c.ruled_at <= coalesce(h.missing_since, h.retired_at)), '-infinity') as ruled_at
    from compliance.report_period(first_day, last_day, time_zone, as_of) p
    join inventory.backup_history h on h.retired_at >= p.starts_at and h.retired_at < p.ends_at
    where h.recorded_from <= as_of and h.retired_at <= as_of
    order by h.project_id, h.backup_id, h.backup_scope, h.retired_at, h.recorded_from desc
  ), rule as materialized (
    select m.project_id, m.instance_key, m.ruled_at, o.retention_seconds, t.freshness_seconds
    from (
      select g.project_id, g.instance_key, g.ruled_at, max(coalesce(i.name, g.instance_name)) as instance_name,
        max(coalesce(i.datastore_type, g.datastore_type)) as datastore_type
      from gone g
      left join inventory.instance_as_of(as_of) i on i.project_id = g.project_id and i.instance_id = g.instance_id
      group by g.project_id, g.instance_key, g.ruled_at
    ) m
    join inventory.project_as_of(as_of) j on j.project_id = m.project_id
    cross join lateral compliance.setting_at(m.ruled_at) t
    left join lateral compliance.objective_at(m.ruled_at, m.project_id, j.name, m.instance_name, m.datastore_type) o on true
  )
  select g.project_id, j.name, j.region, g.instance_id, coalesce(i.name, g.instance_name), g.backup_id, g.backup_scope,
    g.backup_type, g.status, g.begin_at, g.size_bytes, k.last_seen_at, g.first_missing_at, g.retired_at, g.retired_reason,
    case when g.backup_type <> 'manual' and h.backup_keep_days > 0 then g.begin_at + h.backup_keep_days * interval '24 hours' end,
    u.required_until,
    case
      when u.required_until is null or g.status <> 'COMPLETED' or g.backup_scope <> 'instance' then 'not_required'
      when g.first_missing_at < u.required_until then 'no'
      when k.last_seen_at >= u.required_until
        or g.first_missing_at - k.last_seen_at <= r.freshness_seconds * interval '1 second' then 'yes'
      else 'unknown' end,
    g.revived_at
  from gone g
  -- An aggregate: one row each, asked once for all that were missed first by the same reading.
  left join lateral (
    select max(w.started_at) as last_read_at from inventory.sweep w
    where w.project_id = g.project_id and w.certified and w.mode = 'full'
      and w.scope = case g.backup_scope when 'instance' then 'instance_backups' else 'database_table_backups' end
      and w.started_at < g.first_missing_at and w.committed_at < g.first_missing_at
  ) s on true
  cross join lateral (select greatest(s.last_read_at, g.first_seen_at) as last_seen_at) k
  left join rule r on r.project_id = g.project_id and r.instance_key = g.instance_key and r.ruled_at = g.ruled_at
  cross join lateral (
    select case when r.retention_seconds > 0 then g.begin_at + r.retention_seconds * interval '1 second' end as required_until
  ) u
  left join inventory.project_as_of(as_of) j on j.project_id = g.project_id
  left join inventory.instance_as_of(as_of) i on i.project_id = g.project_id and i.instance_id = g.instance_id
  left join inventory.instance_history h on h.project_id = g.project_id and h.instance_id = g.instance_id
    and h.recorded_from <= g.first_missing_at and (h.recorded_to is null or h.recorded_to > g.first_missing_at)
$$;
comment on function compliance.report_retired(date, date, text, timestamptz) is 'Every backup that vanished in the period: when, why, and whether it had been kept as long as required.';

create or replace view compliance.report_retired as select * from compliance.report_retired();
comment on view compliance.report_retired is 'Every backup that vanished in the period: when, why, and whether it had been kept as long as required. This view: the last 30 days, in UTC.';
comment on column compliance.report_retired.project_id is 'The project.';
comment on column compliance.report_retired.project_name is 'Its name.';
comment on column compliance.report_retired.region is 'Its region.';
comment on column compliance.report_retired.instance_id is 'The instance.';
comment on column compliance.report_retired.instance_name is 'Its name.';
comment on column compliance.report_retired.backup_id is 'The backup.';
comment on column compliance.report_retired.backup_scope is 'instance or database_table.';
comment on column compliance.report_retired.backup_type is 'auto, manual, or verbatim.';
comment on column compliance.report_retired.status is 'Its last status.';
comment on column compliance.report_retired.begin_at is 'When it began.';
comment on column compliance.report_retired.size_bytes is 'Size in bytes.';
comment on column compliance.report_retired.last_seen_at is 'Begin of the last certified reading that listed it.';
comment on column compliance.report_retired.first_missing_at is 'When a certified reading first missed it.';
comment on column compliance.report_retired.retired_at is 'When it was declared gone.';
comment on column compliance.report_retired.retired_reason is 'expired, instance_deleted, policy_disabled, early or unknown.';
comment on column compliance.report_retired.expected_until is 'Begin + keep_days of the policy then; null = a manual backup, no policy or not known.';
comment on column compliance.report_retired.required_until is 'Begin + required retention; null = none is required.';
comment on column compliance.report_retired.retention_met is 'yes, no, unknown (it ended in a blind gap), or not_required (also for failed backups).';
comment on column compliance.report_retired.revived_at is 'When the cloud listed it again; null = it did not.';
