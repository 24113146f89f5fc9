// The groups of one instance's backups, folded into the closed label sets of the snapshot. Pure.

import {
  type BackupGroup,
  type BackupMarks,
  type BackupScopeLabel,
  backupScopes,
  backupStatuses,
  backupTypes,
  foldInto,
  type InstanceState,
} from '../inventory/snapshot.ts';

/** A row of inventory.instance_backup_group, times in seconds since 1970; -1 = unknown in the `newest_…` fields. */
export interface BackupGroupRow {
  backup_scope: string;
  backup_type: string;
  status: string;
  backups: number;
  size_bytes: number | null;
  oldest_begin: number;
  newest_begin: number;
  newest_end: number;
  newest_size: number;
  newest_duration: number;
}

export type InstanceBackups = Pick<InstanceState, 'groups' | 'marks' | 'oldestBuilding'>;

/** What an instance without any backup has. */
export const emptyBackups: InstanceBackups = { groups: [], marks: [], oldestBuilding: null };

/** Folds the rows of one instance; types and statuses that are new to us add up in `other`. */
export function assembleBackups(rows: readonly BackupGroupRow[]): InstanceBackups {
  const groups = new Map<string, BackupGroup>();
  const marks = new Map<string, BackupMarks>();
  let oldestBuilding: number | null = null;
  for (const row of rows) {
    addToGroup(groups, row);
    if (row.backup_scope !== 'instance') continue;
    if (row.status === 'BUILDING') oldestBuilding = least(oldestBuilding, row.oldest_begin);
    if (row.status === 'COMPLETED' || row.status === 'FAILED') addToMarks(marks, row);
  }
  const ordered = [...groups].sort(byKey).map(([, group]) => group);
  return { groups: ordered, marks: [...marks].sort(byKey).map(([, oneType]) => oneType), oldestBuilding };
}

function addToGroup(groups: Map<string, BackupGroup>, row: BackupGroupRow): void {
  const backupType = foldInto(backupTypes, row.backup_type);
  const backupScope: BackupScopeLabel = row.backup_scope === backupScopes[1] ? 'database_table' : 'instance';
  const status = foldInto(backupStatuses, row.status);
  const key = `${backupType} ${backupScope} ${status}`;
  const group = groups.get(key);
  groups.set(key, {
    backupType,
    backupScope,
    status,
    backups: row.backups + (group?.backups ?? 0),
    sizeBytes: sum(row.size_bytes, group?.sizeBytes ?? null),
  });
}

function addToMarks(marks: Map<string, BackupMarks>, row: BackupGroupRow): void {
  const backupType = foldInto(backupTypes, row.backup_type);
  const before = marks.get(backupType) ?? {
    backupType,
    lastSuccess: null,
    lastFailure: null,
    oldestCompleted: null,
    lastSizeBytes: null,
    lastDurationSeconds: null,
  };
  if (row.status === 'FAILED') {
    marks.set(backupType, { ...before, lastFailure: greatest(before.lastFailure, row.newest_begin) });
    return;
  }
  const newer = before.lastSuccess === null || row.newest_end > before.lastSuccess;
  marks.set(backupType, {
    ...before,
    oldestCompleted: least(before.oldestCompleted, row.oldest_begin),
    lastSuccess: newer ? row.newest_end : before.lastSuccess,
    lastSizeBytes: newer ? known(row.newest_size) : before.lastSizeBytes,
    lastDurationSeconds: newer ? known(row.newest_duration) : before.lastDurationSeconds,
  });
}

function known(value: number): number | null {
  return value < 0 ? null : value;
}

function sum(left: number | null, right: number | null): number | null {
  return left === null ? right : left + (right ?? 0);
}

function least(left: number | null, right: number): number {
  return left === null ? right : Math.min(left, right);
}

function greatest(left: number | null, right: number): number {
  return left === null ? right : Math.max(left, right);
}

function byKey([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
