-- How fresh the inventory is, per project and list.

create or replace function compliance.report_freshness(
  as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  scope text,
  state text,
  certified_at timestamptz,
  age_seconds double precision,
  limit_seconds bigint,
  run_id bigint,
  distinct_ids integer,
  reported_total integer,
  attempted_at timestamptz,
  attempt_reason text,
  attempt_error_code text,
  readings_7_days bigint,
  longest_gap_seconds double precision
)
language sql stable as $$
  select p.project_id, p.name, p.region, c.scope,
    case when n.run_id is null then 'never_certified' when n.quarantined then 'quarantined'
      when n.started_at < as_of - s.freshness_seconds * interval '1 second' then 'stale' else 'fresh' end,
    n.started_at, extract(epoch from as_of - n.started_at)::double precision, s.freshness_seconds,
    n.run_id, n.distinct_ids, n.reported_total, a.started_at, a.reason, a.error_code,
    coalesce(g.readings, 0), g.longest_seconds
  from inventory.project_as_of(as_of) p
  cross join (values ('instances'), ('instance_backups'), ('database_table_backups')) as c (scope)
  cross join compliance.setting_at(as_of) s
  left join compliance.reading_gap_at(as_of) g on g.project_id = p.project_id and g.scope = c.scope
  left join lateral (
    select w.started_at, w.run_id, w.quarantined, w.distinct_ids, w.reported_total from inventory.sweep w
    where w.project_id = p.project_id and w.scope = c.scope and w.certified and w.mode = 'full'
      and w.started_at <= as_of and w.committed_at <= as_of
    order by w.started_at desc limit 1
  ) n on true
  left join lateral (
    select w.started_at, w.reason, w.error_code from inventory.sweep w
    where w.project_id = p.project_id and w.scope = c.scope and w.mode = 'full' and w.started_at <= as_of and w.committed_at <= as_of
    order by w.started_at desc limit 1
  ) a on true
  where p.configured
$$;
comment on function compliance.report_freshness(timestamptz) is 'How fresh the inventory was at an instant, and how it was read in the seven days before.';

create or replace view compliance.report_freshness as select * from compliance.report_freshness();
comment on view compliance.report_freshness is 'How fresh the inventory was at an instant, and how it was read in the seven days before. This view: now.';
comment on column compliance.report_freshness.project_id is 'The project.';
comment on column compliance.report_freshness.project_name is 'Its name.';
comment on column compliance.report_freshness.region is 'Its region.';
comment on column compliance.report_freshness.scope is 'instances, instance_backups or database_table_backups.';
comment on column compliance.report_freshness.state is 'fresh, stale, quarantined or never_certified.';
comment on column compliance.report_freshness.certified_at is 'Begin of the newest certified reading: the list is complete as of then.';
comment on column compliance.report_freshness.age_seconds is 'From then to the instant.';
comment on column compliance.report_freshness.limit_seconds is 'The freshness limit.';
comment on column compliance.report_freshness.run_id is 'The run of that reading.';
comment on column compliance.report_freshness.distinct_ids is 'Distinct ids that it listed.';
comment on column compliance.report_freshness.reported_total is 'Total that the cloud reported.';
comment on column compliance.report_freshness.attempted_at is 'Begin of the newest reading, certified or not.';
comment on column compliance.report_freshness.attempt_reason is 'Why that one is not certified; null = it is.';
comment on column compliance.report_freshness.attempt_error_code is 'The error that ended it.';
comment on column compliance.report_freshness.readings_7_days is 'Certified readings in the seven days before.';
comment on column compliance.report_freshness.longest_gap_seconds is 'Longest time between two of them.';
