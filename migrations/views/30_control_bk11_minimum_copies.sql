-- BK-11 Are there at least as many restorable copies as required? An instance that has not lived through that many RPOs
-- and has fewer is not judged.

create or replace function compliance.control_minimum_copies_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-11', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    c.copies::double precision, s.minimum_copies::double precision, 'backups', '{}'::text[],
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join compliance.completed_at(as_of) a on a.project_id = s.project_id and a.instance_id = s.instance_id
  cross join lateral (
    select coalesce(case when s.manual_counts is false then a.auto_copies else a.copies end, 0) as copies,
      coalesce(case when s.manual_counts is false then a.auto_copies_listed else a.copies_listed end, 0) as copies_listed
  ) c
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.minimum_copies = 0 then 'no_copies_required'
      when s.backups_doubt is not null then s.backups_doubt
      when s.objective_id is null then 'no_objective'
      when c.copies_listed >= s.minimum_copies then 'enough_copies'
      when c.copies >= s.minimum_copies then 'listing_in_doubt'
      when s.age_seconds <= s.minimum_copies * s.rpo_seconds then 'too_young'
      else 'too_few_copies' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-11', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_minimum_copies_at(timestamptz) is 'BK-11 as of an instant: are there at least as many restorable copies as required?';

create or replace view compliance.control_minimum_copies as select * from compliance.control_minimum_copies_at(now());
comment on view compliance.control_minimum_copies is 'BK-11 now: are there at least as many restorable copies as required?';
