-- BK-03 Does the policy keep backups as long as the objective requires? Exactly as long is enough.

create or replace function compliance.control_policy_objective_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-03', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    s.keep_days * 86400.0, s.retention_seconds::double precision, 'seconds', '{}'::text[],
    as_of, s.instances_as_of, s.instances_run_id
  from compliance.subject_at(as_of) s
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.retention_seconds = 0 then 'no_retention_required'
      when s.instances_doubt is not null then s.instances_doubt
      when s.objective_id is null then 'no_objective'
      when s.keep_days is null then 'policy_not_known'
      when s.keep_days = 0 then 'policy_off'
      when s.keep_days * 86400.0 < s.retention_seconds then 'policy_too_short'
      else 'policy_sufficient' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-03', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_policy_objective_at(timestamptz) is 'BK-03 as of an instant: does the policy keep backups as long as required?';

create or replace view compliance.control_policy_objective as select * from compliance.control_policy_objective_at(now());
comment on view compliance.control_policy_objective is 'BK-03 now: does the policy keep backups as long as required?';
