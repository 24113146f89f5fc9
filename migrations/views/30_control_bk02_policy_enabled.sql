-- BK-02 Is the automated backup policy on? Read from the list of instances.

create or replace function compliance.control_policy_enabled_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-02', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    s.keep_days * 86400.0, null::double precision, 'seconds', '{}'::text[], as_of, s.instances_as_of, s.instances_run_id
  from compliance.subject_at(as_of) s
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.instances_doubt is not null then s.instances_doubt
      when s.keep_days is null then 'policy_not_known'
      when s.keep_days = 0 then 'policy_off'
      else 'policy_on' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-02', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_policy_enabled_at(timestamptz) is 'BK-02 as of an instant: is the automated backup policy on?';

create or replace view compliance.control_policy_enabled as select * from compliance.control_policy_enabled_at(now());
comment on view compliance.control_policy_enabled is 'BK-02 now: is the automated backup policy on?';
