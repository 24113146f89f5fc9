// The list of instances: searched, narrowed, sorted and paged by the database. The verdicts of a judgement go along as
// arrays, so that one statement can order by facts and verdicts alike.

import { type RawBuilder, sql } from 'kysely';
import type { InstanceQuery, InstanceRow, Judgement, Standing } from '../inventory/overview.ts';
import { readBackupsOfDays } from './pages-days.ts';
import { keyOf } from './pages-judgement.ts';
import type { Tx } from './transaction.ts';

interface ListedRow {
  project_id: string;
  project_name: string;
  instance_id: string;
  name: string | null;
  datastore_type: string | null;
  datastore_version: string | null;
  recovery_point_at: Date | null;
  consecutive_failures: number;
  backups: number;
  stored_bytes: number;
}

/** Worst first. An instance that was not judged is unknown. */
const severity = sql`case coalesce(s.protection, 'unknown') when 'unprotected' then 0 when 'unknown' then 1
  when 'protected' then 2 else 3 end`;

export interface ListInput {
  query: InstanceQuery;
  pageSize: number;
}

/** The instances of one page, how many there are, and which page it is: the last one where there are fewer. */
export async function readInstances(tx: Tx, { query, pageSize }: ListInput, judgement: Judgement | null) {
  const standings = judgement?.standings ?? [];
  const matching = sql`
    from inventory.instance i
    join inventory.project p on p.project_id = i.project_id and p.configured
    left join unnest(
      ${standings.map((one) => one.projectId)}::text[], ${standings.map((one) => one.instanceId)}::text[],
      ${standings.map((one) => one.protection)}::text[], ${standings.map((one) => one.wrong.length)}::integer[],
      ${standings.map((one) => one.doubtful.length)}::integer[]
    ) as s (project_id, instance_id, protection, wrong, doubtful)
      on s.project_id = i.project_id and s.instance_id = i.instance_id
    ${sortedFacts(query.sort)}
    where i.retired_at is null and ${wanted(query, judgement)}`;
  const counted = await sql<{ matches: number }>`select count(*)::float8 as matches ${matching}`.execute(tx);
  const matches = counted.rows[0]?.matches ?? 0;
  const page = Math.max(1, Math.min(query.page, Math.ceil(matches / pageSize)));
  const { rows } = await sql<ListedRow>`
    select k.project_id, k.project_name, v.*
    from (
      select i.project_id, p.name as project_name, i.instance_id, row_number() over (${order(query)}) as place ${matching}
      order by place limit ${pageSize} offset ${(page - 1) * pageSize}
    ) k
    cross join lateral (
      select instance_id, name, datastore_type, datastore_version, last_success_at as recovery_point_at,
        consecutive_failures::float8 as consecutive_failures, backups::float8 as backups, stored_bytes::float8 as stored_bytes
      from inventory.instance_summary v
      where v.project_id = k.project_id and v.instance_id = k.instance_id offset 0
    ) v
    order by k.place`.execute(tx);
  const byKey = new Map(standings.map((one) => [keyOf(one.projectId, one.instanceId), one]));
  const backups = await readBackupsOfDays(tx, rows, judgement?.days ?? []);
  return { matches, page, rows: rows.map((row) => rowOf(row, byKey, backups)) };
}

function rowOf(
  row: ListedRow,
  standings: ReadonlyMap<string, Standing>,
  backups: Awaited<ReturnType<typeof readBackupsOfDays>>,
): InstanceRow {
  const key = keyOf(row.project_id, row.instance_id);
  const standing = standings.get(key);
  return {
    projectId: row.project_id,
    projectName: row.project_name,
    instanceId: row.instance_id,
    name: row.name,
    datastoreType: row.datastore_type,
    datastoreVersion: row.datastore_version,
    protection: standing?.protection ?? null,
    wrong: standing?.wrong ?? [],
    doubtful: standing?.doubtful ?? [],
    days: standing?.days ?? '',
    backupsOfDays: backups.get(key) ?? new Map(),
    recoveryPointAt: row.recovery_point_at,
    consecutiveFailures: row.consecutive_failures,
    backups: row.backups,
    storedBytes: row.stored_bytes,
  };
}

function wanted({ search, protection, control }: InstanceQuery, judgement: Judgement | null): RawBuilder<unknown> {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const found =
    search === ''
      ? sql`true`
      : sql`(i.name ilike ${pattern} or i.instance_id ilike ${pattern} or p.name ilike ${pattern} or p.project_id ilike ${pattern})`;
  const judged = protection === null ? sql`true` : sql`coalesce(s.protection, 'unknown') = ${protection}`;
  if (control === null) return sql`${found} and ${judged}`;
  const named = (judgement?.standings ?? []).filter(
    ({ wrong, doubtful }) => wrong.includes(control) || doubtful.includes(control),
  );
  return sql`${found} and ${judged} and (i.project_id, i.instance_id) in (
    select * from unnest(${named.map((one) => one.projectId)}::text[], ${named.map((one) => one.instanceId)}::text[]))`;
}

/** The order of the list; names break ties. */
function order({ sort, descending }: InstanceQuery): RawBuilder<unknown> {
  const direction = descending ? sql`desc nulls last` : sql`asc nulls first`;
  const column = {
    verdict: sql`${severity} ${direction}, coalesce(s.wrong, 0) ${descending ? sql`asc` : sql`desc`}, coalesce(s.doubtful, 0) ${descending ? sql`asc` : sql`desc`}`,
    name: sql`lower(i.name) ${direction}`,
    project: sql`lower(p.name) ${direction}`,
    recovery: sql`f.recovery_point_at ${direction}`,
    backups: sql`coalesce(f.backups, 0) ${direction}`,
    stored: sql`coalesce(f.stored_bytes, 0) ${direction}`,
  }[sort];
  return sql`order by ${column}, lower(i.name), i.project_id, i.instance_id`;
}

/** What the three sorts by backups need: one pass over the backups instead of a look-up per instance. */
function sortedFacts(sort: InstanceQuery['sort']): RawBuilder<unknown> {
  if (sort !== 'recovery' && sort !== 'backups' && sort !== 'stored') return sql``;
  return sql`
    left join (
      select b.project_id, b.instance_id, count(*) as backups,
        sum(b.size_bytes) filter (where b.status = 'COMPLETED') as stored_bytes,
        max(coalesce(b.end_at, b.begin_at)) filter (where b.status = 'COMPLETED' and b.backup_scope = 'instance')
          as recovery_point_at
      from inventory.backup b where b.retired_at is null group by b.project_id, b.instance_id
    ) f on f.project_id = i.project_id and f.instance_id = i.instance_id`;
}
