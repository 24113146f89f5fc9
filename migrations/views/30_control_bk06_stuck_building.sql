-- BK-06 Is a backup being built for longer than its own history suggests? The limit is twice the 95th percentile of the
-- durations of the instance's completed backups, and never under 6 hours. A status that is neither BUILDING, COMPLETED nor
-- FAILED for longer than that is not understood, so not judged.

create or replace function compliance.control_stuck_building_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-06', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    case when u.began_at is not null then extract(epoch from as_of - u.began_at) end::double precision,
    coalesce(u.limit_seconds, 21600), 'seconds', coalesce(u.backup_ids, '{}'),
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join (
    select o.project_id, o.instance_id, o.began_at, o.building_since, o.backup_ids,
      greatest(21600, 2 * (
        select percentile_cont(0.95) within group (order by extract(epoch from c.end_at - c.begin_at))
        from inventory.backup_as_of(as_of) c
        where c.project_id = o.project_id and c.instance_id = o.instance_id
          and c.backup_scope = 'instance' and c.status = 'COMPLETED'
      )) as limit_seconds
    from (
      select b.project_id, b.instance_id, min(b.begin_at) as began_at,
        min(b.begin_at) filter (where b.status = 'BUILDING') as building_since,
        array_agg(b.backup_id order by b.begin_at, b.backup_id) as backup_ids
      from inventory.backup_as_of(as_of) b
      where b.backup_scope = 'instance' and b.status not in ('COMPLETED', 'FAILED') and b.retired_at is null
      group by b.project_id, b.instance_id
    ) o
  ) u on u.project_id = s.project_id and u.instance_id = s.instance_id
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.backups_doubt is not null then s.backups_doubt
      when u.began_at is null then 'none_building'
      when u.building_since < as_of - u.limit_seconds * interval '1 second' then 'stuck_building'
      when u.began_at < as_of - u.limit_seconds * interval '1 second' then 'unknown_status'
      else 'building_in_time' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-06', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_stuck_building_at(timestamptz) is 'BK-06 as of an instant: is a backup being built for longer than its history suggests?';

create or replace view compliance.control_stuck_building as select * from compliance.control_stuck_building_at(now());
comment on view compliance.control_stuck_building is 'BK-06 now: is a backup being built for longer than its history suggests?';
