-- Instance × day: was there a good backup, and how is that known. The base of BK-10 and of the coverage reports.
--
-- A backup belongs to the day of its begin in the given zone. A backup seen later proves its day. Absence is proved only
-- by readings: one within the day, and from the last of those to the first one after the day no more time than an automated
-- backup is listed (the shortest keep_days, 1 day where none is known, and an hour for a schedule's jitter). A reading long
-- after cannot prove it: nobody knows what the policy was before.
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
    extract(epoch from n.started_at - l.started_at)::double precision
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
comment on function compliance.day_proof(date, date, text, timestamptz) is 'Per project and day: was the list of backups read on that day, and how long from its last reading to the first one after the day (null = not read on it, or not since).';

create or replace function compliance.rule_changes(as_of timestamptz) returns table (ruled_at timestamptz)
language sql stable as $$
  select c.at from (
    select valid_from from compliance.objective_history union select valid_to from compliance.objective_history
    union select valid_from from compliance.exemption_history union select valid_to from compliance.exemption_history
  ) c (at)
  where c.at <= as_of
$$;
comment on function compliance.rule_changes(timestamptz) is 'The instants up to a given one at which objectives or exemptions changed. Days between two of them share their rules.';

-- Days, backups and absences come together in one grouping, not in joins: the planner cannot guess how many cells there
-- are, and a join of 182,000 cells that it took for 2,000 ran for 9 seconds; the grouping takes one.
create or replace function compliance.coverage_at(first_day date, last_day date, time_zone text, as_of timestamptz)
returns setof compliance.coverage_row
language sql stable as $$
  with frame as materialized (
    select f.day, f.starts_at, f.ends_at,
      coalesce((select max(c.ruled_at) from compliance.rule_changes(as_of) c where c.ruled_at < f.ends_at), '-infinity') as ruled_at
    from compliance.day_frame(first_day, last_day, time_zone) f
    where f.starts_at <= as_of
  ), member as materialized (
    select row_number() over () as n, k.project_id, k.project_name, k.region, k.instance_id, k.instance_name, k.datastore_type,
      k.alive_from, greatest(coalesce(h.shortest_keep_days, 1), 1) * 86400 + 3600 as listed_seconds
    from compliance.known_at(as_of) k
    left join (
      select i.project_id, i.instance_id, min(i.backup_keep_days) filter (where i.backup_keep_days > 0) as shortest_keep_days
      from inventory.instance_history i
      where i.recorded_from <= as_of and (i.recorded_to is null or i.recorded_to > first_day::timestamp at time zone time_zone)
      group by i.project_id, i.instance_id
    ) h on h.project_id = k.project_id and h.instance_id = k.instance_id
    where k.alive_from < (select max(ends_at) from frame)
      and (k.retired_at is null or k.gone_at > (select min(starts_at) from frame))
  ), rule as materialized (
    select m.n, m.project_id, m.alive_from, m.listed_seconds, t.ruled_at, o.manual_counts is not false as manual_counts,
      e.expires_at as exempt_until
    from member m
    cross join (select distinct ruled_at from frame) t
    left join lateral compliance.objective_at(t.ruled_at, m.project_id, m.project_name, m.instance_name, m.datastore_type) o on true
    left join lateral compliance.exemption_at(
      t.ruled_at, 'BK-10', m.project_id, m.project_name, m.instance_name, m.datastore_type) e on true
  ), project_day as materialized (
    select p.project_id, f.day, f.starts_at, f.ends_at, f.ruled_at, p.observed, p.gap_seconds
    from frame f
    join compliance.day_proof(first_day, last_day, time_zone, as_of) p on p.day = f.day
  ), held as materialized (
    -- A fence: else one scan of the past per instance.
    select b.project_id, b.instance_id, (b.begin_at at time zone time_zone)::date as day, b.status,
      b.backup_type <> 'manual' as automated, b.retired_at is not null as gone, b.backup_id
    from inventory.backup_as_of(as_of) b
    where b.backup_scope = 'instance'
      and b.begin_at >= first_day::timestamp at time zone time_zone
      and b.begin_at < (last_day + 1)::timestamp at time zone time_zone
  ), cell as (
    select u.n, u.day,
      bool_or(u.alive) and not bool_or(u.dead) as alive_all_day, bool_or(u.day_over) as day_over,
      bool_or(u.observed) as observed, bool_or(u.proved) as proved, bool_or(u.exempt) as exempt,
      count(*) filter (where u.status = 'COMPLETED') as good_all,
      count(*) filter (where u.status = 'COMPLETED' and u.automated) as good_automated,
      bool_or(u.manual_counts) as manual_counts,
      -- Begun and gone before it was done: as good as failed.
      count(*) filter (where u.status = 'FAILED' or (u.status <> 'COMPLETED' and u.gone)) as failed,
      count(*) filter (where u.status not in ('COMPLETED', 'FAILED') and not u.gone) as unfinished,
      min(u.backup_id) filter (where u.status = 'COMPLETED') as good_id,
      min(u.backup_id) filter (where u.status = 'COMPLETED' and u.automated) as good_automated_id,
      array_agg(u.backup_id) filter (where u.backup_id is not null) as backup_ids
    from (
      select r.n, p.day, r.alive_from <= p.starts_at as alive, p.ends_at <= as_of as day_over, p.observed,
        coalesce(p.gap_seconds <= r.listed_seconds, false) as proved,
        coalesce(r.exempt_until >= least(p.ends_at, as_of), false) as exempt, r.manual_counts,
        false as dead, null::text as status, null::boolean as automated, null::boolean as gone, null::text collate "C" as backup_id
      from rule r
      join project_day p on p.project_id = r.project_id and p.ruled_at = r.ruled_at
      union all
      select m.n, b.day, null, null, null, null, null, null, false, b.status, b.automated, b.gone, b.backup_id
      from held b
      join member m on m.project_id = b.project_id and m.instance_id = b.instance_id
      union all
      select m.n, f.day, null, null, null, null, null, null, true, null, null, null, null
      from inventory.instance_history i
      join member m on m.project_id = i.project_id and m.instance_id = i.instance_id
      join frame f on f.ends_at > coalesce(i.missing_since, i.retired_at)
        and f.starts_at < case when i.recorded_to <= as_of then i.recorded_to else 'infinity' end
      where i.retired_at is not null and i.recorded_from <= as_of
    ) u
    group by u.n, u.day
    having bool_or(u.day_over) is not null
  )
  select m.project_id, m.project_name, m.region, m.instance_id, m.instance_name, m.datastore_type, c.day,
    s.state,
    case when s.state in ('good', 'failed_only', 'in_progress', 'none')
      then case when c.observed then 'observed' else 'reconstructed' end end,
    c.alive_all_day and c.day_over and not c.exempt,
    c.proved, c.day_over, g.good, c.failed, c.unfinished,
    case when c.manual_counts then c.good_id else c.good_automated_id end,
    case when cardinality(c.backup_ids) > 1 then (select array_agg(i.id order by i.id) from unnest(c.backup_ids) i (id))
      else coalesce(c.backup_ids, '{}') end
  from cell c
  join member m on m.n = c.n
  cross join lateral (select case when c.manual_counts then c.good_all else c.good_automated end as good) g
  cross join lateral (
    select case
      when g.good > 0 then 'good'
      when c.exempt and c.alive_all_day then 'exempt'
      when c.unfinished > 0 then 'in_progress'
      when c.failed > 0 then 'failed_only'
      when not c.alive_all_day then 'not_alive'
      when c.proved then 'none'
      else 'not_observed' end as state
  ) s
$$;
comment on function compliance.coverage_at(date, date, text, timestamptz) is 'Every instance alive in the period on each of its days, as known at that instant: good, failed_only, in_progress, none, not_observed, exempt or not_alive.';
