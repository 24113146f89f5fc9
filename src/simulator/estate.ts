// The state of one project: its instances and its lists of backups, and every change that can happen to them. Each
// change is written into a journal, so that a test can tell what was alive throughout a sweep.

import type { Agenda } from './agenda.ts';
import { hash, hashText } from './random.ts';
import type { BackupKind, BackupList, BackupRecord, GivenFields, InstanceRecord, ProjectRecord } from './records.ts';
import { backupId, sequenceOf } from './records.ts';
import type { SortedList } from './sorted-list.ts';
import { createSortedList, insertSorted, removeSorted, walkSorted } from './sorted-list.ts';

export interface JournalEntry {
  /** Seconds since 1970 of the simulated clock. */
  at: number;
  /** The number of requests answered before the change. */
  afterRequest: number;
  change: 'inserted' | 'completed' | 'failed' | 'expired' | 'deleted' | 'stopped' | 'released';
  scope: BackupList | 'instances';
  id: string;
}

export interface ProjectEstate {
  readonly project: ProjectRecord;
  readonly key: number;
  /** Live ones, newest created first. */
  instances: InstanceRecord[];
  /** Also the deleted ones. */
  readonly instanceById: Map<string, InstanceRecord>;
  readonly lists: Record<BackupList, SortedList>;
  readonly bySequence: (BackupRecord | undefined)[];
  readonly byGivenId: Map<string, BackupRecord>;
  /** Automated backups per instance, oldest first; gone ones are dropped when met. */
  readonly automated: Map<InstanceRecord, BackupRecord[]>;
  /** Counts how often an instance's events were planned anew; older events are void. */
  readonly generations: Map<InstanceRecord, number>;
  readonly agenda: Agenda;
  readonly journal: JournalEntry[];
  /** Up to when life was played. */
  livedUntil: number;
  /** Shared by all projects of a simulation. */
  readonly requests: { answered: number };
}

const JOURNAL_LIMIT = 200_000;

export function createEstate(input: {
  project: ProjectRecord;
  seed: number;
  now: number;
  requests: { answered: number };
}): ProjectEstate {
  return {
    project: input.project,
    key: hash(input.seed, hashText(input.project.projectId)),
    instances: [],
    instanceById: new Map(),
    lists: {
      instance_backups: createSortedList(),
      database_table_backups: createSortedList(),
      incremental: createSortedList(),
    },
    bySequence: [],
    byGivenId: new Map(),
    automated: new Map(),
    generations: new Map(),
    agenda: [],
    journal: [],
    livedUntil: input.now,
    requests: input.requests,
  };
}

export function note(
  estate: ProjectEstate,
  change: JournalEntry['change'],
  scope: JournalEntry['scope'],
  id: string,
): void {
  if (estate.journal.length >= JOURNAL_LIMIT) estate.journal.splice(0, JOURNAL_LIMIT / 2);
  estate.journal.push({ at: estate.livedUntil, afterRequest: estate.requests.answered, change, scope, id });
}

export interface NewBackup {
  list: BackupList;
  instance: InstanceRecord;
  kind: BackupKind;
  beginAt: number;
  endAt: number;
  sizeKb: number;
  status: string;
  given?: GivenFields | null;
}

/** A record with the next sequence number, not yet in a list. */
export function createRecord(estate: ProjectEstate, backup: NewBackup): BackupRecord {
  const record: BackupRecord = {
    seq: estate.bySequence.length,
    list: backup.list,
    instance: backup.instance,
    kind: backup.kind,
    beginAt: backup.beginAt,
    endAt: backup.endAt,
    sizeKb: backup.sizeKb,
    status: backup.status,
    given: backup.given ?? null,
    gone: false,
  };
  estate.bySequence.push(record);
  if (record.given?.id !== undefined) estate.byGivenId.set(record.given.id, record);
  return record;
}

/** Automated backups of whole instances leave the list by themselves: remember them in order. */
export function trackAutomated(estate: ProjectEstate, record: BackupRecord): void {
  if (record.kind !== 'Auto' || record.list !== 'instance_backups') return;
  const queue = estate.automated.get(record.instance);
  if (queue === undefined) estate.automated.set(record.instance, [record]);
  else queue.splice(queue.findLastIndex((other) => other.beginAt <= record.beginAt) + 1, 0, record);
}

export function insertBackup(estate: ProjectEstate, backup: NewBackup): BackupRecord {
  const record = createRecord(estate, backup);
  insertSorted(estate.lists[record.list], record);
  trackAutomated(estate, record);
  note(estate, 'inserted', record.list, backupId(estate.key, record));
  return record;
}

/** Takes the backup off its list; whether it was there. */
export function removeBackup(
  estate: ProjectEstate,
  record: BackupRecord,
  change: 'expired' | 'deleted' | 'stopped' | 'released',
): boolean {
  if (record.gone) return false;
  record.gone = true;
  removeSorted(estate.lists[record.list], record);
  estate.bySequence[record.seq] = undefined;
  if (record.given?.id !== undefined) estate.byGivenId.delete(record.given.id);
  note(estate, change, record.list, backupId(estate.key, record));
  return true;
}

/** Ends a running backup. */
export function finishBackup(
  estate: ProjectEstate,
  record: BackupRecord,
  end: { at: number; outcome: 'COMPLETED' | 'FAILED'; sizeKb: number },
): void {
  if (record.gone) return;
  record.status = end.outcome;
  record.endAt = end.at;
  record.sizeKb = end.outcome === 'FAILED' ? 0 : end.sizeKb;
  note(estate, end.outcome === 'FAILED' ? 'failed' : 'completed', record.list, backupId(estate.key, record));
}

export function findBackup(estate: ProjectEstate, id: string): BackupRecord | null {
  const given = estate.byGivenId.get(id);
  if (given !== undefined) return given;
  const record = estate.bySequence[sequenceOf(estate.key, id)];
  return record !== undefined && backupId(estate.key, record) === id ? record : null;
}

export function addInstance(estate: ProjectEstate, instance: InstanceRecord): void {
  estate.instanceById.set(instance.instanceId, instance);
  const at = estate.instances.findIndex((other) => other.createdAt <= instance.createdAt);
  estate.instances.splice(at < 0 ? estate.instances.length : at, 0, instance);
}

/** The automated backups of an instance that are still listed, oldest first. */
export function automatedOf(estate: ProjectEstate, instance: InstanceRecord): BackupRecord[] {
  const live = (estate.automated.get(instance) ?? []).filter((record) => !record.gone);
  estate.automated.set(instance, live);
  return live;
}

/** Deletes an instance: its automated backups go with it, manual ones stay. */
export function deleteInstance(estate: ProjectEstate, instance: InstanceRecord): void {
  if (instance.deletedAt !== null) return;
  instance.deletedAt = estate.livedUntil;
  estate.instances = estate.instances.filter((other) => other !== instance);
  estate.generations.set(instance, (estate.generations.get(instance) ?? 0) + 1);
  note(estate, 'deleted', 'instances', instance.instanceId);
  for (const record of automatedOf(estate, instance)) removeBackup(estate, record, 'released');
  const tables = [...walkSorted(estate.lists.database_table_backups)];
  for (const record of tables) {
    if (record.instance === instance && record.kind === 'Auto') removeBackup(estate, record, 'released');
  }
}
