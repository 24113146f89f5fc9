// What each metric is, in plain SQL over the facts: written apart from the reader of the snapshot, so that the two can
// be compared. Clear rather than fast. A definition selects its labels by their names, and `value`.

import { type Definition, epoch, ofInstance, ofLive, perType } from './reconcile-sql.ts';
import { workDefinitions } from './reconcile-work-definitions.ts';

const instances: readonly Definition[] = [
  {
    metric: 'instance_info',
    sql: `select project_id, instance_id, coalesce(name, '') as instance_name, coalesce(datastore_type, '') as datastore,
      coalesce(datastore_version, '') as datastore_version, coalesce(mode, '') as mode, 'geminidb' as cloud_service,
      1 as value from live`,
  },
  {
    metric: 'instance_status',
    sql: `select project_id, instance_id, case when status in ('normal', 'abnormal', 'creating', 'frozen',
      'data_disk_full', 'createfail', 'enlargefail') then status else 'other' end as status, 1 as value
      from live where status is not null`,
  },
  { metric: 'instance_created_timestamp_seconds', sql: ofLive(epoch('created_at'), 'created_at is not null') },
  {
    metric: 'policy_enabled',
    sql: ofLive('case when backup_keep_days > 0 then 1 else 0 end', 'backup_keep_days is not null'),
  },
  { metric: 'policy_retention_seconds', sql: ofLive('backup_keep_days * 86400', 'backup_keep_days is not null') },
  {
    metric: 'objective_rpo_seconds',
    judged: true,
    sql: `select s.project_id, s.instance_id, s.rpo_seconds as value from compliance.subject_at($judged) s
      join live using (project_id, instance_id) where s.rpo_seconds is not null`,
  },
  {
    metric: 'objective_retention_seconds',
    judged: true,
    sql: `select s.project_id, s.instance_id, s.retention_seconds as value from compliance.subject_at($judged) s
      join live using (project_id, instance_id) where s.retention_seconds is not null`,
  },
  {
    metric: 'instance_protection_state',
    judged: true,
    sql: `select i.project_id, i.instance_id, k.state,
      (k.state = case when o.project_id is not null then 'unknown' else coalesce(h.state, 'unknown') end)::int as value
      from live i cross join unnest(array['protected', 'unprotected', 'unknown', 'exempt']) as k (state)
      left join compliance.instance_protection_at($judged) h on h.project_id = i.project_id and h.instance_id = i.instance_id
      left join outdated o on o.project_id = i.project_id`,
  },
];

const backups: readonly Definition[] = [
  {
    metric: 'backups',
    sql: 'select project_id, instance_id, backup_type, backup_scope, status, count(*) as value from ours group by 1, 2, 3, 4, 5',
  },
  {
    metric: 'stored_bytes',
    sql: `select project_id, instance_id, backup_type, backup_scope, sum(size_bytes) as value from ours
      where status = 'COMPLETED' and size_bytes is not null group by 1, 2, 3, 4`,
  },
  { metric: 'last_success_timestamp_seconds', sql: perType(epoch('max(ended_at)'), 'COMPLETED') },
  { metric: 'last_failure_timestamp_seconds', sql: perType(epoch('max(begin_at)'), 'FAILED') },
  { metric: 'oldest_completed_timestamp_seconds', sql: perType(epoch('min(begin_at)'), 'COMPLETED') },
  {
    metric: 'last_size_bytes',
    sql: `select project_id, instance_id, backup_type, size_bytes as value from newest where size_bytes is not null`,
  },
  {
    metric: 'last_duration_seconds',
    sql: `select project_id, instance_id, backup_type, ${epoch('end_at - begin_at')} as value from newest
      where end_at >= begin_at`,
  },
  {
    metric: 'consecutive_failures',
    sql: `select i.project_id, i.instance_id, count(f.*) as value from live i
      left join whole f on f.project_id = i.project_id and f.instance_id = i.instance_id and f.status = 'FAILED'
        and f.begin_at >= coalesce((select max(c.begin_at) from whole c where c.project_id = i.project_id
          and c.instance_id = i.instance_id and c.status = 'COMPLETED'), '-infinity')
      group by 1, 2`,
  },
  {
    metric: 'oldest_building_timestamp_seconds',
    sql: `select project_id, instance_id, ${epoch('min(begin_at)')} as value from whole where status = 'BUILDING' group by 1, 2`,
  },
  {
    metric: 'available',
    sql: `select i.project_id, i.instance_id, (exists (select from whole b where b.project_id = i.project_id
      and b.instance_id = i.instance_id and b.status = 'COMPLETED'))::int as value from live i`,
  },
  { metric: 'failures_total', sql: ofInstance('failures_total') },
  { metric: 'completions_total', sql: ofInstance('completions_total') },
];

const projects: readonly Definition[] = [
  {
    metric: 'project_info',
    sql: 'select project_id, name as project_name, region as region_id, 1 as value from configured',
  },
  {
    metric: 'orphan_backups',
    sql: `select w.project_id, count(o.*) as value from certified w left join orphan o on o.project_id = w.project_id
      where w.scope = 'instances' group by 1`,
  },
  {
    metric: 'orphan_stored_bytes',
    sql: `select w.project_id, coalesce(sum(o.size_bytes), 0) as value from certified w
      left join orphan o on o.project_id = w.project_id where w.scope = 'instances' group by 1`,
  },
  {
    metric: 'control_instances',
    judged: true,
    sql: `select project_id, control_id as control, verdict, count(*) as value from finding group by 1, 2, 3
      union all
      select distinct f.project_id, f.control_id, v.verdict, 0
      from finding f cross join (values ('NON_COMPLIANT'), ('UNKNOWN')) as v (verdict)
      where not exists (select from finding g where g.project_id = f.project_id and g.control_id = f.control_id and g.verdict = v.verdict)`,
  },
  {
    metric: 'retired_total',
    sql: `select p.project_id, r.reason, coalesce(sum(c.value), 0) as value
      from configured p cross join unnest(array['expired', 'instance_deleted', 'policy_disabled', 'early', 'unknown']) as r (reason)
      left join inventory.counter c on c.counter = 'retired_total' and c.project_id = p.project_id and c.label_1 = r.reason
      group by 1, 2`,
  },
];

export const definitions: readonly Definition[] = [...projects, ...instances, ...backups, ...workDefinitions];
