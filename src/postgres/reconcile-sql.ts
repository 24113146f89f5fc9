// What the definitions of reconcile-definitions.ts are built from: the relations that they share, and usual shapes.

/** Parameters: $judged, $scraped. */
export interface Definition {
  metric: string;
  sql: string;
  /** Rests on verdicts or objectives. */
  judged?: true;
}

/** Shared by all definitions. Types and statuses that are new fold into other. */
export const prelude = `
with configured as (select * from inventory.project where configured),
live as (
  select i.* from inventory.instance i join configured p using (project_id) where i.retired_at is null
),
listed as (
  select b.project_id, b.instance_id, b.backup_scope, b.size_bytes, b.begin_at, b.end_at, b.backup_id,
    coalesce(b.end_at, b.begin_at) as ended_at,
    case when b.backup_type in ('auto', 'manual') then b.backup_type else 'other' end as backup_type,
    case when b.status in ('BUILDING', 'COMPLETED', 'FAILED') then b.status else 'other' end as status
  from inventory.backup b where b.retired_at is null
),
ours as (select b.* from listed b join live i on i.project_id = b.project_id and i.instance_id = b.instance_id),
whole as (select * from ours where backup_scope = 'instance'),
newest as (
  select distinct on (project_id, instance_id, backup_type) *
  from whole where status = 'COMPLETED'
  order by project_id, instance_id, backup_type, ended_at desc, coalesce(size_bytes, -1) desc, coalesce(end_at - begin_at, interval '-1 second') desc
),
scopes as (
  select p.project_id, s.scope
  from configured p, unnest(array['instances', 'instance_backups', 'database_table_backups']) as s (scope)
),
sweeps as (select w.* from inventory.sweep w join scopes using (project_id, scope)),
certified as (select distinct on (project_id, scope) * from sweeps where certified order by project_id, scope, started_at desc),
complete as (select distinct on (project_id, scope) * from sweeps where mode = 'full' order by project_id, scope, started_at desc),
orphan as (
  select b.* from listed b
  join certified w on w.project_id = b.project_id and w.scope = 'instances'
  where not exists (select from live i where i.project_id = b.project_id and i.instance_id = b.instance_id)
),
outdated as (
  select project_id from compliance.basis_at($judged)
  where instances_doubt is null and backups_doubt is null
    and least(instances_as_of, backups_as_of) + freshness_seconds * interval '1 second' < $scraped
),
finding as (
  select f.project_id, f.control_id,
    case when o.project_id is null then f.verdict else 'UNKNOWN' end as verdict
  from compliance.finding_at($judged) f join configured using (project_id) left join outdated o using (project_id)
),
counter as (
  select c.* from inventory.counter c where c.project_id = '' or exists (select from configured p where p.project_id = c.project_id)
)
`;

export const epoch = (column: string) => `extract(epoch from ${column})::float8`;
export const ofLive = (value: string, where = 'true') =>
  `select project_id, instance_id, ${value} as value from live where ${where}`;
export const perType = (value: string, status: string) =>
  `select project_id, instance_id, backup_type, ${value} as value from whole where status = '${status}' group by 1, 2, 3`;
export const ofProject = (counter: string) =>
  `select p.project_id, coalesce(sum(c.value), 0) as value from configured p
    left join inventory.counter c on c.project_id = p.project_id and c.counter = '${counter}' group by 1`;
export const ofInstance = (counter: string) =>
  `select i.project_id, i.instance_id, coalesce(sum(c.value), 0) as value from live i
    left join inventory.counter c on c.project_id = i.project_id and c.instance_id = i.instance_id and c.counter = '${counter}'
    group by 1, 2`;
export const perKind = (counter: string, label: string, kinds: readonly string[]) =>
  `select k.name as ${label}, coalesce(sum(c.value), 0) as value
    from unnest(array[${kinds.map((kind) => `'${kind}'`).join(', ')}]) as k (name)
    left join inventory.counter c on c.counter = '${counter}' and c.label_1 = k.name group by 1`;
