-- Verdicts counted per control: in all, and per project. What is unknown is never counted as compliant.

create or replace function compliance.report_control_compliance(
  as_of timestamptz default now()
) returns table (
  control_id text,
  control_title text,
  question text,
  project_id text,
  project_name text,
  compliant bigint,
  non_compliant bigint,
  unknown bigint,
  applicable bigint,
  exempt bigint,
  not_applicable bigint,
  compliant_percent double precision
)
language sql stable as $$
  select c.control_id, c.title, c.question, g.project_id, g.project_name,
    coalesce(g.compliant, 0), coalesce(g.non_compliant, 0), coalesce(g.unknown, 0),
    coalesce(g.applicable, 0), coalesce(g.exempt, 0), coalesce(g.not_applicable, 0),
    -- Rounded down: 99.999 % is not all of them.
    (floor(10000.0 * g.compliant / nullif(g.applicable, 0)) / 100)::double precision
  from compliance.control c
  left join (
    select f.control_id, f.project_id, case when grouping(f.project_id) = 0 then max(f.project_name) end as project_name,
      count(*) filter (where f.verdict = 'COMPLIANT') as compliant,
      count(*) filter (where f.verdict = 'NON_COMPLIANT') as non_compliant,
      count(*) filter (where f.verdict = 'UNKNOWN') as unknown,
      count(*) filter (where f.verdict in ('COMPLIANT', 'NON_COMPLIANT', 'UNKNOWN')) as applicable,
      count(*) filter (where f.verdict = 'EXEMPT') as exempt,
      count(*) filter (where f.verdict = 'NOT_APPLICABLE') as not_applicable
    from compliance.finding_at(as_of) f
    group by grouping sets ((f.control_id), (f.control_id, f.project_id))
  ) g on g.control_id = c.control_id
$$;
comment on function compliance.report_control_compliance(timestamptz) is 'How many instances each control finds compliant, with numerator, denominator and unknowns.';

create or replace view compliance.report_control_compliance as select * from compliance.report_control_compliance();
comment on view compliance.report_control_compliance is 'How many instances each control finds compliant, with numerator, denominator and unknowns. This view: now.';
comment on column compliance.report_control_compliance.control_id is 'The control.';
comment on column compliance.report_control_compliance.control_title is 'Its short name.';
comment on column compliance.report_control_compliance.question is 'What it asks.';
comment on column compliance.report_control_compliance.project_id is 'The project; null = all of them.';
comment on column compliance.report_control_compliance.project_name is 'Its name.';
comment on column compliance.report_control_compliance.compliant is 'COMPLIANT: the numerator.';
comment on column compliance.report_control_compliance.non_compliant is 'NON_COMPLIANT.';
comment on column compliance.report_control_compliance.unknown is 'UNKNOWN.';
comment on column compliance.report_control_compliance.applicable is 'COMPLIANT + NON_COMPLIANT + UNKNOWN: the denominator.';
comment on column compliance.report_control_compliance.exempt is 'EXEMPT.';
comment on column compliance.report_control_compliance.not_applicable is 'NOT_APPLICABLE.';
comment on column compliance.report_control_compliance.compliant_percent is '100 × compliant / applicable, rounded down to two digits; null = nothing applies.';
