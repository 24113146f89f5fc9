-- Instance × day: was there a good backup, and how is that known. The base of BK-10 and of the coverage reports.
--
-- A backup belongs to the day of its begin in the given zone. A backup seen later proves its day. Absence is proved only
-- by readings: from the last reading within the day (or its start) to the first one after it must pass no more time than an
-- automated backup is listed (the shortest keep_days, 1 day where none is known, and an hour for a schedule's jitter).
-- A day is required where the instance was alive all day, the day is over, and no exemption was in force at its end.

create or replace function compliance.day_frame(first_day date, last_day date, time_zone text)
returns table (day date, starts_at timestamptz, ends_at timestamptz)
language sql stable as $$
  select first_day + n, (first_day + n)::timestamp at time zone time_zone, (first_day + n + 1)::timestamp at time zone time_zone
  from generate_series(0, last_day - first_day) n
$$;
comment on function compliance.day_frame(date, date, text) is 'The days of a period with the instants at which they begin and end in a zone.';

create or replace function compliance.day_proof(first_day date, last_day date, time_zone text, as_of timestamptz)
returns table (project_id text, day date, observed boolean, gap_seconds double precision)
language sql stable as $$
  select p.project_id, f.day, l.started_at is not null,
    extract(epoch from n.started_at - coalesce(l.started_at, f.starts_at))::double precision
  from inventory.project_as_of(as_of) p
  cross join compliance.day_frame(first_day, last_day, time_zone) f
  left join lateral (
    select w.started_at from inventory.sweep w
    where w.project_id = p.project_id and w.scope = 'instance_backups' and w.certified and w.mode = 'full'
      and not w.quarantined and w.committed_at <= as_of and w.started_at >= f.starts_at and w.started_at < f.ends_at
    order by w.started_at desc limit 1
  ) l on true
  left join lateral (
    select w.started_at from inventory.sweep w
    where w.project_id = p.project_id and w.scope = 'instance_backups' and w.certified and w.mode = 'full'
      and not w.quarantined and w.committed_at <= as_of and w.started_at >= f.ends_at
    order by w.started_at limit 1
  ) n on true
$$;
comment on function compliance.day_proof(date, date, text, timestamptz) is 'Per project and day: was the list of backups read on that day, and how much time passed unread until after it (null = not read since).';

create or replace function compliance.day_rules(first_day date, last_day date, time_zone text, as_of timestamptz)
returns table (day date, ruled_at timestamptz)
language sql stable as $$
  -- Rules change seldom: days that ended under the same rules share the instant at which those came into force.
  select f.day, (
    select max(c.at) from (
      select valid_from from compliance.objective_history union select valid_to from compliance.objective_history
      union select valid_from from compliance.exemption_history union select valid_to from compliance.exemption_history
    ) c (at)
    where c.at <= least(f.ends_at, as_of)
  )
  from compliance.day_frame(first_day, last_day, time_zone) f
$$;
comment on function compliance.day_rules(date, date, text, timestamptz) is 'Per day: since when the rules in force at its end had been so; null = there were none yet.';

create or replace function compliance.coverage_at(first_day date, last_day date, time_zone text, as_of timestamptz)
returns setof compliance.coverage_row
language sql stable as $$
  with frame as materialized (
    select f.day, f.starts_at, f.ends_at, r.ruled_at, f.ends_at <= as_of as day_over
    from compliance.day_frame(first_day, last_day, time_zone) f
    join compliance.day_rules(first_day, last_day, time_zone, as_of) r on r.day = f.day
    where f.starts_at <= as_of
  ), member as materialized (
    select k.project_id, k.project_name, k.region, k.instance_id, k.instance_name, k.datastore_type, k.alive_from,
      greatest(coalesce(h.shortest_keep_days, 1), 1) * 86400 + 3600 as listed_seconds
    from compliance.known_at(as_of) k
    left join (
      select i.project_id, i.instance_id, min(i.backup_keep_days) filter (where i.backup_keep_days > 0) as shortest_keep_days
      from inventory.instance_history i
      where i.recorded_from <= as_of and (i.recorded_to is null or i.recorded_to > first_day::timestamp at time zone time_zone)
      group by i.project_id, i.instance_id
    ) h on h.project_id = k.project_id and h.instance_id = k.instance_id
    where k.alive_from < (select max(ends_at) from frame)
      and (k.gone_at is null or k.gone_at > (select min(starts_at) from frame))
  ), rule as materialized (
    select m.project_id, m.instance_id, t.ruled_at, o.manual_counts, e.expires_at as exempt_until
    from member m
    cross join (select distinct ruled_at from frame where ruled_at is not null) t
    left join lateral compliance.objective_at(t.ruled_at, m.project_id, m.project_name, m.instance_name, m.datastore_type) o on true
    left join lateral compliance.exemption_at(
      t.ruled_at, 'BK-10', m.project_id, m.project_name, m.instance_name, m.datastore_type) e on true
  ), dead as materialized (
    select i.project_id, i.instance_id, f.day,
      bool_or(i.gone_from <= f.starts_at and i.gone_to >= f.ends_at) as all_day
    from (
      select h.project_id, h.instance_id, coalesce(h.missing_since, h.retired_at) as gone_from,
        case when h.recorded_to <= as_of then h.recorded_to else 'infinity' end as gone_to
      from inventory.instance_history h
      where h.retired_at is not null and h.recorded_from <= as_of
    ) i
    join frame f on f.ends_at > i.gone_from and f.starts_at < i.gone_to
    group by i.project_id, i.instance_id, f.day
  ), held as materialized (
    select b.project_id, b.instance_id, (b.begin_at at time zone time_zone)::date as day,
      count(*) filter (where b.status = 'COMPLETED') as good,
      count(*) filter (where b.status = 'COMPLETED' and b.backup_type <> 'manual') as good_auto,
      -- Begun and gone before it was done: as good as failed.
      count(*) filter (where b.status = 'FAILED' or (b.status <> 'COMPLETED' and b.retired_at is not null)) as failed,
      count(*) filter (where b.status not in ('COMPLETED', 'FAILED') and b.retired_at is null) as unfinished,
      min(b.backup_id) filter (where b.status = 'COMPLETED') as good_id,
      min(b.backup_id) filter (where b.status = 'COMPLETED' and b.backup_type <> 'manual') as good_auto_id,
      array_agg(b.backup_id order by b.begin_at, b.backup_id) as backup_ids
    from inventory.backup_as_of(as_of) b
    where b.backup_scope = 'instance'
      and b.begin_at >= first_day::timestamp at time zone time_zone
      and b.begin_at < (last_day + 1)::timestamp at time zone time_zone
    group by b.project_id, b.instance_id, (b.begin_at at time zone time_zone)::date
  )
  select m.project_id, m.project_name, m.region, m.instance_id, m.instance_name, m.datastore_type, f.day,
    s.state,
    case when s.state in ('good', 'failed_only', 'in_progress', 'none')
      then case when p.observed then 'observed' else 'reconstructed' end end,
    c.alive_all_day and f.day_over and not c.exempt,
    c.proved, f.day_over, c.good, coalesce(h.failed, 0), coalesce(h.unfinished, 0),
    case when c.good > 0 then case when r.manual_counts is false then h.good_auto_id else h.good_id end end,
    coalesce(h.backup_ids, '{}')
  from member m
  cross join frame f
  left join compliance.day_proof(first_day, last_day, time_zone, as_of) p on p.project_id = m.project_id and p.day = f.day
  left join rule r on r.project_id = m.project_id and r.instance_id = m.instance_id and r.ruled_at = f.ruled_at
  left join dead d on d.project_id = m.project_id and d.instance_id = m.instance_id and d.day = f.day
  left join held h on h.project_id = m.project_id and h.instance_id = m.instance_id and h.day = f.day
  cross join lateral (
    select m.alive_from <= f.starts_at and d.day is null as alive_all_day,
      coalesce(r.exempt_until >= least(f.ends_at, as_of), false) as exempt,
      coalesce(p.gap_seconds <= m.listed_seconds, false) as proved,
      coalesce(case when r.manual_counts is false then h.good_auto else h.good end, 0) as good
  ) c
  cross join lateral (
    select case
      when c.good > 0 then 'good'
      when c.exempt and c.alive_all_day then 'exempt'
      when h.unfinished > 0 then 'in_progress'
      when h.failed > 0 then 'failed_only'
      when not c.alive_all_day then 'not_alive'
      when c.proved then 'none'
      else 'not_observed' end as state
  ) s
$$;
comment on function compliance.coverage_at(date, date, text, timestamptz) is 'Every instance alive in the period on each of its days, as known at that instant: good, failed_only, in_progress, none, not_observed, exempt or not_alive.';
