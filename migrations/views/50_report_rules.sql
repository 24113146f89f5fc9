-- The rules in force at an instant: what is required, what is exempt, who says so.

create or replace function compliance.report_rules(
  as_of timestamptz default now()
) returns table (
  kind text,
  rule_position integer,
  match_project text,
  match_instance text,
  match_datastore text,
  instances bigint,
  rpo_seconds bigint,
  retention_seconds bigint,
  minimum_copies integer,
  manual_counts boolean,
  control text,
  owner text,
  reason text,
  expires_at timestamptz,
  expired boolean,
  valid_from timestamptz,
  config_digest text,
  set_by text
)
language sql stable as $$
  select 'objective', o.position, o.match_project, o.match_instance, o.match_datastore, coalesce(n.instances, 0),
    o.rpo_seconds, o.retention_seconds, o.minimum_copies, o.manual_counts,
    null::text, null::text, null::text, null::timestamptz, null::boolean, o.valid_from, o.config_digest, o.set_by
  from compliance.objective_history o
  left join (
    select s.objective_id, count(*) as instances from compliance.subject_at(as_of) s group by s.objective_id
  ) n on n.objective_id = o.objective_id
  where o.valid_from <= as_of and (o.valid_to is null or o.valid_to > as_of)
  union all
  select 'exemption', e.position, e.match_project, e.match_instance, e.match_datastore, (
      select count(*) from compliance.subject_at(as_of) s
      where (compliance.glob_matches(e.match_project, s.project_name) or compliance.glob_matches(e.match_project, s.project_id))
        and compliance.glob_matches(e.match_instance, s.instance_name)
        and compliance.glob_matches(e.match_datastore, s.datastore_type)
    ),
    null, null, null, null, e.control, e.owner, e.reason, e.expires_at, e.expires_at <= as_of, e.valid_from, e.config_digest, e.set_by
  from compliance.exemption_history e
  where e.valid_from <= as_of and (e.valid_to is null or e.valid_to > as_of)
$$;
comment on function compliance.report_rules(timestamptz) is 'The objectives and exemptions in force at an instant, and who set them.';

create or replace view compliance.report_rules as select * from compliance.report_rules();
comment on view compliance.report_rules is 'The objectives and exemptions in force at an instant, and who set them. This view: now.';
comment on column compliance.report_rules.kind is 'objective or exemption.';
comment on column compliance.report_rules.rule_position is 'Place in the configuration, from 1.';
comment on column compliance.report_rules.match_project is 'Glob over project names and ids; null = every one.';
comment on column compliance.report_rules.match_instance is 'Glob over instance names.';
comment on column compliance.report_rules.match_datastore is 'Glob over database engines.';
comment on column compliance.report_rules.instances is 'Live instances that the objective governs, or that the exemption matches.';
comment on column compliance.report_rules.rpo_seconds is 'Required RPO.';
comment on column compliance.report_rules.retention_seconds is 'Required retention.';
comment on column compliance.report_rules.minimum_copies is 'Required copies.';
comment on column compliance.report_rules.manual_counts is 'Manual backups count.';
comment on column compliance.report_rules.control is 'The exempt control.';
comment on column compliance.report_rules.owner is 'Who answers for the exemption.';
comment on column compliance.report_rules.reason is 'Why it was granted.';
comment on column compliance.report_rules.expires_at is 'When it is over.';
comment on column compliance.report_rules.expired is 'It was over at the instant.';
comment on column compliance.report_rules.valid_from is 'When the rule came into force.';
comment on column compliance.report_rules.config_digest is 'SHA-256 of the configuration that set it.';
comment on column compliance.report_rules.set_by is 'Who ran the program.';
