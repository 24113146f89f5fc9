// The past of a project at the start of the simulation: instances, their nights, manual and table-level backups, one
// deleted instance, a running backup. Generated once, then sorted by number keys, so a million backups take seconds.

import { castInstance, castProject, partOf } from './cast.ts';
import type { NewBackup, ProjectEstate } from './estate.ts';
import { createEstate, createRecord, trackAutomated } from './estate.ts';
import { finishLater, planInstance, weeklyTables } from './life.ts';
import { DAY, dayOf, nightPlan, sizeAt, weekdayOf } from './nights.ts';
import { fraction, hash } from './random.ts';
import type { BackupList, BackupRecord, InstanceRecord } from './records.ts';
import { backupLists } from './records.ts';
import { fillSorted } from './sorted-list.ts';

export interface HistoryOptions {
  seed: number;
  instances: number;
  days: number;
  /** Fills the list of instance backups up to this number with backups made by a script; null = as it comes. */
  backupsPerProject: number | null;
  now: number;
}

/** The project with this number, with its past. */
export function createHistory(index: number, options: HistoryOptions, requests: { answered: number }): ProjectEstate {
  const project = castProject(options.seed, index);
  const estate = createEstate({ project, seed: options.seed, now: options.now, requests });
  const past: NewBackup[] = [];
  for (let i = 0; i < options.instances; i++) {
    const instance = castInstance({ project, projectKey: estate.key, index: i, days: options.days, now: options.now });
    estate.instanceById.set(instance.instanceId, instance);
    estate.instances.push(instance);
    recallInstance(past, instance, i, options);
  }
  estate.instances.sort((a, b) => b.createdAt - a.createdAt);
  if (options.instances > 2) recallDeleted(estate, past, options);
  settle(estate, past, options);
  for (const instance of estate.instances) planInstance(estate, instance, options.now);
  return estate;
}

function recallInstance(past: NewBackup[], instance: InstanceRecord, index: number, options: HistoryOptions): void {
  const part = partOf(index);
  if (part === 'unprotected') return;
  if (part !== 'manual_only') recallNights(past, instance, index, options);
  if (part === 'manual_only')
    past.push(manual(instance, options.now - 2 * DAY), manual(instance, options.now - 9 * DAY));
  recallManual(past, instance, options);
  if (instance.tables) recallTables(past, instance, options);
  if (part === 'ordinary' && index % 20 === 1) {
    past.push({ ...manual(instance, options.now - 240), endAt: options.now + 1500, status: 'BUILDING', sizeKb: 0 });
  }
}

/** The nights that the policy still keeps. */
function recallNights(past: NewBackup[], instance: InstanceRecord, index: number, options: HistoryOptions): void {
  const part = partOf(index);
  const offDays = part === 'policy_off' ? 9 : 0;
  const keepDays = part === 'policy_off' ? 30 : Math.min(instance.policy.keepDays, options.days);
  const last = dayOf(options.now) - offDays;
  for (let day = dayOf(options.now) - keepDays; day <= last; day++) {
    if (!instance.policy.period.includes(weekdayOf(day))) continue;
    const plan = nightPlan(instance, day);
    const kept = part === 'policy_off' || plan.beginAt + keepDays * DAY > options.now;
    if (!kept || plan.beginAt > options.now || plan.beginAt < instance.createdAt) continue;
    const fails = plan.fails || (part === 'failing' && day >= last - 3);
    const running = plan.endAt > options.now;
    past.push({
      list: 'instance_backups',
      instance,
      kind: 'Auto',
      beginAt: plan.beginAt,
      endAt: plan.endAt,
      sizeKb: fails || running ? 0 : plan.sizeKb,
      status: running ? 'BUILDING' : fails ? 'FAILED' : 'COMPLETED',
    });
    recallIncremental(past, instance, plan.beginAt, options.now);
  }
  if (part === 'newcomer') {
    // The first full backup follows the creation.
    past.push({ ...manual(instance, instance.createdAt + 600), kind: 'Auto' });
  }
}

/** Cassandra also has incremental backups, which only the oldest generation of the API shows. */
function recallIncremental(past: NewBackup[], instance: InstanceRecord, fullAt: number, now: number): void {
  if (!instance.tables || fullAt + 43_500 > now) return;
  past.push({
    ...manual(instance, fullAt + 43_200),
    list: 'incremental',
    kind: 'Incremental',
    sizeKb: Math.round(instance.baseSizeKb / 50),
  });
}

function recallManual(past: NewBackup[], instance: InstanceRecord, options: HistoryOptions): void {
  for (let day = dayOf(options.now) - options.days; day < dayOf(options.now); day++) {
    if (fraction(instance.key, day, 21) > 0.06) continue;
    const beginAt = day * DAY + 8 * 3600 + (hash(instance.key, day, 22) % 28_800);
    if (beginAt < instance.createdAt) continue;
    const fails = fraction(instance.key, day, 23) < 0.05;
    past.push({ ...manual(instance, beginAt), ...(fails ? { status: 'FAILED', sizeKb: 0 } : {}) });
  }
}

/** Weekly automated table-level backups, and now and then one made by hand. */
function recallTables(past: NewBackup[], instance: InstanceRecord, options: HistoryOptions): void {
  for (let day = dayOf(options.now) - options.days; day < dayOf(options.now); day++) {
    const weekly = weekdayOf(day) === 7;
    if (!weekly && fraction(instance.key, day, 31) > 0.04) continue;
    const beginAt = day * DAY + 11 * 3600 + (hash(instance.key, day, 32) % 3600);
    past.push({
      ...manual(instance, beginAt),
      list: 'database_table_backups',
      kind: weekly ? 'Auto' : 'Manual',
      sizeKb: Math.round(sizeAt(instance, day, 33) / 8),
      given: { databaseTables: weekly ? [...weeklyTables] : weeklyTables.slice(0, 1) },
    });
  }
}

/** An instance that is gone; its manual backups stayed. */
function recallDeleted(estate: ProjectEstate, past: NewBackup[], options: HistoryOptions): void {
  const instance = castInstance({
    project: estate.project,
    projectKey: estate.key,
    index: 1_000_002,
    days: options.days,
    now: options.now,
  });
  instance.name = `legacy-${estate.project.label}`;
  instance.tables = false;
  instance.deletedAt = options.now - 3 * DAY;
  estate.instanceById.set(instance.instanceId, instance);
  for (const daysAgo of [3.2, 16, 31]) past.push(manual(instance, options.now - Math.floor(daysAgo * DAY)));
}

/** Backups that a script makes every few hours, a common pattern with Redis. Oldest first, made one by one. */
function* scripted(estate: ProjectEstate, present: number, options: HistoryOptions): Generator<NewBackup> {
  const missing = Math.max(0, (options.backupsPerProject ?? 0) - present);
  const span = options.days * DAY - 7200;
  for (let i = missing - 1; i >= 0; i--) {
    const instance = estate.instances[hash(estate.key, i, 41) % estate.instances.length];
    if (instance !== undefined) yield manual(instance, options.now - 7200 - Math.floor((span * i) / missing));
  }
}

function manual(instance: InstanceRecord, beginAt: number): NewBackup {
  return {
    list: 'instance_backups',
    instance,
    kind: 'Manual',
    beginAt,
    endAt: beginAt + 120 + (hash(instance.key, beginAt) % 1500),
    sizeKb: sizeAt(instance, dayOf(beginAt), 24),
    status: 'COMPLETED',
  };
}

/** Gives out the sequence numbers in the order of begin and fills the lists. Scripted backups are never held twice. */
function settle(estate: ProjectEstate, past: readonly NewBackup[], options: HistoryOptions): void {
  const ordered = past.toSorted((a, b) => a.beginAt - b.beginAt);
  const lists: Record<BackupList, BackupRecord[]> = {
    instance_backups: [],
    database_table_backups: [],
    incremental: [],
  };
  const take = (backup: NewBackup) => {
    const record = createRecord(estate, backup);
    lists[record.list].push(record);
    trackAutomated(estate, record);
    if (record.status === 'BUILDING') {
      const sizeKb = sizeAt(record.instance, dayOf(record.beginAt), 14);
      finishLater(estate, record, { at: record.endAt, outcome: 'COMPLETED', sizeKb });
    }
  };
  let next = 0;
  const takeUntil = (beginAt: number) => {
    for (let backup = ordered[next]; backup !== undefined && backup.beginAt <= beginAt; backup = ordered[++next]) {
      take(backup);
    }
  };
  const present = past.filter((backup) => backup.list === 'instance_backups').length;
  for (const backup of scripted(estate, present, options)) {
    takeUntil(backup.beginAt);
    take(backup);
  }
  takeUntil(Infinity);
  for (const list of backupLists) fillSorted(estate.lists[list], lists[list]);
}
