-- BK-05 Have three backups in a row failed, or one without a success within the RPO?
-- Failures that are no longer listed still count: history knows them. A row is broken by a completed backup that began later.

create or replace function compliance.failures_at(as_of timestamptz)
returns setof compliance.failures_row
language sql stable as $$
  with completed as materialized (
    select c.project_id, c.instance_id, c.last_begin_at, c.auto_last_begin_at from compliance.completed_at(as_of) c
  )
  select f.project_id, f.instance_id,
    count(*) filter (where c.in_row), min(c.failed_at) filter (where c.in_row),
    array_agg(f.backup_id order by f.begin_at desc, f.backup_id) filter (where c.in_row),
    count(*) filter (where c.auto_in_row), min(c.failed_at) filter (where c.auto_in_row),
    array_agg(f.backup_id order by f.begin_at desc, f.backup_id) filter (where c.auto_in_row)
  from inventory.backup_as_of(as_of) f
  left join completed g on g.project_id = f.project_id and g.instance_id = f.instance_id
  cross join lateral (
    select coalesce(f.end_at, f.begin_at) as failed_at,
      f.begin_at > coalesce(g.last_begin_at, '-infinity') as in_row,
      f.backup_type <> 'manual' and f.begin_at > coalesce(g.auto_last_begin_at, '-infinity') as auto_in_row
  ) c
  where f.backup_scope = 'instance' and f.status = 'FAILED' and (c.in_row or c.auto_in_row)
  group by f.project_id, f.instance_id
$$;
comment on function compliance.failures_at(timestamptz) is 'Per instance: failures since its newest completed backup, of all backups and (auto_) without the manual ones.';

create or replace function compliance.control_failed_streak_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-05', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    f.failures::double precision, 3::double precision, 'backups', coalesce(f.backup_ids, '{}'),
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join compliance.failures_at(as_of) a on a.project_id = s.project_id and a.instance_id = s.instance_id
  cross join lateral (
    select coalesce(case when s.manual_counts is false then a.auto_failures else a.failures end, 0) as failures,
      case when s.manual_counts is false then a.auto_first_failed_at else a.first_failed_at end as first_failed_at,
      case when s.manual_counts is false then a.auto_backup_ids else a.backup_ids end as backup_ids
  ) f
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.backups_doubt is not null then s.backups_doubt
      when f.failures = 0 then 'no_open_failure'
      when f.failures >= 3 then 'failures_in_a_row'
      when s.objective_id is null then 'no_objective'
      when f.first_failed_at < as_of - s.rpo_seconds * interval '1 second' then 'failure_not_recovered'
      else 'failure_recent' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-05', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_failed_streak_at(timestamptz) is 'BK-05 as of an instant: have three backups in a row failed, or one without a success within the RPO?';

create or replace view compliance.control_failed_streak as select * from compliance.control_failed_streak_at(now());
comment on view compliance.control_failed_streak is 'BK-05 now: have three backups in a row failed, or one without a success within the RPO?';
