-- All controls in one relation. A new control is one file beside this one, one row of compliance.control, one line here.

create or replace function compliance.finding_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select * from compliance.control_last_good_backup_at(as_of)
  union all select * from compliance.control_policy_enabled_at(as_of)
  union all select * from compliance.control_policy_objective_at(as_of)
  union all select * from compliance.control_retention_achieved_at(as_of)
  union all select * from compliance.control_failed_streak_at(as_of)
  union all select * from compliance.control_stuck_building_at(as_of)
  union all select * from compliance.control_unprotected_at(as_of)
  union all select * from compliance.control_size_anomaly_at(as_of)
  union all select * from compliance.control_early_retirement_at(as_of)
  union all select * from compliance.control_daily_coverage_at(as_of)
  union all select * from compliance.control_minimum_copies_at(as_of)
  union all select * from compliance.control_orphan_backup_at(as_of)
  union all select * from compliance.control_monitoring_operated_at(as_of)
$$;
comment on function compliance.finding_at(timestamptz) is 'What every control says of every instance, as of an instant.';

create or replace view compliance.finding as select * from compliance.finding_at(now());
comment on view compliance.finding is 'What every control says of every instance now.';

-- The columns are the same in all of these, and so are their comments.
do $$
declare
  relation text;
  pair record;
begin
  for relation in
    select format('%I.%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'compliance' and c.relkind = 'v' and (c.relname = 'finding' or c.relname like 'control\_%')
  loop
    for pair in
      select * from (values
        ('control_id', 'The control, BK-01 to BK-13.'),
        ('control_version', 'Version of its rule.'),
        ('project_id', 'The project.'),
        ('project_name', 'Its name.'),
        ('region', 'Its region.'),
        ('instance_id', 'The instance; null where BK-13 speaks of a project without live instances.'),
        ('instance_name', 'Its name.'),
        ('verdict', 'COMPLIANT, NON_COMPLIANT, UNKNOWN, EXEMPT or NOT_APPLICABLE.'),
        ('reason_code', 'Why; see compliance.reason.'),
        ('measured_value', 'What was measured, in the unit; null = nothing.'),
        ('threshold_value', 'What it is compared with, in the unit; null = nothing.'),
        ('unit', 'seconds, bytes, backups or days.'),
        ('evidence_backup_ids', 'The backups that the verdict rests on.'),
        ('evaluated_at', 'The instant that is judged.'),
        ('data_as_of', 'Begin of the newest certified reading that the verdict rests on; null = there is none.'),
        ('basis_run_id', 'The run of that reading.')
      ) as c (name, text)
    loop
      execute format('comment on column %s.%I is %L', relation, pair.name, pair.text);
    end loop;
  end loop;
end $$;
