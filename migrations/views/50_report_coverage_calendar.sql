-- Instance × day. The rules are those of compliance.coverage_at().

create or replace function compliance.report_coverage_calendar(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  datastore_type text,
  day date,
  state text,
  strength text,
  required boolean,
  proved boolean,
  day_over boolean,
  good_backups bigint,
  failed_backups bigint,
  unfinished_backups bigint,
  backup_ids text[]
)
language sql stable as $$
  select c.project_id, c.project_name, c.region, c.instance_id, c.instance_name, c.datastore_type, c.day,
    c.state, c.strength, c.required, c.proved, c.day_over, c.good, c.failed, c.unfinished, c.backup_ids
  from compliance.report_period(first_day, last_day, time_zone, as_of) p
  cross join lateral compliance.coverage_at(p.first_day, p.last_day, time_zone, as_of) c
$$;
comment on function compliance.report_coverage_calendar(date, date, text, timestamptz) is 'Was every instance backed up on every day, and how is that known.';

create or replace view compliance.report_coverage_calendar as select * from compliance.report_coverage_calendar();
comment on view compliance.report_coverage_calendar is 'Was every instance backed up on every day, and how is that known. This view: the last 30 days, in UTC.';
comment on column compliance.report_coverage_calendar.project_id is 'The project.';
comment on column compliance.report_coverage_calendar.project_name is 'Its name.';
comment on column compliance.report_coverage_calendar.region is 'Its region.';
comment on column compliance.report_coverage_calendar.instance_id is 'The instance.';
comment on column compliance.report_coverage_calendar.instance_name is 'Its name.';
comment on column compliance.report_coverage_calendar.datastore_type is 'Database engine.';
comment on column compliance.report_coverage_calendar.day is 'The day, in the zone of the report.';
comment on column compliance.report_coverage_calendar.state is 'good, failed_only, in_progress, none, not_observed, exempt or not_alive.';
comment on column compliance.report_coverage_calendar.strength is 'observed = the list was read on that day; reconstructed = known from later readings only; null = nothing is known.';
comment on column compliance.report_coverage_calendar.required is 'A good backup was required: alive all day, the day is over, not exempt.';
comment on column compliance.report_coverage_calendar.proved is 'Readings prove that nothing else was there.';
comment on column compliance.report_coverage_calendar.day_over is 'The day had ended at the instant of the report.';
comment on column compliance.report_coverage_calendar.good_backups is 'Completed backups that began on that day and count.';
comment on column compliance.report_coverage_calendar.failed_backups is 'Failed ones.';
comment on column compliance.report_coverage_calendar.unfinished_backups is 'Unfinished ones.';
comment on column compliance.report_coverage_calendar.backup_ids is 'All backups of the instance that began on that day, in order.';
