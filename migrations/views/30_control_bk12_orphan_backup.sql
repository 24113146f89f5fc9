-- BK-12 Are manual backups left of an instance that is gone? One row for each gone or never listed instance that left some;
-- live instances are not applicable. Backups of tables count: they hold data and cost money too.
-- An instance that was never listed is gone where a backup of it is older than the newest reading of instances.

create or replace function compliance.control_orphan_backup_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-12', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    s.backups::double precision, 0, 'backups', s.backup_ids, as_of, s.data_as_of, s.basis_run_id
  from (
    select j.project_id, j.project_name, j.region, j.instance_id, j.instance_name, j.datastore_type,
      0 as backups, '{}'::text[] as backup_ids, least(j.instances_as_of, j.backups_as_of) as data_as_of,
      least(j.instances_run_id, j.backups_run_id) as basis_run_id,
      case when j.instances_doubt is not null then j.instances_doubt else 'instance_alive' end as reason
    from compliance.subject_at(as_of) j
    union all
    select o.project_id, b.project_name, b.region, o.instance_id, coalesce(i.name, o.instance_name),
      coalesce(i.datastore_type, o.datastore_type), o.backups, o.backup_ids, least(b.instances_as_of, b.backups_as_of),
      least(b.instances_run_id, b.backups_run_id),
      case
        when b.instances_doubt is not null then b.instances_doubt
        when o.of_instance > 0 and b.backups_doubt is not null then b.backups_doubt
        when o.of_instance = 0 and b.tables_doubt is not null then b.tables_doubt
        when i.instance_id is null and o.oldest_at >= b.instances_as_of then 'instance_not_yet_listed'
        else 'orphaned_backups' end
    from (
      select m.project_id, m.instance_id, max(m.instance_name) as instance_name, max(m.datastore_type) as datastore_type,
        count(*) as backups, count(*) filter (where m.backup_scope = 'instance') as of_instance,
        min(m.begin_at) as oldest_at, array_agg(m.backup_id order by m.begin_at desc, m.backup_id) as backup_ids
      from inventory.backup_as_of(as_of) m
      where m.backup_type = 'manual' and m.retired_at is null and m.instance_id is not null
        and not exists (
          select from inventory.instance_as_of(as_of) l
          where l.project_id = m.project_id and l.instance_id = m.instance_id and l.retired_at is null
        )
      group by m.project_id, m.instance_id
    ) o
    join compliance.basis_at(as_of) b on b.project_id = o.project_id and b.configured
    left join inventory.instance_as_of(as_of) i on i.project_id = o.project_id and i.instance_id = o.instance_id
  ) s
  cross join lateral (select s.reason) r (reason)
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-12', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_orphan_backup_at(timestamptz) is 'BK-12 as of an instant: are manual backups left of an instance that is gone?';

create or replace view compliance.control_orphan_backup as select * from compliance.control_orphan_backup_at(now());
comment on view compliance.control_orphan_backup is 'BK-12 now: are manual backups left of an instance that is gone?';
