// Reads the page of one instance in one repeatable-read transaction: who it is, its backups, its verdicts and its past.

import { sql } from 'kysely';
import type {
  BackupPoint,
  BackupRow,
  Finding,
  InstanceChange,
  InstanceDetail,
  InstanceView,
  Judgement,
} from '../inventory/overview.ts';
import type { ProtectionState } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { readBackupsOfDays } from './pages-days.ts';
import { type JudgeScope, keyOf, protectionRule, readCalendar, readFindings } from './pages-judgement.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface InstanceInput extends JudgeScope {
  now: Date;
  /** An instant in the past to look at; null = now. */
  asOf: Date | null;
  page: number;
  pageSize: number;
  /** Verdicts that are recent enough to be shown; null = judge this instance. */
  judgement: Judgement | null;
}

const plottedDays = 90;
const plottedAtMost = 400;

/** The page of an instance; null where the inventory does not know it (or did not, then). Throws StoreError. */
export async function readInstanceView(database: Database, input: InstanceInput): Promise<InstanceView | null> {
  const options = { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 30_000 } as const;
  return await inTransaction(database, options, async (tx) => {
    await sql`select set_config('jit', 'off', true)`.execute(tx);
    const asOf = input.asOf ?? input.now;
    const instance = await readDetail(tx, input, asOf);
    if (instance === null) return null;
    const judged = await judgedOf(tx, input, asOf);
    const counted = await sql<{ backups: number }>`
      select count(*)::float8 as backups from inventory.backup_as_of(${asOf}::timestamptz) b
      where b.project_id = ${input.projectId} and b.instance_id = ${input.instanceId}`.execute(tx);
    const backupCount = counted.rows[0]?.backups ?? 0;
    const page = Math.max(1, Math.min(input.page, Math.ceil(backupCount / input.pageSize)));
    const key = { project_id: input.projectId, instance_id: input.instanceId };
    const days = await readBackupsOfDays(tx, [key], judged.days);
    return {
      readAt: input.now,
      asOf: input.asOf,
      instance,
      ...judged,
      backupsOfDays: days.get(keyOf(input.projectId, input.instanceId)) ?? new Map(),
      backups: await readBackups(tx, { ...input, page }, asOf),
      backupCount,
      page,
      pageSize: input.pageSize,
      points: await readPoints(tx, input, asOf),
      changes: await readChanges(tx, input, asOf),
    };
  });
}

type Judged = Pick<InstanceView, 'protection' | 'findings' | 'judgedAt' | 'days' | 'dayLetters'>;

async function judgedOf(tx: Tx, input: InstanceInput, asOf: Date): Promise<Judged> {
  const { projectId, instanceId, judgement } = input;
  if (judgement !== null && input.asOf === null) {
    const ofThis = (one: { projectId: string; instanceId: string | null }) =>
      one.projectId === projectId && one.instanceId === instanceId;
    const standing = judgement.standings.find(ofThis);
    if (standing !== undefined) {
      const { judgedAt, days } = judgement;
      const findings = judgement.findings.filter(ofThis);
      return { protection: standing.protection, findings, judgedAt, days, dayLetters: standing.days };
    }
  }
  const only = { projectId, instanceId };
  const findings: Finding[] = [];
  for await (const finding of readFindings(tx, { asOf, only })) findings.push(finding);
  const calendar = await readCalendar(tx, { asOf, only });
  return {
    protection: await protectionOf(tx, findings),
    findings,
    judgedAt: asOf,
    days: calendar.days,
    dayLetters: calendar.letters.get(keyOf(projectId, instanceId)) ?? '',
  };
}

async function protectionOf(tx: Tx, findings: readonly Finding[]): Promise<ProtectionState | null> {
  const verdict = (control: string) => findings.find((one) => one.controlId === control)?.verdict ?? null;
  const lastGood = verdict('BK-01');
  return lastGood === null ? null : await protectionRule(tx)(lastGood, verdict('BK-07'));
}

interface DetailRow {
  project_id: string;
  project_name: string;
  region: string;
  instance_id: string;
  name: string | null;
  datastore_type: string | null;
  datastore_version: string | null;
  status: string | null;
  mode: string | null;
  created_at: Date | null;
  first_seen_at: Date;
  backup_keep_days: number | null;
  backup_window: string | null;
  missing_since: Date | null;
  retired_at: Date | null;
  rpo_seconds: number | null;
  retention_seconds: number;
  minimum_copies: number;
  manual_counts: boolean;
  position: number;
  config_digest: string;
  valid_from: Date;
}

async function readDetail(tx: Tx, { projectId, instanceId }: JudgeScope, asOf: Date): Promise<InstanceDetail | null> {
  const { rows } = await sql<DetailRow>`
    select i.project_id, p.name as project_name, p.region, i.instance_id, i.name, i.datastore_type, i.datastore_version,
      i.status, i.mode, i.created_at, i.first_seen_at, i.backup_keep_days, i.backup_window, i.missing_since, i.retired_at,
      o.rpo_seconds, o.retention_seconds, o.minimum_copies, o.manual_counts, o.position, o.config_digest, o.valid_from
    from inventory.instance_as_of(${asOf}::timestamptz) i
    join inventory.project_as_of(${asOf}::timestamptz) p on p.project_id = i.project_id
    left join lateral compliance.objective_at(
      ${asOf}::timestamptz, i.project_id, p.name, i.name, i.datastore_type) o on true
    where i.project_id = ${projectId} and i.instance_id = ${instanceId}`.execute(tx);
  const row = rows[0];
  if (row === undefined) return null;
  return {
    projectId: row.project_id,
    projectName: row.project_name,
    region: row.region,
    instanceId: row.instance_id,
    name: row.name,
    datastoreType: row.datastore_type,
    datastoreVersion: row.datastore_version,
    status: row.status,
    mode: row.mode,
    createdAt: row.created_at,
    firstSeenAt: row.first_seen_at,
    backupKeepDays: row.backup_keep_days,
    backupWindow: row.backup_window,
    missingSince: row.missing_since,
    retiredAt: row.retired_at,
    objective:
      row.rpo_seconds === null
        ? null
        : {
            rpoSeconds: row.rpo_seconds,
            retentionSeconds: row.retention_seconds,
            minimumCopies: row.minimum_copies,
            manualCounts: row.manual_counts,
            position: row.position,
            configDigest: row.config_digest,
            validFrom: row.valid_from,
          },
  };
}

async function readBackups(tx: Tx, input: InstanceInput, asOf: Date): Promise<BackupRow[]> {
  const { projectId, instanceId, page, pageSize } = input;
  const { rows } = await sql<BackupRow>`
    select b.backup_id as "backupId", b.name, b.backup_scope as "backupScope", b.backup_type as "backupType", b.status,
      b.begin_at as "beginAt", b.end_at as "endAt", b.size_bytes::float8 as "sizeBytes", b.first_seen_at as "firstSeenAt",
      b.missing_since as "missingSince", b.retired_at as "retiredAt", b.retired_reason as "retiredReason"
    from inventory.backup_as_of(${asOf}::timestamptz) b
    where b.project_id = ${projectId} and b.instance_id = ${instanceId}
    order by b.begin_at desc, b.backup_id, b.backup_scope
    limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(tx);
  return rows;
}

async function readPoints(tx: Tx, { projectId, instanceId }: JudgeScope, asOf: Date): Promise<BackupPoint[]> {
  const { rows } = await sql<BackupPoint>`
    select b.begin_at as "beginAt", b.status, b.size_bytes::float8 as "sizeBytes",
      extract(epoch from b.end_at - b.begin_at)::float8 as "durationSeconds"
    from inventory.backup_as_of(${asOf}::timestamptz) b
    where b.project_id = ${projectId} and b.instance_id = ${instanceId} and b.backup_scope = 'instance'
      and b.begin_at > ${asOf}::timestamptz - ${sql.lit(plottedDays)} * interval '24 hours'
    order by b.begin_at desc, b.backup_id limit ${sql.lit(plottedAtMost)}`.execute(tx);
  return rows.reverse();
}

async function readChanges(tx: Tx, { projectId, instanceId }: JudgeScope, asOf: Date): Promise<InstanceChange[]> {
  const { rows } = await sql<InstanceChange>`
    select h.recorded_from as "recordedFrom", h.name, h.status, h.datastore_version as "datastoreVersion",
      h.backup_keep_days as "backupKeepDays", h.backup_window as "backupWindow"
    from inventory.instance_history h
    where h.project_id = ${projectId} and h.instance_id = ${instanceId} and h.recorded_from <= ${asOf}::timestamptz
    order by h.recorded_from desc limit 20`.execute(tx);
  return rows;
}
