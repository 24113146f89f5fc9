-- BK-04 Are backups really kept that long? The oldest completed backup must have begun at least retention − RPO ago:
-- the one before it may just have expired, and a gap of one RPO between two backups is allowed.
-- An instance younger than the retention is not judged.

create or replace function compliance.control_retention_achieved_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-04', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    extract(epoch from as_of - c.oldest_at)::double precision, c.depth_seconds::double precision, 'seconds', '{}'::text[],
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join compliance.completed_at(as_of) a on a.project_id = s.project_id and a.instance_id = s.instance_id
  cross join lateral (
    select case when s.manual_counts is false then a.auto_oldest_at else a.oldest_at end as oldest_at,
      case when s.manual_counts is false then a.auto_oldest_listed_at else a.oldest_listed_at end as oldest_listed_at,
      greatest(s.retention_seconds - s.rpo_seconds, 0) as depth_seconds
  ) c
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.retention_seconds = 0 then 'no_retention_required'
      when s.backups_doubt is not null then s.backups_doubt
      when s.objective_id is null then 'no_objective'
      when s.age_seconds < s.retention_seconds then 'too_young'
      when c.oldest_listed_at <= as_of - c.depth_seconds * interval '1 second' then 'kept_long_enough'
      when c.oldest_at <= as_of - c.depth_seconds * interval '1 second' then 'listing_in_doubt'
      when c.oldest_at is not null then 'not_kept_long_enough'
      else 'no_completed_backup' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-04', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_retention_achieved_at(timestamptz) is 'BK-04 as of an instant: are backups really kept as long as required?';

create or replace view compliance.control_retention_achieved as select * from compliance.control_retention_achieved_at(now());
comment on view compliance.control_retention_achieved is 'BK-04 now: are backups really kept as long as required?';
