-- Every instance alive at any moment of the period, as known at the instant: those that were deleted in it included.
-- Instances that no list ever showed but that left backups are here too, known_by = backup.

create or replace function compliance.report_population(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  known_by text,
  datastore_type text,
  datastore_version text,
  mode text,
  created_at timestamptz,
  first_seen_at timestamptz,
  gone_at timestamptz,
  born_in_period boolean,
  gone_in_period boolean,
  backup_keep_days integer,
  rpo_seconds bigint,
  retention_seconds bigint,
  minimum_copies integer,
  manual_counts boolean
)
language sql stable as $$
  select k.project_id, k.project_name, k.region, k.instance_id, k.instance_name, 'list', k.datastore_type, i.datastore_version,
    i.mode, i.created_at, i.first_seen_at, k.gone_at, coalesce(i.created_at >= p.starts_at, false), coalesce(k.gone_at < p.ends_at, false),
    k.keep_days, k.rpo_seconds, k.retention_seconds, k.minimum_copies, k.manual_counts
  from compliance.report_period(first_day, last_day, time_zone, as_of) p
  cross join compliance.known_at(as_of) k
  join inventory.instance_as_of(as_of) i on i.project_id = k.project_id and i.instance_id = k.instance_id
  where k.alive_from < p.ends_at and (k.retired_at is null or k.gone_at > p.starts_at)
  union all
  select b.project_id, j.name, j.region, b.instance_id, b.instance_name, 'backup', b.datastore_type, b.datastore_version,
    null, null, b.first_seen_at, null, false, false, null, null, null, null, null
  from (
    select u.project_id, u.instance_id, max(u.instance_name) as instance_name, max(u.datastore_type) as datastore_type,
      max(u.datastore_version) as datastore_version, min(u.first_seen_at) as first_seen_at
    from compliance.report_period(first_day, last_day, time_zone, as_of) p
    cross join inventory.backup_as_of(as_of) u
    where u.begin_at < p.ends_at and coalesce(u.retired_at, 'infinity') > p.starts_at
      and not exists (
        select from inventory.instance_as_of(as_of) l where l.project_id = u.project_id and l.instance_id = u.instance_id
      )
    group by u.project_id, u.instance_id
  ) b
  left join inventory.project_as_of(as_of) j on j.project_id = b.project_id
$$;
comment on function compliance.report_population(date, date, text, timestamptz) is 'Every instance that was alive at any moment of the period.';

create or replace view compliance.report_population as select * from compliance.report_population();
comment on view compliance.report_population is 'Every instance that was alive at any moment of the period. This view: the last 30 days, in UTC.';
comment on column compliance.report_population.project_id is 'The project.';
comment on column compliance.report_population.project_name is 'Its name.';
comment on column compliance.report_population.region is 'Its region.';
comment on column compliance.report_population.instance_id is 'The instance.';
comment on column compliance.report_population.instance_name is 'Its name.';
comment on column compliance.report_population.known_by is 'list = listed as an instance; backup = only its backups were ever listed.';
comment on column compliance.report_population.datastore_type is 'Database engine.';
comment on column compliance.report_population.datastore_version is 'Its version.';
comment on column compliance.report_population.mode is 'Deployment mode.';
comment on column compliance.report_population.created_at is 'When it was created; null = not said.';
comment on column compliance.report_population.first_seen_at is 'When a sweep first listed it.';
comment on column compliance.report_population.gone_at is 'When a certified reading first missed it; null = it is alive.';
comment on column compliance.report_population.born_in_period is 'It was created in the period.';
comment on column compliance.report_population.gone_in_period is 'It went in the period.';
comment on column compliance.report_population.backup_keep_days is 'Days of the policy; 0 = off.';
comment on column compliance.report_population.rpo_seconds is 'Required RPO; null = no objective matches.';
comment on column compliance.report_population.retention_seconds is 'Required retention.';
comment on column compliance.report_population.minimum_copies is 'Required copies.';
comment on column compliance.report_population.manual_counts is 'Manual backups count.';
