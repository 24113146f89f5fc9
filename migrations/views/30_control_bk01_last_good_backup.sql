-- BK-01 Is the newest completed backup within the RPO? Its end decides the age, at exactly the RPO it still holds.
-- A backup that is gone is no recovery point. Only backups of the whole instance count.

create or replace function compliance.control_last_good_backup_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-01', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    coalesce(extract(epoch from as_of - c.recovery_at), s.age_seconds)::double precision, s.rpo_seconds::double precision, 'seconds',
    case when c.recovery_at is not null then array[substr(c.recovery_key, 11)] else '{}' end,
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join compliance.completed_at(as_of) a on a.project_id = s.project_id and a.instance_id = s.instance_id
  cross join lateral (
    select case when s.manual_counts is false then a.auto_recovery_at else a.recovery_at end as recovery_at,
      case when s.manual_counts is false then a.auto_recovery_listed_at else a.recovery_listed_at end as recovery_listed_at,
      case when s.manual_counts is false then a.auto_recovery_key else a.recovery_key end as recovery_key
  ) c
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.backups_doubt is not null then s.backups_doubt
      when s.objective_id is null then 'no_objective'
      when c.recovery_at > as_of + interval '15 minutes' then 'clock_off'
      when c.recovery_listed_at >= as_of - s.rpo_seconds * interval '1 second' then 'within_rpo'
      when c.recovery_at >= as_of - s.rpo_seconds * interval '1 second' then 'listing_in_doubt'
      when c.recovery_at is not null then 'rpo_exceeded'
      when s.age_seconds <= s.rpo_seconds then 'first_backup_due'
      else 'no_completed_backup' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-01', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_last_good_backup_at(timestamptz) is 'BK-01 as of an instant: is the newest completed backup within the RPO?';

create or replace view compliance.control_last_good_backup as select * from compliance.control_last_good_backup_at(now());
comment on view compliance.control_last_good_backup is 'BK-01 now: is the newest completed backup within the RPO?';
