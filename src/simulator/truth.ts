// What the lists hold now, as a test compares it with what a client found.

import type { JournalEntry } from './estate.ts';
import type { BackupList } from './records.ts';
import { backupId } from './records.ts';
import { walkSorted } from './sorted-list.ts';
import type { BackupWire, InstanceWire } from './wire.ts';
import { showBackup, showInstance } from './wire.ts';
import type { World } from './world.ts';
import { estateOf } from './world.ts';

/** The three lists of a project in their order, newest first; `size` in KB, times with +0000. */
export interface Truth {
  /** The instant of the simulated clock. */
  now: string;
  instances: InstanceWire[];
  instance_backups: BackupWire[];
  database_table_backups: BackupWire[];
}

export interface TruthIds {
  now: string;
  instances: string[];
  instance_backups: string[];
  database_table_backups: string[];
}

function requireEstate(world: World, projectId: string) {
  const estate = estateOf(world, projectId);
  if (estate === null) throw new Error(`no project ${projectId}`);
  return estate;
}

export function readTruth(world: World, projectId: string): Truth {
  const estate = requireEstate(world, projectId);
  const behaviour = { ...world.behaviour, zone: '+0000' as const };
  const show = (list: BackupList) =>
    [...walkSorted(estate.lists[list])].map((record) => showBackup(estate, record, 'v4', behaviour));
  return {
    now: world.clock.now().toISOString(),
    instances: estate.instances.map((instance) => showInstance(estate, instance)),
    instance_backups: show('instance_backups'),
    database_table_backups: show('database_table_backups'),
  };
}

/** The same, ids only: for large estates. */
export function readTruthIds(world: World, projectId: string): TruthIds {
  const estate = requireEstate(world, projectId);
  const ids = (list: BackupList) =>
    Array.from(walkSorted(estate.lists[list]), (record) => backupId(estate.key, record));
  return {
    now: world.clock.now().toISOString(),
    instances: estate.instances.map((instance) => instance.instanceId),
    instance_backups: ids('instance_backups'),
    database_table_backups: ids('database_table_backups'),
  };
}

/** Everything that changed in a project since the start, oldest first. */
export function readJournal(world: World, projectId: string): readonly JournalEntry[] {
  return requireEstate(world, projectId).journal;
}
