// The estate lives as its clock advances: nightly backups begin, complete or fail, and expired automated ones vanish.

import type { Event } from './agenda.ts';
import { schedule, takeDue } from './agenda.ts';
import type { ProjectEstate } from './estate.ts';
import { automatedOf, finishBackup, insertBackup, removeBackup } from './estate.ts';
import { DAY, dayOf, nextNight, nightPlan, sizeAt, weekdayOf } from './nights.ts';
import type { BackupRecord, DatabaseTablesWire, InstanceRecord, Policy } from './records.ts';

const NEVER = 0x7fff_ffff;

/** Plans the coming night and the next expiry of an instance anew; what was planned before is void. */
export function planInstance(estate: ProjectEstate, instance: InstanceRecord, now: number): void {
  const generation = (estate.generations.get(instance) ?? 0) + 1;
  estate.generations.set(instance, generation);
  if (instance.deletedAt !== null) return;
  const night = nextNight(instance, now);
  if (night !== null) schedule(estate.agenda, { at: night.beginAt, kind: 'night', instance, generation });
  planExpiry(estate, instance, generation);
}

function planExpiry(estate: ProjectEstate, instance: InstanceRecord, generation: number): void {
  if (instance.policy.keepDays === 0) return;
  const oldest = firstLive(estate, instance);
  const at = oldest === undefined ? undefined : oldest.beginAt + instance.policy.keepDays * DAY;
  if (at !== undefined) schedule(estate.agenda, { at, kind: 'expire', instance, generation });
}

function firstLive(estate: ProjectEstate, instance: InstanceRecord): BackupRecord | undefined {
  const queue = estate.automated.get(instance) ?? [];
  const index = queue.findIndex((record) => !record.gone);
  if (index > 0) queue.splice(0, index);
  return index < 0 ? undefined : queue[0];
}

/** Plays everything that is due. Cheap when nothing is. */
export function live(estate: ProjectEstate, now: number): void {
  for (let event = takeDue(estate.agenda, now); event !== null; event = takeDue(estate.agenda, now)) {
    estate.livedUntil = Math.max(estate.livedUntil, event.at);
    play(estate, event);
  }
  estate.livedUntil = Math.max(estate.livedUntil, now);
}

function play(estate: ProjectEstate, event: Event): void {
  if (event.kind === 'finish') {
    if (event.backup.status === 'BUILDING') finishBackup(estate, event.backup, event);
    return;
  }
  if (estate.generations.get(event.instance) !== event.generation) return;
  if (event.kind === 'night') playNight(estate, event.instance, event.at, event.generation);
  else expire(estate, event.instance, event.at, event.generation);
}

function playNight(estate: ProjectEstate, instance: InstanceRecord, at: number, generation: number): void {
  const script = instance.script;
  if (script.skipNext > 0) script.skipNext--;
  else {
    beginNight(estate, instance, at);
    if (instance.tables && weekdayOf(dayOf(at)) === 7) beginTables(estate, instance, at);
  }
  const next = nextNight(instance, at);
  if (next !== null) schedule(estate.agenda, { at: next.beginAt, kind: 'night', instance, generation });
}

function beginNight(estate: ProjectEstate, instance: InstanceRecord, at: number): void {
  const plan = nightPlan(instance, dayOf(at));
  const script = instance.script;
  const hadSome = firstLive(estate, instance) !== undefined;
  const record = insertBackup(estate, {
    list: 'instance_backups',
    instance,
    kind: 'Auto',
    beginAt: at,
    endAt: plan.endAt,
    sizeKb: 0,
    status: 'BUILDING',
  });
  if (!hadSome) planExpiry(estate, instance, estate.generations.get(instance) ?? 0);
  if (script.stickNext > 0) {
    script.stickNext--;
    record.endAt = NEVER;
    return;
  }
  const fails = plan.fails || script.failNext > 0;
  if (script.failNext > 0) script.failNext--;
  finishLater(estate, record, { at: plan.endAt, outcome: fails ? 'FAILED' : 'COMPLETED', sizeKb: plan.sizeKb });
}

/** The weekly table-level backup follows the night's full one. */
function beginTables(estate: ProjectEstate, instance: InstanceRecord, at: number): void {
  const record = insertBackup(estate, {
    list: 'database_table_backups',
    instance,
    kind: 'Auto',
    beginAt: at,
    endAt: at,
    sizeKb: 0,
    status: 'BUILDING',
    given: { databaseTables: [...weeklyTables] },
  });
  const sizeKb = Math.round(sizeAt(instance, dayOf(at), 33) / 8);
  finishLater(estate, record, { at: at + 900, outcome: 'COMPLETED', sizeKb });
}

/** What the weekly table-level backups hold: some tables of one database, and a whole database. */
export const weeklyTables: readonly DatabaseTablesWire[] = [
  { database_name: 'shop', table_names: ['orders', 'order_items', 'refunds'] },
  { database_name: 'audit', table_names: null },
];

/** Lets a running backup end at that time. */
export function finishLater(
  estate: ProjectEstate,
  backup: BackupRecord,
  end: { at: number; outcome: 'COMPLETED' | 'FAILED'; sizeKb: number },
): void {
  backup.endAt = end.at;
  schedule(estate.agenda, { ...end, kind: 'finish', backup });
}

function expire(estate: ProjectEstate, instance: InstanceRecord, at: number, generation: number): void {
  const limit = at - instance.policy.keepDays * DAY;
  for (let record = firstLive(estate, instance); record !== undefined; record = firstLive(estate, instance)) {
    if (record.beginAt > limit) break;
    removeBackup(estate, record, 'expired');
  }
  planExpiry(estate, instance, generation);
}

/** A new policy. Shortening drops what it no longer keeps; switching off stops a running backup and keeps the rest. */
export function changePolicy(
  estate: ProjectEstate,
  instance: InstanceRecord,
  change: Partial<Policy> & { deleteAutomated?: boolean },
): void {
  const { deleteAutomated, ...policy } = change;
  instance.policy = { ...instance.policy, ...policy };
  if (instance.policy.keepDays === 0) {
    for (const record of automatedOf(estate, instance)) {
      if (record.status === 'BUILDING') removeBackup(estate, record, 'stopped');
      else if (deleteAutomated === true) removeBackup(estate, record, 'deleted');
    }
  }
  planInstance(estate, instance, estate.livedUntil);
  live(estate, estate.livedUntil);
}
