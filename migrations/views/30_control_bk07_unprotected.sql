-- BK-07 Has a live instance no completed backup 26 hours after its creation? Any completed backup of the whole
-- instance protects it, whatever the objective says of manual ones. Needs both lists: instances and their backups.

create or replace function compliance.control_unprotected_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-07', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    case when r.reason in ('protected', 'listing_in_doubt') then coalesce(c.copies, 0) else s.age_seconds end::double precision,
    case when r.reason in ('protected', 'listing_in_doubt') then 1 else 93600 end::double precision,
    case when r.reason in ('protected', 'listing_in_doubt') then 'backups' else 'seconds' end,
    case when c.copies > 0 then array[substr(c.recovery_key, 11)] else '{}' end,
    as_of, least(s.instances_as_of, s.backups_as_of), least(s.instances_run_id, s.backups_run_id)
  from compliance.subject_at(as_of) s
  left join compliance.completed_at(as_of) c on c.project_id = s.project_id and c.instance_id = s.instance_id
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.backups_doubt is not null then s.backups_doubt
      when s.instances_doubt is not null then s.instances_doubt
      when c.copies_listed > 0 then 'protected'
      when c.copies > 0 then 'listing_in_doubt'
      when s.age_seconds <= 93600 then 'in_grace'
      else 'unprotected' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-07', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_unprotected_at(timestamptz) is 'BK-07 as of an instant: has the instance no completed backup 26 hours after its creation?';

create or replace view compliance.control_unprotected as select * from compliance.control_unprotected_at(now());
comment on view compliance.control_unprotected is 'BK-07 now: has the instance no completed backup 26 hours after its creation?';
