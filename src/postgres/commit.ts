// The commit of one sweep: rows, absence, history, anomalies, certificate and counters in one transaction, or nothing.
// Commits happen one after another over the whole inventory, each later than the one before: so what a reader sees as
// of an instant never changes afterwards.

import { sql } from 'kysely';
import { StoreError } from '../inventory/errors.ts';
import type { Anomaly, Certificate } from '../inventory/model.ts';
import type { AbsenceDecision, Clock, CommitResult, CounterIncrement } from '../inventory/ports.ts';
import { allowNestedLoops } from './absence.ts';
import { anomalyIncrements, saveAnomalies } from './anomalies.ts';
import { announce } from './changes.ts';
import { increaseCounters, sweepIncrements } from './counters.ts';
import type { Database } from './database.ts';
import { itemTables } from './item-table.ts';
import { type MergeResult, mergeStage, type StageSummary, settleStage } from './merge.ts';
import { isQuarantined, liftQuarantine, quarantineMissing, releaseSeen } from './quarantine.ts';
import { refuseLoss, type StagedScope } from './staging.ts';
import { storableInteger, storableText } from './storable.ts';
import { inTransaction, type Tx } from './transaction.ts';
import { applyVerdicts } from './verdicts.ts';

export interface CommitInput {
  certificate: Certificate;
  absence: AbsenceDecision;
  anomalies: readonly Anomaly[];
  counters: readonly CounterIncrement[];
}

/** What lies on the stage. */
export interface Staged {
  /** Facts in each batch. */
  batchSizes: readonly number[];
  /** The newest commit of the scope when staging began; null = there was none. */
  stagedAfter: Date | null;
}

/** Any number that no other program is likely to lock; the same in all versions. */
const commitLock = 6_240_117_002;

/** Commits the staged facts of a scope. Throws SWEEP_SUPERSEDED, RUN_FENCED and what the database says. */
export async function commitSweep(
  deps: { database: Database; clock: Clock },
  scope: StagedScope,
  { batchSizes, stagedAfter }: Staged,
  input: CommitInput,
): Promise<CommitResult> {
  if (!input.certificate.certified && input.absence.kind !== 'none') {
    throw new Error('A sweep that is not certified proves nothing about absence.');
  }
  const { database, clock } = deps;
  const options = { statementTimeoutMs: 10 * 60_000, lockTimeoutMs: 10 * 60_000 };
  return inTransaction(database, options, async (tx) => {
    await prepare(tx, database);
    await refuseFenced(tx, scope.runId);
    await refuseSuperseded(tx, scope, stagedAfter);
    const committedAt = await nextCommitTime(tx, clock);
    const summary = await settleStage(tx, scope);
    refuseLoss(
      batchSizes.reduce((sum, size) => sum + size, 0),
      summary.staged,
    );
    const merged = await mergeStage(tx, scope, batchSizes, committedAt);
    await refreshStatistics(tx, scope);
    const absent = await settleAbsence(tx, scope, input.absence, committedAt);
    const result = resultOf(merged, summary, absent, committedAt);
    await saveAnomalies(tx, scope, input.anomalies, committedAt);
    await saveCertificate(tx, scope, input, summary, result);
    await increaseCounters(tx, [...input.counters, ...incrementsOf(scope, input, merged, absent)]);
    await announce(database, tx, { run: scope.runId, project: scope.projectId, scope: scope.scope });
    return result;
  });
}

async function prepare(tx: Tx, database: Database): Promise<void> {
  // Looking up 20,000 rows by key is right however the statistics of a table look that has just been filled.
  // Such settings make plans look dear, and dear plans are compiled, which takes longer than running them.
  await sql`
    select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), set_config('work_mem', '64MB', true)
  `.execute(tx);
  if (database.kind === 'postgres') await sql`select pg_advisory_xact_lock(${commitLock}::bigint)`.execute(tx);
}

/**
 * What autovacuum does a minute later: who reads a table that was just filled must not have it planned as an empty one,
 * which has every control join 100,000 backups once for each instance. From a small sample: it has to last a minute.
 * Left out where the role may not; Postgres leaves it out while the table is being vacuumed.
 */
async function refreshStatistics(tx: Tx, scope: StagedScope): Promise<void> {
  const { table, planned } = itemTables[scope.scope];
  const { rows } = await sql`
    select set_config('default_statistics_target', '25', true) from pg_class c
    where c.oid = ${table}::regclass
      and pg_relation_size(c.oid) / current_setting('block_size')::int > 20 + 1.2 * c.relpages
      and case when current_setting('server_version_num')::int < 170000 then pg_has_role(c.relowner, 'usage')
        else has_table_privilege(c.oid, 'maintain') end
  `.execute(tx);
  if (rows.length > 0) await sql`analyze (skip_locked) ${sql.table(table)} (${sql.raw(planned)})`.execute(tx);
}

/** Refuses a run that another one has declared dead. The row stays share-locked, so that cannot happen in mid-commit. */
export async function refuseFenced(tx: Tx, runId: number): Promise<void> {
  const open = await sql`
    select from inventory.run where run_id = ${runId} and finished_at is null for share
  `.execute(tx);
  if (open.rows.length > 0) return;
  const message = `Run ${runId} was declared abandoned: it had lost its lock and another run took over. Nothing was kept of this step.`;
  throw new StoreError('RUN_FENCED', message);
}

/**
 * Refuses where another run committed a sweep of this scope while this one was under way, which shards of different
 * counts can bring about. By the order of commits, not by when sweeps began: clocks jump, and one that was a day ahead
 * once would have every later sweep refused for a day.
 */
async function refuseSuperseded(tx: Tx, scope: StagedScope, stagedAfter: Date | null): Promise<void> {
  const other = await tx
    .selectFrom('inventory.sweep')
    .select('run_id')
    .where('project_id', '=', scope.projectId)
    .where('scope', '=', scope.scope)
    .where('mode', '=', 'full')
    .$if(stagedAfter !== null, (query) => query.where('committed_at', '>', stagedAfter))
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) return;
  const message =
    `Run ${other.run_id} committed a sweep of ${scope.scope} of project ${scope.projectId} while this one was under way. ` +
    'This one was not stored. Let one run at a time read a project.';
  throw new StoreError('SWEEP_SUPERSEDED', message);
}

async function nextCommitTime(tx: Tx, clock: Clock): Promise<Date> {
  const { last } = await tx
    .selectFrom('inventory.sweep')
    .select((eb) => eb.fn.max('committed_at').as('last'))
    .executeTakeFirstOrThrow();
  const now = clock.now().getTime();
  return new Date(last === null ? now : Math.max(now, last.getTime() + 1));
}

interface Absent {
  struck: number;
  retired: Map<string, number>;
  quarantinedMissing: number | null;
}

async function settleAbsence(tx: Tx, scope: StagedScope, absence: AbsenceDecision, committedAt: Date): Promise<Absent> {
  const none: Absent = { struck: 0, retired: new Map(), quarantinedMissing: null };
  if (absence.kind === 'judged') {
    const verdicts = await applyVerdicts(tx, scope, absence.verdicts, committedAt);
    await liftQuarantine(tx, scope);
    return { ...none, ...verdicts };
  }
  await allowNestedLoops(tx, false);
  if (await isQuarantined(tx, scope)) await releaseSeen(tx, scope);
  if (absence.kind === 'quarantined') await quarantineMissing(tx, scope, committedAt);
  await allowNestedLoops(tx, true);
  return absence.kind === 'quarantined' ? { ...none, quarantinedMissing: absence.missing } : none;
}

function resultOf(merged: MergeResult, summary: StageSummary, absent: Absent, committedAt: Date): CommitResult {
  const { inserted, updated, revived } = merged;
  return {
    inserted,
    updated,
    unchanged: summary.distinctIds - inserted - updated,
    struck: absent.struck,
    retired: [...absent.retired.values()].reduce((sum, count) => sum + count, 0),
    revived,
    quarantined: absent.quarantinedMissing !== null,
    committedAt,
  };
}

async function saveCertificate(
  tx: Tx,
  scope: StagedScope,
  { certificate, absence, anomalies }: CommitInput,
  summary: StageSummary,
  result: CommitResult,
): Promise<void> {
  const { joint, tie, total } = certificate.rescans;
  const count = (value: number | null) => (value === null ? null : storableInteger(value));
  await tx
    .insertInto('inventory.sweep')
    .values({
      run_id: scope.runId,
      project_id: scope.projectId,
      scope: scope.scope,
      mode: certificate.mode,
      certified: certificate.certified,
      reason: certificate.reason,
      pages: certificate.pages,
      requests: certificate.requests,
      retries: certificate.retries,
      passes: certificate.passes,
      rescans: joint + tie + total,
      rescans_joint: joint,
      rescans_tie: tie,
      rescans_total: total,
      duplicates: certificate.duplicates,
      reported_total_first: count(certificate.reportedTotalFirst),
      reported_total: count(certificate.reportedTotal),
      distinct_ids: certificate.distinctIds,
      ids_digest: summary.idsDigest,
      inserted: result.inserted,
      updated: result.updated,
      unchanged: result.unchanged,
      struck: result.struck,
      retired: result.retired,
      revived: result.revived,
      quarantined: result.quarantined,
      quarantined_missing: absence.kind === 'quarantined' ? absence.missing : null,
      anomalies: anomalies.length,
      started_at: certificate.startedAt,
      finished_at: certificate.finishedAt,
      committed_at: result.committedAt,
      error_code: certificate.errorCode,
      error_message: certificate.errorMessage === null ? null : storableText(certificate.errorMessage),
    })
    .execute();
}

function incrementsOf(scope: StagedScope, input: CommitInput, merged: MergeResult, absent: Absent): CounterIncrement[] {
  const { projectId } = scope;
  const ofBackups = scope.scope !== 'instances';
  const table = itemTables[scope.scope].table.replace('inventory.', '');
  const changed = merged.updated + absent.struck + [...absent.retired.values()].reduce((sum, count) => sum + count, 0);
  return [
    ...sweepIncrements(projectId, scope.scope, input.certificate),
    ...anomalyIncrements(projectId, input.anomalies),
    { counter: 'rows_written_total', label1: table, label2: 'insert', by: merged.inserted },
    { counter: 'rows_written_total', label1: table, label2: 'update', by: changed },
    ...[...merged.ended].flatMap(([instanceId, { completed, failed }]) => [
      { counter: 'completions_total', projectId, instanceId, by: completed },
      { counter: 'failures_total', projectId, instanceId, by: failed },
    ]),
    ...[...(ofBackups ? absent.retired : [])].map(([label1, by]) => ({
      counter: 'retired_total',
      projectId,
      label1,
      by,
    })),
  ];
}
