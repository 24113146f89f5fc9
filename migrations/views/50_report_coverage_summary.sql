-- The calendar added up per instance.

create or replace function compliance.report_coverage_summary(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  datastore_type text,
  verdict text,
  required_days bigint,
  good_days bigint,
  missed_days bigint,
  unknown_days bigint,
  exempt_days bigint,
  coverage_percent double precision,
  longest_missed_run bigint,
  reconstructed_days bigint,
  missed_on date[],
  unknown_on date[]
)
language sql stable as $$
  with cell as materialized (
    select c.*, c.required and c.proved and c.state in ('none', 'failed_only') as missed
    from compliance.report_period(first_day, last_day, time_zone, as_of) p
    cross join lateral compliance.coverage_at(p.first_day, p.last_day, time_zone, as_of) c
  ), missed_run as (
    select r.project_id, r.instance_id, max(r.days) as longest
    from (
      select m.project_id, m.instance_id, count(*) as days
      from (
        -- Days in a row share the difference between the day and its place.
        select c.project_id, c.instance_id,
          c.day - row_number() over (partition by c.project_id, c.instance_id order by c.day)::integer as island
        from cell c where c.missed
      ) m
      group by m.project_id, m.instance_id, m.island
    ) r
    group by r.project_id, r.instance_id
  )
  select s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, s.datastore_type,
    case when s.missed_days > 0 then 'NON_COMPLIANT' when s.unknown_days > 0 then 'UNKNOWN'
      when s.required_days = 0 then 'NOT_APPLICABLE' else 'COMPLIANT' end,
    s.required_days, s.good_days, s.missed_days, s.unknown_days, s.exempt_days,
    (floor(10000.0 * s.good_days / nullif(s.required_days, 0)) / 100)::double precision,
    coalesce(r.longest, 0), s.reconstructed_days, coalesce(s.missed_on, '{}'), coalesce(s.unknown_on, '{}')
  from (
    select c.project_id, c.project_name, c.region, c.instance_id, c.instance_name, c.datastore_type,
      count(*) filter (where c.required) as required_days,
      count(*) filter (where c.required and c.state = 'good') as good_days,
      count(*) filter (where c.missed) as missed_days,
      count(*) filter (where c.required and c.state <> 'good' and not c.missed) as unknown_days,
      count(*) filter (where c.state = 'exempt') as exempt_days,
      count(*) filter (where c.state = 'good' and c.strength = 'reconstructed') as reconstructed_days,
      array_agg(c.day order by c.day) filter (where c.missed) as missed_on,
      array_agg(c.day order by c.day) filter (where c.required and c.state <> 'good' and not c.missed) as unknown_on
    from cell c
    group by c.project_id, c.project_name, c.region, c.instance_id, c.instance_name, c.datastore_type
  ) s
  left join missed_run r on r.project_id = s.project_id and r.instance_id = s.instance_id
$$;
comment on function compliance.report_coverage_summary(date, date, text, timestamptz) is 'On how many of the required days each instance was backed up, and which days were missed.';

create or replace view compliance.report_coverage_summary as select * from compliance.report_coverage_summary();
comment on view compliance.report_coverage_summary is 'On how many of the required days each instance was backed up, and which days were missed. This view: the last 30 days, in UTC.';
comment on column compliance.report_coverage_summary.project_id is 'The project.';
comment on column compliance.report_coverage_summary.project_name is 'Its name.';
comment on column compliance.report_coverage_summary.region is 'Its region.';
comment on column compliance.report_coverage_summary.instance_id is 'The instance.';
comment on column compliance.report_coverage_summary.instance_name is 'Its name.';
comment on column compliance.report_coverage_summary.datastore_type is 'Database engine.';
comment on column compliance.report_coverage_summary.verdict is 'NON_COMPLIANT = a day was missed; UNKNOWN = a day is not proved; NOT_APPLICABLE = no day is required; else COMPLIANT.';
comment on column compliance.report_coverage_summary.required_days is 'Days on which a good backup was required: the denominator.';
comment on column compliance.report_coverage_summary.good_days is 'Of these: days with a good backup.';
comment on column compliance.report_coverage_summary.missed_days is 'Of these: days proved to be without.';
comment on column compliance.report_coverage_summary.unknown_days is 'Of these: days of which that is not known.';
comment on column compliance.report_coverage_summary.exempt_days is 'Days without a good backup that an exemption covers.';
comment on column compliance.report_coverage_summary.coverage_percent is '100 × good / required, rounded down to two digits; null = no day is required.';
comment on column compliance.report_coverage_summary.longest_missed_run is 'Missed days in a row, at most.';
comment on column compliance.report_coverage_summary.reconstructed_days is 'Good days that are known from later readings only.';
comment on column compliance.report_coverage_summary.missed_on is 'The missed days.';
comment on column compliance.report_coverage_summary.unknown_on is 'The days that are not known.';
