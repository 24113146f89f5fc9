// Reads the status page in one repeatable-read transaction. Facts are read here; verdicts are those of a Judgement, which
// is older than the facts: where a project's readings have grown too old since, its verdicts are taken as unknown.

import { type RawBuilder, sql } from 'kysely';
import type {
  FleetFigures,
  InstanceQuery,
  InstanceRow,
  Judgement,
  Overview,
  ReadingState,
  RunState,
  Standing,
} from '../inventory/overview.ts';
import type { ProtectionState } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { readBackupsOfDays } from './pages-days.ts';
import { keyOf } from './pages-judgement.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface OverviewInput {
  now: Date;
  query: InstanceQuery;
  pageSize: number;
  judgement: Judgement | null;
}

/** The status page. Throws StoreError. */
export async function readOverview(database: Database, input: OverviewInput): Promise<Overview> {
  const { now, query, pageSize } = input;
  const options = { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 30_000 } as const;
  return await inTransaction(database, options, async (tx) => {
    await sql`select set_config('jit', 'off', true)`.execute(tx);
    const readings = await readReadings(tx, now);
    const judgement = input.judgement === null ? null : doubted(input.judgement, readings);
    const figures = await readFigures(tx, judgement);
    const list = await readInstances(tx, input, judgement);
    return {
      readAt: now,
      readings,
      ...(await readRun(tx, now)),
      figures,
      query: { ...query, page: list.page },
      pageSize,
      matches: list.matches,
      rows: list.rows,
      judgement,
    };
  });
}

/** When the newest sweep was committed: what a judgement rests on. */
export async function newestCommitAt(database: Database): Promise<Date | null> {
  const { rows } = await sql<{
    at: Date | null;
  }>`select max(committed_at) as at from inventory.sweep`.execute(database.db);
  return rows[0]?.at ?? null;
}

/** The judgement as it holds now: verdicts of projects whose readings cannot be relied on any more are unknown. */
function doubted(judgement: Judgement, readings: readonly ReadingState[]): Judgement {
  const doubtful = new Set<string>();
  for (const { projectId, scope, state } of readings) {
    if (state !== 'fresh' && scope !== 'database_table_backups') doubtful.add(projectId);
  }
  if (doubtful.size === 0) return judgement;
  const standings = judgement.standings.map((standing): Standing => {
    if (!doubtful.has(standing.projectId) || standing.protection !== 'protected') return standing;
    return { ...standing, protection: 'unknown' };
  });
  return { ...judgement, standings };
}

interface ReadingRow {
  project_id: string;
  project_name: string;
  region: string;
  scope: ReadingState['scope'];
  state: ReadingState['state'];
  certified_at: Date | null;
  run_id: number | null;
  distinct_ids: number | null;
  limit_seconds: number;
  attempted_at: Date | null;
  attempt_reason: string | null;
  attempt_error_code: string | null;
}

async function readReadings(tx: Tx, now: Date): Promise<ReadingState[]> {
  const { rows } = await sql<ReadingRow>`
    select project_id, project_name, region, scope, state, certified_at, run_id, distinct_ids, limit_seconds,
      attempted_at, attempt_reason, attempt_error_code
    from compliance.report_freshness(${now}::timestamptz)
    order by project_name, project_id, array_position(array['instances', 'instance_backups', 'database_table_backups'], scope)
  `.execute(tx);
  return rows.map((row) => ({
    projectId: row.project_id,
    projectName: row.project_name,
    region: row.region,
    scope: row.scope,
    state: row.state,
    certifiedAt: row.certified_at,
    runId: row.run_id,
    items: row.distinct_ids,
    limitSeconds: row.limit_seconds,
    attemptedAt: row.attempted_at,
    attemptReason: row.attempt_reason,
    attemptErrorCode: row.attempt_error_code,
  }));
}

async function readRun(tx: Tx, now: Date): Promise<Pick<Overview, 'newestRun' | 'scheduleIntervalSeconds'>> {
  const run = await sql<{ run_id: number; started_at: Date; finished_at: Date | null; outcome: string | null }>`
    select run_id, started_at, finished_at, outcome from inventory.run order by run_id desc limit 1`.execute(tx);
  const setting = await sql<{ seconds: number | null }>`
    select schedule_interval_seconds as seconds from compliance.setting_at(${now}::timestamptz)`.execute(tx);
  const row = run.rows[0];
  const newestRun: RunState | null =
    row === undefined
      ? null
      : { runId: row.run_id, startedAt: row.started_at, finishedAt: row.finished_at, outcome: row.outcome };
  return { newestRun, scheduleIntervalSeconds: setting.rows[0]?.seconds ?? null };
}

async function readFigures(tx: Tx, judgement: Judgement | null): Promise<FleetFigures> {
  const { rows } = await sql<{ instances: number; projects: number; backups: number; stored: number }>`
    select
      (select count(*) from inventory.instance i join inventory.project p on p.project_id = i.project_id and p.configured
        where i.retired_at is null)::float8 as instances,
      (select count(*) from inventory.project where configured)::float8 as projects,
      count(*)::float8 as backups, coalesce(sum(b.size_bytes) filter (where b.status = 'COMPLETED'), 0)::float8 as stored
    from inventory.backup b
    join inventory.project p on p.project_id = b.project_id and p.configured
    where b.retired_at is null`.execute(tx);
  const row = rows[0] ?? { instances: 0, projects: 0, backups: 0, stored: 0 };
  const protections: Record<ProtectionState, number> = { protected: 0, unprotected: 0, unknown: 0, exempt: 0 };
  for (const { protection } of judgement?.standings ?? []) protections[protection] += 1;
  return {
    instances: row.instances,
    projects: row.projects,
    backups: row.backups,
    storedBytes: row.stored,
    protections,
  };
}

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

async function readInstances(tx: Tx, { query, pageSize }: OverviewInput, judgement: Judgement | null) {
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
    recovery: sql`(${summed(sql`max(coalesce(b.end_at, b.begin_at)) filter (where b.status = 'COMPLETED' and b.backup_scope = 'instance')`)}) ${direction}`,
    backups: sql`(${summed(sql`count(*)`)}) ${direction}`,
    stored: sql`(${summed(sql`sum(b.size_bytes) filter (where b.status = 'COMPLETED')`)}) ${direction}`,
  }[sort];
  return sql`order by ${column}, lower(i.name), i.project_id, i.instance_id`;
}

function summed(aggregate: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select ${aggregate} from inventory.backup b
    where b.project_id = i.project_id and b.instance_id = i.instance_id and b.retired_at is null`;
}
