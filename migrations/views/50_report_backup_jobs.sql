-- Every backup that began in the period, as known at the instant, whether or not the cloud still lists it.

create or replace function compliance.report_backup_jobs(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  backup_id text,
  backup_name text,
  backup_scope text,
  backup_type text,
  status text,
  day date,
  begin_at timestamptz,
  end_at timestamptz,
  duration_seconds double precision,
  size_bytes bigint,
  first_seen_at timestamptz,
  first_seen_run_id bigint,
  listed boolean,
  retired_at timestamptz,
  retired_reason text
)
language sql stable as $$
  select b.project_id, j.name, j.region, b.instance_id, b.instance_name, b.backup_id, b.name, b.backup_scope, b.backup_type,
    b.status, (b.begin_at at time zone time_zone)::date, b.begin_at, b.end_at,
    extract(epoch from b.end_at - b.begin_at)::double precision, b.size_bytes, b.first_seen_at, b.first_seen_run_id,
    b.missing_since is null and b.retired_at is null, b.retired_at, b.retired_reason
  from compliance.report_period(first_day, last_day, time_zone, as_of) p
  join inventory.backup_as_of(as_of) b on b.begin_at >= p.starts_at and b.begin_at < p.ends_at
  left join inventory.project_as_of(as_of) j on j.project_id = b.project_id
$$;
comment on function compliance.report_backup_jobs(date, date, text, timestamptz) is 'Every backup that began in the period.';

create or replace view compliance.report_backup_jobs as select * from compliance.report_backup_jobs();
comment on view compliance.report_backup_jobs is 'Every backup that began in the period. This view: the last 30 days, in UTC.';
comment on column compliance.report_backup_jobs.project_id is 'The project.';
comment on column compliance.report_backup_jobs.project_name is 'Its name.';
comment on column compliance.report_backup_jobs.region is 'Its region.';
comment on column compliance.report_backup_jobs.instance_id is 'The instance.';
comment on column compliance.report_backup_jobs.instance_name is 'Its name.';
comment on column compliance.report_backup_jobs.backup_id is 'The backup.';
comment on column compliance.report_backup_jobs.backup_name is 'Its name.';
comment on column compliance.report_backup_jobs.backup_scope is 'instance or database_table.';
comment on column compliance.report_backup_jobs.backup_type is 'auto, manual, or verbatim.';
comment on column compliance.report_backup_jobs.status is 'BUILDING, COMPLETED, FAILED, or verbatim.';
comment on column compliance.report_backup_jobs.day is 'The day of its begin, in the zone of the report.';
comment on column compliance.report_backup_jobs.begin_at is 'When it began.';
comment on column compliance.report_backup_jobs.end_at is 'When it ended; null = not known.';
comment on column compliance.report_backup_jobs.duration_seconds is 'End minus begin.';
comment on column compliance.report_backup_jobs.size_bytes is 'Size in bytes.';
comment on column compliance.report_backup_jobs.first_seen_at is 'When a sweep first listed it.';
comment on column compliance.report_backup_jobs.first_seen_run_id is 'The run of that sweep.';
comment on column compliance.report_backup_jobs.listed is 'The cloud still listed it.';
comment on column compliance.report_backup_jobs.retired_at is 'When it was declared gone.';
comment on column compliance.report_backup_jobs.retired_reason is 'Why it is gone.';
