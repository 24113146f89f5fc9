-- BK-08 Is the newest backup empty, or far from the size of those before it? Usual is median ± the greater of
-- 3.5 standard deviations (1.4826 × MAD, the median absolute deviation) and a fifth of the median, over the 30 completed
-- backups before it in the last 90 days (2160 hours). Fewer than seven of them say nothing; an empty backup always does.

create or replace function compliance.size_history_at(as_of timestamptz) returns setof compliance.size_history_row
language sql stable as $$
  -- Arrays per instance: a window over all backups and two grouped medians took three times as long.
  with held as (
    select b.project_id, b.instance_id,
      array_agg(b.size_bytes order by b.begin_at desc, b.backup_id desc) as sizes,
      max(date_part('epoch', b.begin_at)::bigint::text || b.backup_id collate "C") as newest_key
    from inventory.backup_as_of(as_of) b
    where b.backup_scope = 'instance' and b.status = 'COMPLETED' and b.begin_at > as_of - interval '2160 hours'
    group by b.project_id, b.instance_id
  )
  select h.project_id, h.instance_id, substr(h.newest_key, 11), h.sizes[1], m.samples, m.median_bytes,
    greatest(3.5 * 1.4826 * d.deviation, 0.2 * m.median_bytes)
  from held h
  cross join lateral (
    select count(u.size) as samples, percentile_cont(0.5) within group (order by u.size) as median_bytes
    from unnest(h.sizes[2:31]) u (size)
  ) m
  cross join lateral (
    select percentile_cont(0.5) within group (order by abs(u.size - m.median_bytes)) as deviation
    from unnest(h.sizes[2:31]) u (size)
  ) d
$$;
comment on function compliance.size_history_at(timestamptz) is 'Per instance: size of the newest completed backup, and median and tolerance of those before it, at that instant.';

create or replace function compliance.control_size_anomaly_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-08', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    case when r.reason = 'too_few_samples' then z.samples else z.newest_bytes end::double precision,
    case when r.reason = 'too_few_samples' then 7
      when z.newest_bytes < z.median_bytes then greatest(z.median_bytes - z.tolerance, 0) else z.median_bytes + z.tolerance end,
    case when r.reason = 'too_few_samples' then 'backups' else 'bytes' end,
    case when z.newest_id is not null then array[z.newest_id] else '{}' end,
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join compliance.size_history_at(as_of) z on z.project_id = s.project_id and z.instance_id = s.instance_id
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.backups_doubt is not null then s.backups_doubt
      when z.newest_bytes = 0 then 'size_zero'
      when z.newest_id is not null and z.newest_bytes is null then 'size_not_known'
      when coalesce(z.samples, 0) < 7 then 'too_few_samples'
      when abs(z.newest_bytes - z.median_bytes) > z.tolerance then 'size_anomalous'
      else 'size_usual' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-08', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_size_anomaly_at(timestamptz) is 'BK-08 as of an instant: is the newest backup empty, or far from the size of those before it?';

create or replace view compliance.control_size_anomaly as select * from compliance.control_size_anomaly_at(now());
comment on view compliance.control_size_anomaly is 'BK-08 now: is the newest backup empty, or far from the size of those before it?';
