-- State per instance, project and scope: the definitions behind the metrics and the status page.
-- "Listed now" means not retired. Only backups of the whole instance say whether it can be restored.

create or replace view inventory.instance_backup_group as
select project_id, instance_id, backup_scope, backup_type, status,
  count(*) as backups,
  sum(size_bytes) as size_bytes,
  min(begin_at) as oldest_begin_at,
  max(begin_at) as newest_begin_at,
  -- The greatest array is the one of the newest end: one pass, no sort. Its fields: end, size, duration.
  max(array[
    extract(epoch from coalesce(end_at, begin_at)),
    coalesce(size_bytes, -1),
    coalesce(extract(epoch from end_at - begin_at), -1)
  ]::double precision[]) as newest
from inventory.backup
where retired_at is null
group by project_id, instance_id, backup_scope, backup_type, status;
comment on view inventory.instance_backup_group is 'Backups listed now, by instance, scope, type and status.';
comment on column inventory.instance_backup_group.project_id is 'The project.';
comment on column inventory.instance_backup_group.instance_id is 'The instance; null where the cloud did not say it.';
comment on column inventory.instance_backup_group.backup_scope is 'instance or database_table.';
comment on column inventory.instance_backup_group.backup_type is 'auto, manual, or verbatim.';
comment on column inventory.instance_backup_group.status is 'BUILDING, COMPLETED, FAILED, or verbatim.';
comment on column inventory.instance_backup_group.backups is 'How many.';
comment on column inventory.instance_backup_group.size_bytes is 'Sum of the known sizes in bytes; null where none is known.';
comment on column inventory.instance_backup_group.oldest_begin_at is 'Begin of the one that began first.';
comment on column inventory.instance_backup_group.newest_begin_at is 'Begin of the one that began last.';
comment on column inventory.instance_backup_group.newest is 'Of the one that ended last: end (begin where unknown) in seconds since 1970, size in bytes, duration in seconds; -1 = unknown.';

create or replace view inventory.instance_failure_streak as
select project_id, instance_id, count(*) as consecutive_failures
from inventory.backup f
where retired_at is null and backup_scope = 'instance' and status = 'FAILED' and not exists (
  select from inventory.backup c
  where c.project_id = f.project_id and c.instance_id = f.instance_id and c.begin_at > f.begin_at
    and c.backup_scope = 'instance' and c.status = 'COMPLETED' and c.retired_at is null
)
group by project_id, instance_id;
comment on view inventory.instance_failure_streak is 'Failed backups of a whole instance that began after its newest completed one. No row = none.';
comment on column inventory.instance_failure_streak.project_id is 'The project.';
comment on column inventory.instance_failure_streak.instance_id is 'The instance.';
comment on column inventory.instance_failure_streak.consecutive_failures is 'How many.';

create or replace view inventory.instance_summary as
select i.project_id, i.instance_id, i.name, i.datastore_type, i.datastore_version, i.status, i.mode, i.created_at,
  i.backup_keep_days,
  coalesce(g.backups, 0) as backups,
  coalesce(g.stored_bytes, 0) as stored_bytes,
  coalesce(g.available, false) as available,
  to_timestamp(g.last_success) as last_success_at,
  g.last_failure_at, g.oldest_completed_at, g.oldest_building_at,
  coalesce(s.consecutive_failures, 0) as consecutive_failures
from inventory.instance i
join inventory.project p on p.project_id = i.project_id and p.configured
left join (
  select project_id, instance_id,
    sum(backups)::bigint as backups,
    sum(size_bytes) filter (where status = 'COMPLETED')::bigint as stored_bytes,
    bool_or(backup_scope = 'instance' and status = 'COMPLETED') as available,
    max(newest[1]) filter (where backup_scope = 'instance' and status = 'COMPLETED') as last_success,
    max(newest_begin_at) filter (where backup_scope = 'instance' and status = 'FAILED') as last_failure_at,
    min(oldest_begin_at) filter (where backup_scope = 'instance' and status = 'COMPLETED') as oldest_completed_at,
    min(oldest_begin_at) filter (where backup_scope = 'instance' and status = 'BUILDING') as oldest_building_at
  from inventory.instance_backup_group
  group by project_id, instance_id
) g on g.project_id = i.project_id and g.instance_id = i.instance_id
left join inventory.instance_failure_streak s on s.project_id = i.project_id and s.instance_id = i.instance_id
where i.retired_at is null;
comment on view inventory.instance_summary is 'One row per live instance of a configured project: who it is and how its backups stand now.';
comment on column inventory.instance_summary.project_id is 'The project.';
comment on column inventory.instance_summary.instance_id is 'The instance.';
comment on column inventory.instance_summary.name is 'Its name.';
comment on column inventory.instance_summary.datastore_type is 'Database engine.';
comment on column inventory.instance_summary.datastore_version is 'Version of the engine.';
comment on column inventory.instance_summary.status is 'Status as the cloud says.';
comment on column inventory.instance_summary.mode is 'Deployment mode as the cloud says.';
comment on column inventory.instance_summary.created_at is 'When the instance was created.';
comment on column inventory.instance_summary.backup_keep_days is 'Days that automated backups are kept; 0 = off; null = not said.';
comment on column inventory.instance_summary.backups is 'Backups listed now, of any scope, type and status.';
comment on column inventory.instance_summary.stored_bytes is 'Sum of the sizes of its completed backups, in bytes.';
comment on column inventory.instance_summary.available is 'Has a completed backup of the whole instance now.';
comment on column inventory.instance_summary.last_success_at is 'End of the newest completed backup of the whole instance; null = there is none.';
comment on column inventory.instance_summary.last_failure_at is 'Begin of the newest failed one.';
comment on column inventory.instance_summary.oldest_completed_at is 'Begin of the oldest completed one.';
comment on column inventory.instance_summary.oldest_building_at is 'Begin of the oldest one that is still being built.';
comment on column inventory.instance_summary.consecutive_failures is 'Failed ones that began after the newest completed one.';

create or replace view inventory.scope_state as
select p.project_id, s.scope,
  attempt.started_at as last_attempt_at,
  certified.started_at as last_certified_at,
  certified.run_id as last_certified_run_id,
  coalesce(certified.quarantined, false) as quarantined,
  full_sweep.reported_total, full_sweep.distinct_ids,
  full_sweep.finished_at - full_sweep.started_at as duration
from inventory.project p
cross join (values ('instances'), ('instance_backups'), ('database_table_backups')) as s (scope)
left join lateral (
  select started_at from inventory.sweep w
  where w.project_id = p.project_id and w.scope = s.scope
  order by started_at desc limit 1
) attempt on true
left join lateral (
  select started_at, run_id, quarantined from inventory.sweep w
  where w.project_id = p.project_id and w.scope = s.scope and certified
  order by started_at desc limit 1
) certified on true
left join lateral (
  select reported_total, distinct_ids, started_at, finished_at from inventory.sweep w
  where w.project_id = p.project_id and w.scope = s.scope and mode = 'full'
  order by started_at desc limit 1
) full_sweep on true
where p.configured;
comment on view inventory.scope_state is 'One row per scope of a configured project: how its readings stand now.';
comment on column inventory.scope_state.project_id is 'The project.';
comment on column inventory.scope_state.scope is 'The list.';
comment on column inventory.scope_state.last_attempt_at is 'When the newest reading began; null = never read.';
comment on column inventory.scope_state.last_certified_at is 'When the newest certified reading began: the list is complete as of then; null = never.';
comment on column inventory.scope_state.last_certified_run_id is 'The run of that reading.';
comment on column inventory.scope_state.quarantined is 'That reading missed so much that nothing was struck.';
comment on column inventory.scope_state.reported_total is 'Items that the newest reading of the whole list was told.';
comment on column inventory.scope_state.distinct_ids is 'Distinct items that it received.';
comment on column inventory.scope_state.duration is 'How long it took.';

create or replace view inventory.project_orphan as
select p.project_id, coalesce(sum(g.backups), 0)::bigint as backups, coalesce(sum(g.size_bytes), 0)::bigint as size_bytes
from inventory.project p
left join inventory.instance_backup_group g on g.project_id = p.project_id and not exists (
  select from inventory.instance i
  where i.project_id = g.project_id and i.instance_id = g.instance_id and i.retired_at is null
)
where p.configured and exists (
  select from inventory.sweep w where w.project_id = p.project_id and w.scope = 'instances' and w.certified
)
group by p.project_id;
comment on view inventory.project_orphan is 'Backups listed now whose instance is not live, per configured project. No row while no list of instances was ever certified.';
comment on column inventory.project_orphan.project_id is 'The project.';
comment on column inventory.project_orphan.backups is 'How many, of any status.';
comment on column inventory.project_orphan.size_bytes is 'Sum of their known sizes in bytes.';
