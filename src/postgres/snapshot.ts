// Reads the Snapshot in one repeatable-read transaction, in portions, so that neither memory nor the event loop
// suffers from a large estate. Its facts come from the views of migrations/views/20_instance_state.sql.

import { type RawBuilder, sql } from 'kysely';
import { type Scope, scopes } from '../inventory/model.ts';
import type { CloudReadings, CounterValue, InstanceState, ProjectState, Snapshot } from '../inventory/snapshot.ts';
import { foldInto, instanceStatuses } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { assembleBackups, type BackupGroupRow, emptyBackups, type InstanceBackups } from './snapshot-backups.ts';
import { type ComplianceState, readCompliance } from './snapshot-compliance.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface SnapshotOptions {
  /** The instant of the snapshot. */
  now: Date;
  /** Facts older than this give no verdict. */
  freshnessSeconds: number;
}

/** Rows per portion: a portion of 2,000 holds the loop for about 5 ms. */
const portion = 2000;

/** What the database says now, of the configured projects. Throws StoreError. */
export async function readSnapshot(database: Database, options: SnapshotOptions): Promise<Snapshot> {
  const startedMs = performance.now();
  return await inTransaction(database, { isolation: 'repeatable read', readOnly: true }, async (tx) => {
    const compliance = await readCompliance(tx, options);
    const { instances, orphans } = await readInstances(tx, compliance);
    const projects = await readProjects(tx, orphans, compliance, options);
    const counters = await readCounters(tx);
    const readings = await readReadings(tx);
    const { scheduleIntervalSeconds } = compliance;
    const durationSeconds = (performance.now() - startedMs) / 1000;
    return { takenAt: options.now, durationSeconds, projects, instances, counters, readings, scheduleIntervalSeconds };
  });
}

interface InstanceRow {
  project_id: string;
  instance_id: string;
  name: string | null;
  datastore_type: string | null;
  datastore_version: string | null;
  status: string | null;
  mode: string | null;
  created: number | null;
  backup_keep_days: number | null;
  consecutive_failures: number;
  failures: number;
  completions: number;
}

interface Orphans {
  backups: number;
  sizeBytes: number;
}

async function readInstances(tx: Tx, compliance: ComplianceState) {
  const { backups, orphans } = await readBackups(tx);
  const instances: InstanceState[] = [];
  const rows = sql<InstanceRow>`
    select i.project_id, i.instance_id, i.name, i.datastore_type, i.datastore_version, i.status, i.mode,
      extract(epoch from i.created_at)::float8 as created, i.backup_keep_days,
      coalesce(s.consecutive_failures, 0)::float8 as consecutive_failures,
      coalesce(f.value, 0) as failures, coalesce(c.value, 0) as completions
    from inventory.instance i
    join inventory.project p on p.project_id = i.project_id and p.configured
    left join inventory.instance_failure_streak s on s.project_id = i.project_id and s.instance_id = i.instance_id
    left join inventory.counter f on f.counter = 'failures_total' and f.project_id = i.project_id
      and f.instance_id = i.instance_id and f.label_1 = '' and f.label_2 = ''
    left join inventory.counter c on c.counter = 'completions_total' and c.project_id = i.project_id
      and c.instance_id = i.instance_id and c.label_1 = '' and c.label_2 = ''
    where i.retired_at is null
    order by i.project_id, i.instance_id`;
  for await (const row of portions(tx, rows)) {
    const key = instanceKey(row.project_id, row.instance_id);
    instances.push(instanceOf(row, backups.get(key) ?? emptyBackups, compliance));
    backups.delete(key);
  }
  for (const [key, left] of backups) addOrphans(orphans, key.slice(0, key.indexOf('\n')), left);
  return { instances, orphans };
}

function instanceOf(row: InstanceRow, backups: InstanceBackups, compliance: ComplianceState): InstanceState {
  return {
    projectId: row.project_id,
    instanceId: row.instance_id,
    name: row.name,
    datastoreType: row.datastore_type,
    datastoreVersion: row.datastore_version,
    mode: row.mode,
    status: row.status === null ? null : foldInto(instanceStatuses, row.status),
    createdAt: row.created,
    backupKeepDays: row.backup_keep_days,
    ...backups,
    consecutiveFailures: row.consecutive_failures,
    failures: row.failures,
    completions: row.completions,
    objective: compliance.objectiveOf(row.project_id, row.instance_id),
    protection: compliance.protectionOf(row.project_id, row.instance_id),
  };
}

async function readBackups(tx: Tx) {
  const rowsByInstance = new Map<string, BackupGroupRow[]>();
  const orphans = new Map<string, Orphans>();
  const rows = sql<BackupGroupRow & { project_id: string; instance_id: string | null }>`
    select project_id, instance_id, backup_scope, backup_type, status, backups::float8 as backups,
      size_bytes::float8 as size_bytes, extract(epoch from oldest_begin_at)::float8 as oldest_begin,
      extract(epoch from newest_begin_at)::float8 as newest_begin,
      newest[1] as newest_end, newest[2] as newest_size, newest[3] as newest_duration
    from inventory.instance_backup_group`;
  for await (const row of portions(tx, rows)) {
    const { project_id: projectId, instance_id: instanceId, ...group } = row;
    const key = instanceKey(projectId, instanceId ?? '');
    const known = rowsByInstance.get(key);
    if (known === undefined) rowsByInstance.set(key, [group]);
    else known.push(group);
  }
  const backups = new Map<string, InstanceBackups>();
  for (const [key, groups] of rowsByInstance) backups.set(key, assembleBackups(groups));
  return { backups, orphans };
}

/** No id holds a line feed, so a key names one instance. */
function instanceKey(projectId: string, instanceId: string): string {
  return `${projectId}\n${instanceId}`;
}

function addOrphans(orphans: Map<string, Orphans>, projectId: string, left: InstanceBackups): void {
  const sum = orphans.get(projectId) ?? { backups: 0, sizeBytes: 0 };
  for (const group of left.groups) {
    sum.backups += group.backups;
    sum.sizeBytes += group.sizeBytes ?? 0;
  }
  orphans.set(projectId, sum);
}

interface ScopeRow {
  project_id: string;
  name: string;
  region: string;
  scope: string;
  last_attempt: number | null;
  last_certified: number | null;
  reported_total: number | null;
  distinct_ids: number | null;
  duration: number | null;
  quarantined: boolean;
}

async function readProjects(
  tx: Tx,
  orphans: ReadonlyMap<string, Orphans>,
  compliance: ComplianceState,
  options: SnapshotOptions,
): Promise<ProjectState[]> {
  const { rows } = await sql<ScopeRow>`
    select p.project_id, p.name, p.region, s.scope, extract(epoch from s.last_attempt_at)::float8 as last_attempt,
      extract(epoch from s.last_certified_at)::float8 as last_certified, s.reported_total, s.distinct_ids,
      extract(epoch from s.duration)::float8 as duration, s.quarantined
    from inventory.project p join inventory.scope_state s on s.project_id = p.project_id
    order by p.project_id`.execute(tx);
  return [...Map.groupBy(rows, (row) => row.project_id)].map(([projectId, ofProject]) => {
    const scopeRow = new Map(ofProject.map((row) => [row.scope, row]));
    const first = ofProject[0];
    const listed = scopeRow.get('instances')?.last_certified ?? null;
    const complete = scopeRow.get('instance_backups')?.last_certified ?? null;
    return {
      projectId,
      name: first?.name ?? '',
      region: first?.region ?? '',
      scopes: scopes.map((scope) => scopeStateOf(scope, scopeRow.get(scope))),
      orphans: listed === null ? null : (orphans.get(projectId) ?? { backups: 0, sizeBytes: 0 }),
      controls: compliance.controlsOf(projectId),
      verdictsUntil: verdictsUntil(listed, complete, options),
    };
  });
}

/** When the freshness of a project's facts ends; null where it has ended or never began. */
function verdictsUntil(listed: number | null, complete: number | null, options: SnapshotOptions): number | null {
  if (listed === null || complete === null) return null;
  const until = Math.min(listed, complete) + options.freshnessSeconds;
  return until >= options.now.getTime() / 1000 ? until : null;
}

function scopeStateOf(scope: Scope, row: ScopeRow | undefined) {
  return {
    scope,
    lastAttempt: row?.last_attempt ?? null,
    lastCertified: row?.last_certified ?? null,
    reportedItems: row?.reported_total ?? null,
    distinctItems: row?.distinct_ids ?? null,
    durationSeconds: row?.duration ?? null,
    quarantined: row?.quarantined ?? false,
  };
}

async function readCounters(tx: Tx): Promise<Map<string, CounterValue[]>> {
  const { rows } = await sql<CounterValue & { counter: string }>`
    select counter, project_id as "projectId", label_1 as "label1", label_2 as "label2", value
    from inventory.counter where instance_id = '' order by 1, 2, 3, 4`.execute(tx);
  return Map.groupBy(rows, (row) => row.counter);
}

async function readReadings(tx: Tx): Promise<CloudReadings> {
  const { rows } = await sql<{ skew: number | null; expiry: number | null }>`
    select
      (select clock_skew_seconds from inventory.run where clock_skew_seconds is not null
        order by run_id desc limit 1) as skew,
      (select extract(epoch from credential_expires_at)::float8 from inventory.run where finished_at is not null
        order by run_id desc limit 1) as expiry`.execute(tx);
  return { clockSkewSeconds: rows[0]?.skew ?? null, credentialExpiry: rows[0]?.expiry ?? null };
}

/** The rows of a query, fetched in portions through a cursor. */
async function* portions<Row>(tx: Tx, query: RawBuilder<Row>): AsyncGenerator<Row> {
  // Planned for all rows: the default favours a plan that gives the first ones early.
  await sql`set local cursor_tuple_fraction = 1`.execute(tx);
  await sql`declare snapshot_rows no scroll cursor for ${query}`.execute(tx);
  for (;;) {
    const { rows } = await sql<Row>`fetch forward ${sql.raw(String(portion))} from snapshot_rows`.execute(tx);
    yield* rows;
    if (rows.length < portion) break;
  }
  await sql`close snapshot_rows`.execute(tx);
}
