// Changes to backups, instances and policies by hand, as a tester wants them.

import { createInstance } from './cast.ts';
import type { ProjectEstate } from './estate.ts';
import { addInstance, deleteInstance, findBackup, finishBackup, insertBackup, note, removeBackup } from './estate.ts';
import { changePolicy, finishLater, planInstance } from './life.ts';
import { dayOf, sizeAt } from './nights.ts';
import { hash } from './random.ts';
import type {
  BackupKind,
  BackupRecord,
  DatabaseTablesWire,
  Engine,
  InstanceRecord,
  NightScript,
  Policy,
} from './records.ts';
import { backupId, engines } from './records.ts';
import type { World } from './world.ts';
import { estateOf } from './world.ts';

/** A change that cannot be made, with the reason. */
export class ControlError extends Error {
  readonly code = 'simulator_control';
}

export interface InsertBackup {
  projectId: string;
  /** Default: the newest instance. */
  instanceId?: string;
  scope?: 'instance_backups' | 'database_table_backups';
  type?: BackupKind;
  status?: string;
  /** Default: now. */
  beginTime?: string;
  endTime?: string;
  /** KB; default: what the instance would have. */
  size?: number;
  id?: string;
  name?: string;
  description?: string | null;
  databaseTables?: DatabaseTablesWire[];
  /** A running backup ends by itself after so many seconds; default: never. */
  runSeconds?: number;
}

export interface InsertInstance {
  projectId: string;
  name: string;
  datastoreType?: Engine;
  keepDays?: number;
  instanceId?: string;
  createdTime?: string;
  status?: string;
}

type BackupRef = { projectId: string; backupId: string };
type InstanceRef = { projectId: string; instanceId: string };

/** What can be done to backups. */
export function backupControl(world: World) {
  const locate = ({ projectId, backupId: id }: BackupRef): { estate: ProjectEstate; record: BackupRecord } => {
    const estate = requireEstate(world, projectId);
    const record = findBackup(estate, id);
    if (record === null) throw new ControlError(`no backup ${id} in project ${projectId}`);
    return { estate, record };
  };
  return {
    /** The id of the new backup. */
    insertBackup: (given: InsertBackup): string => {
      const estate = requireEstate(world, given.projectId);
      const instance = given.instanceId === undefined ? estate.instances[0] : estate.instanceById.get(given.instanceId);
      if (instance === undefined) throw new ControlError(`no such instance in project ${given.projectId}`);
      return backupId(estate.key, insertGiven(estate, instance, given));
    },
    deleteBackup: (ref: BackupRef) => {
      const { estate, record } = locate(ref);
      removeBackup(estate, record, 'deleted');
    },
    completeBackup: (ref: BackupRef & { size?: number }) => {
      const { estate, record } = locate(ref);
      const sizeKb = ref.size ?? sizeAt(record.instance, dayOf(record.beginAt), 14);
      finishBackup(estate, record, { at: estate.livedUntil, outcome: 'COMPLETED', sizeKb });
    },
    failBackup: (ref: BackupRef) => {
      const { estate, record } = locate(ref);
      finishBackup(estate, record, { at: estate.livedUntil, outcome: 'FAILED', sizeKb: 0 });
    },
  };
}

function insertGiven(estate: ProjectEstate, instance: InstanceRecord, given: InsertBackup): BackupRecord {
  const beginAt = given.beginTime === undefined ? estate.livedUntil : toSeconds(given.beginTime);
  const status = given.status ?? 'COMPLETED';
  const sizeKb = given.size ?? (status === 'COMPLETED' ? sizeAt(instance, dayOf(beginAt), 14) : 0);
  const record = insertBackup(estate, {
    list: given.scope ?? 'instance_backups',
    instance,
    kind: given.type ?? 'Manual',
    beginAt,
    endAt: given.endTime === undefined ? beginAt : toSeconds(given.endTime),
    sizeKb,
    status,
    given: {
      id: given.id,
      name: given.name,
      description: given.description,
      databaseTables: given.databaseTables,
    },
  });
  if (record.kind === 'Auto') planInstance(estate, instance, estate.livedUntil);
  if (status === 'BUILDING' && given.runSeconds !== undefined) {
    const at = estate.livedUntil + given.runSeconds;
    finishLater(estate, record, { at, outcome: 'COMPLETED', sizeKb: sizeAt(instance, dayOf(beginAt), 14) });
  }
  return record;
}

/** What can be done to instances. */
export function instanceControl(world: World) {
  const locate = ({ projectId, instanceId }: InstanceRef): { estate: ProjectEstate; instance: InstanceRecord } => {
    const estate = requireEstate(world, projectId);
    const instance = estate.instanceById.get(instanceId);
    if (instance === undefined) throw new ControlError(`no instance ${instanceId} in project ${projectId}`);
    return { estate, instance };
  };
  return {
    /** The id of the new instance. */
    insertInstance: (given: InsertInstance): string => {
      const estate = requireEstate(world, given.projectId);
      const engine = given.datastoreType ?? 'redis';
      if (!engines.includes(engine)) throw new ControlError(`unknown datastore ${String(engine)}`);
      const instance = createInstance({
        key: hash(estate.key, estate.instanceById.size, 61),
        name: given.name,
        engine,
        createdAt: given.createdTime === undefined ? estate.livedUntil : toSeconds(given.createdTime),
        policy: { keepDays: given.keepDays ?? 7, windowHour: 16, period: [1, 2, 3, 4, 5, 6, 7] },
        ...(given.instanceId === undefined ? {} : { instanceId: given.instanceId }),
      });
      if (given.status !== undefined) instance.status = given.status;
      addInstance(estate, instance);
      note(estate, 'inserted', 'instances', instance.instanceId);
      planInstance(estate, instance, estate.livedUntil);
      return instance.instanceId;
    },
    deleteInstance: (ref: InstanceRef) => {
      const { estate, instance } = locate(ref);
      deleteInstance(estate, instance);
    },
    changeInstance: (ref: InstanceRef & { name?: string; status?: string }) => {
      const { instance } = locate(ref);
      instance.name = ref.name ?? instance.name;
      instance.status = ref.status ?? instance.status;
    },
    setPolicy: ({
      projectId,
      instanceId,
      ...change
    }: InstanceRef & Partial<Policy> & { deleteAutomated?: boolean }) => {
      const { estate, instance } = locate({ projectId, instanceId });
      changePolicy(estate, instance, change);
    },
    disablePolicy: ({
      projectId,
      instanceId,
      deleteAutomated = false,
    }: InstanceRef & { deleteAutomated?: boolean }) => {
      const { estate, instance } = locate({ projectId, instanceId });
      changePolicy(estate, instance, { keepDays: 0, deleteAutomated });
    },
    /** What the coming nights bring: failures, missed nights, backups that never end, another size. */
    scriptNights: ({ projectId, instanceId, ...script }: InstanceRef & Partial<NightScript>) => {
      const { instance } = locate({ projectId, instanceId });
      instance.script = { ...instance.script, ...script };
    },
  };
}

function requireEstate(world: World, projectId: string): ProjectEstate {
  const estate = estateOf(world, projectId);
  if (estate === null) throw new ControlError(`no project ${projectId}`);
  return estate;
}

function toSeconds(text: string): number {
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (Number.isNaN(ms)) throw new ControlError(`"${text}" is no time`);
  return Math.floor(ms / 1000);
}
