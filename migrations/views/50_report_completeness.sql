-- The certificates of the period added up: is the population of a report about it complete?

create or replace function compliance.report_completeness(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  scope text,
  complete text,
  readings bigint,
  certified bigint,
  incomplete bigint,
  quarantined bigint,
  incomplete_reasons text,
  first_certified_at timestamptz,
  last_certified_at timestamptz,
  longest_gap_seconds double precision,
  closed_at timestamptz,
  requests bigint,
  anomalies bigint,
  basis_run_id bigint,
  basis_distinct_ids integer,
  basis_reported_total integer,
  basis_ids_digest text
)
language sql stable as $$
  with reading as materialized (
    select w.project_id, w.scope, w.certified and not w.quarantined as good, w.certified, w.quarantined, w.reason, w.started_at,
      w.requests, w.anomalies, w.run_id, w.distinct_ids, w.reported_total, w.ids_digest
    from compliance.report_period(first_day, last_day, time_zone, as_of) p
    join inventory.sweep w on w.started_at >= p.starts_at and w.started_at < p.ends_at
    where w.mode = 'full' and w.committed_at <= as_of
  )
  select j.project_id, j.name, j.region, c.scope,
    case
      when e.closing_at is null or (e.closing_at = a.last_at and a.last_at < least(p.ends_at, as_of) - s.freshness_seconds * interval '1 second')
        then 'no'
      when e.gap_seconds > greatest(s.freshness_seconds, 86400) then 'reconstructed'
      else 'yes' end,
    coalesce(a.readings, 0), coalesce(a.certified, 0), coalesce(a.incomplete, 0), coalesce(a.quarantined, 0), w.reasons,
    a.first_at, a.last_at, e.gap_seconds, n.closed_at, coalesce(a.requests, 0), coalesce(a.anomalies, 0),
    b.run_id, b.distinct_ids, b.reported_total, b.ids_digest
  from inventory.project_as_of(as_of) j
  cross join (values ('instances'), ('instance_backups'), ('database_table_backups')) as c (scope)
  cross join compliance.report_period(first_day, last_day, time_zone, as_of) p
  cross join compliance.setting_at(as_of) s
  left join (
    select r.project_id, r.scope, count(*) as readings, count(*) filter (where r.certified) as certified,
      count(*) filter (where not r.certified) as incomplete, count(*) filter (where r.quarantined) as quarantined,
      min(r.started_at) filter (where r.good) as first_at, max(r.started_at) filter (where r.good) as last_at,
      sum(r.requests)::bigint as requests, sum(r.anomalies)::bigint as anomalies
    from reading r group by r.project_id, r.scope
  ) a on a.project_id = j.project_id and a.scope = c.scope
  left join (
    select g.project_id, g.scope, max(g.seconds) as seconds
    from (
      select r.project_id, r.scope,
        extract(epoch from lead(r.started_at) over (partition by r.project_id, r.scope order by r.started_at) - r.started_at) as seconds
      from reading r where r.good
    ) g group by g.project_id, g.scope
  ) i on i.project_id = j.project_id and i.scope = c.scope
  left join (
    select k.project_id, k.scope, string_agg(k.reason || ' ' || k.times, ', ' order by k.times desc, k.reason collate "C") as reasons
    from (select r.project_id, r.scope, r.reason, count(*) as times from reading r where not r.certified group by 1, 2, 3) k
    group by k.project_id, k.scope
  ) w on w.project_id = j.project_id and w.scope = c.scope
  left join reading b on b.project_id = j.project_id and b.scope = c.scope and b.good and b.started_at = a.last_at
  left join lateral (
    select o.started_at as closed_at from inventory.sweep o
    where o.project_id = j.project_id and o.scope = c.scope and o.certified and o.mode = 'full' and not o.quarantined
      and o.started_at >= p.ends_at and o.committed_at <= as_of
    order by o.started_at limit 1
  ) n on true
  cross join lateral (
    select coalesce(n.closed_at, a.last_at) as closing_at,
      greatest(i.seconds, extract(epoch from a.first_at - p.starts_at),
        extract(epoch from least(n.closed_at, as_of) - coalesce(a.last_at, p.starts_at)),
        case when n.closed_at is null then extract(epoch from least(p.ends_at, as_of) - coalesce(a.last_at, p.starts_at)) end
      )::double precision as gap_seconds
  ) e
$$;
comment on function compliance.report_completeness(date, date, text, timestamptz) is 'Per project and list: how the period was read, and whether a report about it can be complete.';

create or replace view compliance.report_completeness as select * from compliance.report_completeness();
comment on view compliance.report_completeness is 'Per project and list: how the period was read, and whether a report about it can be complete. This view: the last 30 days, in UTC.';
comment on column compliance.report_completeness.project_id is 'The project.';
comment on column compliance.report_completeness.project_name is 'Its name.';
comment on column compliance.report_completeness.region is 'Its region.';
comment on column compliance.report_completeness.scope is 'instances, instance_backups or database_table_backups.';
comment on column compliance.report_completeness.complete is 'yes = read to the end without a blind gap; reconstructed = read after its end, with blind gaps in it; no = not read since its end (or, while it lasts, not fresh).';
comment on column compliance.report_completeness.readings is 'Readings of the whole list that began in the period.';
comment on column compliance.report_completeness.certified is 'Of these: certified.';
comment on column compliance.report_completeness.incomplete is 'Of these: not certified.';
comment on column compliance.report_completeness.quarantined is 'Certified ones that were quarantined.';
comment on column compliance.report_completeness.incomplete_reasons is 'Why they were not certified: reason and number.';
comment on column compliance.report_completeness.first_certified_at is 'Begin of the first certified one.';
comment on column compliance.report_completeness.last_certified_at is 'Begin of the last certified one.';
comment on column compliance.report_completeness.longest_gap_seconds is 'Longest time without a certified reading, the edges of the period included.';
comment on column compliance.report_completeness.closed_at is 'Begin of the first certified reading after the period; null = there was none yet.';
comment on column compliance.report_completeness.requests is 'HTTP requests sent.';
comment on column compliance.report_completeness.anomalies is 'Wire rows or fields that were not as promised.';
comment on column compliance.report_completeness.basis_run_id is 'The run of the last certified reading of the period.';
comment on column compliance.report_completeness.basis_distinct_ids is 'Distinct ids that it listed.';
comment on column compliance.report_completeness.basis_reported_total is 'Total that the cloud reported.';
comment on column compliance.report_completeness.basis_ids_digest is 'SHA-256 of its sorted ids.';
