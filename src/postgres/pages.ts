// Reads the status page in one repeatable-read transaction. Facts are read here; verdicts are those of a Judgement, which
// is older than the facts: where a project's readings have grown too old since, its verdicts are taken as unknown.

import { sql } from 'kysely';
import type {
  FleetFigures,
  InstanceQuery,
  Judgement,
  Overview,
  ReadingState,
  RunState,
  Standing,
} from '../inventory/overview.ts';
import type { ProtectionState } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { readInstances } from './pages-list.ts';
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
