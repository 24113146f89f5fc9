// Change between requests: backups appear at the head, the oldest automated ones vanish from the tail, some are deleted
// anywhere. Each with an expected number per request; one seeded stream decides.

import type { ProjectEstate } from './estate.ts';
import { finishBackup, insertBackup, removeBackup } from './estate.ts';
import { finishLater } from './life.ts';
import { dayOf, sizeAt } from './nights.ts';
import type { Random } from './random.ts';
import type { BackupList, BackupRecord } from './records.ts';
import { readSorted } from './sorted-list.ts';

/** Expected changes per list request; 0.3 = one in three, 2.5 = two or three each. */
export interface Churn {
  /** New backups at the head; they are at their end at once or running, half and half. */
  insert: number;
  /** The oldest automated backups. */
  expire: number;
  /** Backups anywhere in the list. */
  delete: number;
  /** New or deleted table-level backups. */
  tables: number;
}

export const noChurn: Churn = { insert: 0, expire: 0, delete: 0, tables: 0 };

/** Plays the churn of one request. */
export function churn(estate: ProjectEstate, rates: Churn, random: Random): void {
  for (let i = random.times(rates.insert); i > 0; i--) insertAtHead(estate, 'instance_backups', random);
  for (let i = random.times(rates.expire); i > 0; i--) expireAtTail(estate);
  for (let i = random.times(rates.delete); i > 0; i--) deleteAnywhere(estate, 'instance_backups', random);
  for (let i = random.times(rates.tables); i > 0; i--) {
    if (random.chance(0.5)) insertAtHead(estate, 'database_table_backups', random);
    else deleteAnywhere(estate, 'database_table_backups', random);
  }
}

/** A backup that begins now; runs for a while or is complete. */
function insertAtHead(estate: ProjectEstate, list: BackupList, random: Random): BackupRecord | null {
  const candidates = list === 'instance_backups' ? estate.instances : estate.instances.filter((one) => one.tables);
  const instance = candidates[random.between(0, candidates.length - 1)];
  if (instance === undefined) return null;
  const now = estate.livedUntil;
  const record = insertBackup(estate, {
    list,
    instance,
    kind: random.chance(0.5) && instance.policy.keepDays > 0 ? 'Auto' : 'Manual',
    beginAt: now,
    endAt: now,
    sizeKb: 0,
    status: 'BUILDING',
    given:
      list === 'database_table_backups' ? { databaseTables: [{ database_name: 'shop', table_names: null }] } : null,
  });
  const end = {
    at: now,
    outcome: random.chance(0.9) ? 'COMPLETED' : 'FAILED',
    sizeKb: sizeAt(instance, dayOf(now), 24),
  } as const;
  if (random.chance(0.5)) finishBackup(estate, record, end);
  else finishLater(estate, record, { ...end, at: now + random.between(5, 1800) });
  return record;
}

function expireAtTail(estate: ProjectEstate): void {
  const list = estate.lists.instance_backups;
  const oldest = readSorted(list, Math.max(0, list.length - 200), 200).findLast((record) => record.kind === 'Auto');
  if (oldest !== undefined) removeBackup(estate, oldest, 'expired');
}

function deleteAnywhere(estate: ProjectEstate, list: BackupList, random: Random): void {
  const sorted = estate.lists[list];
  if (sorted.length === 0) return;
  const record = readSorted(sorted, random.between(0, sorted.length - 1), 1)[0];
  if (record !== undefined) removeBackup(estate, record, 'deleted');
}
