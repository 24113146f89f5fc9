-- What the backups take, per instance, scope and type, and 30 days (720 hours) before.

create or replace function compliance.report_storage_usage(
  as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  instance_state text,
  backup_scope text,
  backup_type text,
  backups bigint,
  completed bigint,
  size_bytes bigint,
  oldest_begin_at timestamptz,
  newest_begin_at timestamptz,
  size_bytes_30_days_before bigint,
  growth_bytes bigint
)
language sql stable as $$
  with listed as (
    select b.project_id, b.instance_id, b.backup_scope, b.backup_type, max(b.instance_name) as instance_name,
      count(*) as backups, count(*) filter (where b.status = 'COMPLETED') as completed,
      coalesce(sum(b.size_bytes) filter (where b.status = 'COMPLETED'), 0)::bigint as size_bytes,
      min(b.begin_at) filter (where b.status = 'COMPLETED') as oldest_begin_at,
      max(b.begin_at) filter (where b.status = 'COMPLETED') as newest_begin_at
    from inventory.backup_as_of(as_of) b
    where b.retired_at is null
    group by b.project_id, b.instance_id, b.backup_scope, b.backup_type
  ), before as (
    select b.project_id, b.instance_id, b.backup_scope, b.backup_type, max(b.instance_name) as instance_name,
      coalesce(sum(b.size_bytes) filter (where b.status = 'COMPLETED'), 0)::bigint as size_bytes
    from inventory.backup_as_of(as_of - interval '720 hours') b
    where b.retired_at is null
    group by b.project_id, b.instance_id, b.backup_scope, b.backup_type
  )
  select n.project_id, j.name, j.region, n.instance_id, coalesce(i.name, n.instance_name),
    case when i.instance_id is null then 'unlisted' when i.retired_at is not null then 'gone' else 'live' end,
    n.backup_scope, n.backup_type, n.backups, n.completed, n.size_bytes, n.oldest_begin_at, n.newest_begin_at,
    case when a.old_enough then n.size_bytes_before end,
    case when a.old_enough then n.size_bytes - n.size_bytes_before end
  from (
    select coalesce(l.project_id, o.project_id) as project_id, coalesce(l.instance_id, o.instance_id) as instance_id,
      coalesce(l.instance_name, o.instance_name) as instance_name,
      coalesce(l.backup_scope, o.backup_scope) as backup_scope, coalesce(l.backup_type, o.backup_type) as backup_type,
      coalesce(l.backups, 0) as backups, coalesce(l.completed, 0) as completed, coalesce(l.size_bytes, 0) as size_bytes,
      l.oldest_begin_at, l.newest_begin_at, coalesce(o.size_bytes, 0) as size_bytes_before
    from listed l
    full join before o on o.project_id = l.project_id and coalesce(o.instance_id, '') = coalesce(l.instance_id, '')
      and o.backup_scope = l.backup_scope and o.backup_type = l.backup_type
  ) n
  cross join (
    select coalesce(min(w.committed_at) <= as_of - interval '720 hours', false) as old_enough from inventory.sweep w
  ) a
  left join inventory.project_as_of(as_of) j on j.project_id = n.project_id
  left join inventory.instance_as_of(as_of) i on i.project_id = n.project_id and i.instance_id = n.instance_id
$$;
comment on function compliance.report_storage_usage(timestamptz) is 'Backups and bytes stored per instance at an instant, and how that grew in 30 days.';

create or replace view compliance.report_storage_usage as select * from compliance.report_storage_usage();
comment on view compliance.report_storage_usage is 'Backups and bytes stored per instance at an instant, and how that grew in 30 days. This view: now.';
comment on column compliance.report_storage_usage.project_id is 'The project.';
comment on column compliance.report_storage_usage.project_name is 'Its name.';
comment on column compliance.report_storage_usage.region is 'Its region.';
comment on column compliance.report_storage_usage.instance_id is 'The instance.';
comment on column compliance.report_storage_usage.instance_name is 'Its name.';
comment on column compliance.report_storage_usage.instance_state is 'live, gone, or unlisted (no list ever showed it).';
comment on column compliance.report_storage_usage.backup_scope is 'instance or database_table.';
comment on column compliance.report_storage_usage.backup_type is 'auto, manual, or verbatim.';
comment on column compliance.report_storage_usage.backups is 'Backups listed.';
comment on column compliance.report_storage_usage.completed is 'Of these: completed.';
comment on column compliance.report_storage_usage.size_bytes is 'Sum of the known sizes of completed ones, in bytes.';
comment on column compliance.report_storage_usage.oldest_begin_at is 'Begin of the oldest completed one.';
comment on column compliance.report_storage_usage.newest_begin_at is 'Begin of the newest completed one.';
comment on column compliance.report_storage_usage.size_bytes_30_days_before is 'The same sum 30 days earlier; null = the inventory is not that old.';
comment on column compliance.report_storage_usage.growth_bytes is 'The difference.';
