// Reads the facts of instances and their backups: of all of them, or of the few that changed.

import { type RawBuilder, sql } from 'kysely';
import { foldInto, type InstanceState, instanceStatuses } from '../inventory/snapshot.ts';
import { portions } from './portions.ts';
import { assembleBackups, type BackupGroupRow, emptyBackups, type InstanceBackups } from './snapshot-backups.ts';
import { instanceKey } from './snapshot-compliance.ts';
import type { Tx } from './transaction.ts';

export type InstanceFacts = Omit<InstanceState, 'objective' | 'protection'>;

/** What is known under one key: a live instance, or backups whose instance is not live. */
export interface Entry {
  projectId: string;
  instance: InstanceFacts | null;
  backups: InstanceBackups;
}

/** An instance that changed. */
export interface TouchedKey {
  project_id: string;
  instance_id: string | null;
}

/** Everything below the snapshot by key; of the touched keys alone where they are given. */
export async function readEntries(tx: Tx, touched: readonly TouchedKey[] | null): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  await readBackups(tx, touched, entries);
  for await (const row of portions(tx, instanceRows(touched))) {
    const key = instanceKey(row.project_id, row.instance_id);
    const backups = entries.get(key)?.backups ?? emptyBackups;
    entries.set(key, { projectId: row.project_id, backups, instance: { ...instanceOf(row), ...backups } });
  }
  return entries;
}

/** Keeps the planner from turning a look-up per instance into one pass over all backups. */
const onceEach = sql`offset 0`;

async function readBackups(tx: Tx, touched: readonly TouchedKey[] | null, entries: Map<string, Entry>) {
  let key: string | null = null;
  let projectId = '';
  let groups: BackupGroupRow[] = [];
  const close = () => {
    if (key !== null) entries.set(key, { projectId, instance: null, backups: assembleBackups(groups) });
    groups = [];
  };
  for await (const row of portions(tx, backupRows(touched))) {
    const next = instanceKey(row.project_id, row.instance_id);
    if (next !== key) close();
    key = next;
    projectId = row.project_id;
    groups.push(row);
  }
  close();
}

function backupRows(touched: readonly TouchedKey[] | null): RawBuilder<BackupGroupRow & TouchedKey> {
  const source =
    touched === null
      ? sql`inventory.instance_backup_group g`
      : sql`${keys(touched)} cross join lateral (
          select * from inventory.instance_backup_group v
          where v.project_id = k.project_id and v.instance_id = k.instance_id ${onceEach}
        ) g`;
  return sql`
    select g.project_id, g.instance_id, g.backup_scope, g.backup_type, g.status, g.backups::float8 as backups,
      g.size_bytes::float8 as size_bytes, extract(epoch from g.oldest_begin_at)::float8 as oldest_begin,
      extract(epoch from g.newest_begin_at)::float8 as newest_begin,
      g.newest[1] as newest_end, g.newest[2] as newest_size, g.newest[3] as newest_duration
    from ${source}
    order by g.project_id, g.instance_id`;
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

function instanceRows(touched: readonly TouchedKey[] | null): RawBuilder<InstanceRow> {
  const instances =
    touched === null
      ? sql`inventory.instance i`
      : sql`${keys(touched)} join inventory.instance i on i.project_id = k.project_id and i.instance_id = k.instance_id`;
  const streak =
    touched === null
      ? sql`left join inventory.instance_failure_streak s on s.project_id = i.project_id and s.instance_id = i.instance_id`
      : sql`left join lateral (
          select * from inventory.instance_failure_streak v
          where v.project_id = i.project_id and v.instance_id = i.instance_id ${onceEach}
        ) s on true`;
  return sql`
    select i.project_id, i.instance_id, i.name, i.datastore_type, i.datastore_version, i.status, i.mode,
      extract(epoch from i.created_at)::float8 as created, i.backup_keep_days,
      coalesce(s.consecutive_failures, 0)::float8 as consecutive_failures,
      coalesce(f.value, 0) as failures, coalesce(c.value, 0) as completions
    from ${instances}
    ${streak}
    left join inventory.counter f on f.counter = 'failures_total' and f.project_id = i.project_id
      and f.instance_id = i.instance_id and f.label_1 = '' and f.label_2 = ''
    left join inventory.counter c on c.counter = 'completions_total' and c.project_id = i.project_id
      and c.instance_id = i.instance_id and c.label_1 = '' and c.label_2 = ''
    where i.retired_at is null
    order by i.project_id, i.instance_id`;
}

function keys(touched: readonly TouchedKey[]): RawBuilder<unknown> {
  const projectIds = touched.map((key) => key.project_id);
  const instanceIds = touched.map((key) => key.instance_id);
  return sql`unnest(${projectIds}::text[], ${instanceIds}::text[]) as k (project_id, instance_id)`;
}

function instanceOf(row: InstanceRow): Omit<InstanceFacts, keyof InstanceBackups> {
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
    consecutiveFailures: row.consecutive_failures,
    failures: row.failures,
    completions: row.completions,
  };
}
