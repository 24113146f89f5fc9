// What the simulated cloud keeps in memory: projects, instances, backups. Compact on purpose: a project may hold a
// million backups, so ids and names are derived when a row is shown. Instants are whole seconds since 1970, UTC.

import { hash, hex8, mix, unmix } from './random.ts';

export const engines = ['cassandra', 'redis', 'mongodb', 'influxdb'] as const;
export type Engine = (typeof engines)[number];

/** Lists of backups. `incremental` shows only in the v3 generation of the API. */
export const backupLists = ['instance_backups', 'database_table_backups', 'incremental'] as const;
export type BackupList = (typeof backupLists)[number];

export type BackupKind = 'Auto' | 'Manual' | 'Incremental' | 'Differential';

export interface DatabaseTablesWire {
  database_name: string;
  table_names: string[] | null;
}

export interface ProjectRecord {
  projectId: string;
  /** As IAM names it: the region, or the region and a label. */
  name: string;
  /** What people call it: `prod`, `staging`. */
  label: string;
  region: string;
}

export interface Policy {
  /** 0 = off. */
  keepDays: number;
  /** Start of the one-hour window, hour of the day, UTC. */
  windowHour: number;
  /** Weekdays, 1 = Monday. */
  period: readonly number[];
}

export interface InstanceRecord {
  instanceId: string;
  /** Salt of everything random about this instance. */
  key: number;
  name: string;
  engine: Engine;
  version: string;
  mode: string;
  status: string;
  createdAt: number;
  policy: Policy;
  /** Size of a full backup some years ago. */
  baseSizeKb: number;
  /** Weekly automated table-level backups (Cassandra). */
  tables: boolean;
  tags: { key: string; value: string }[];
  deletedAt: number | null;
  script: NightScript;
}

/** What the coming nights of an instance shall bring, set by control. */
export interface NightScript {
  failNext: number;
  skipNext: number;
  /** The coming backups never end. */
  stickNext: number;
  /** Multiplies the size of coming backups. */
  sizeFactor: number;
}

/** Fields given by control instead of derived. */
export interface GivenFields {
  id?: string | undefined;
  name?: string | undefined;
  description?: string | null | undefined;
  instanceName?: string | undefined;
  databaseTables?: DatabaseTablesWire[] | undefined;
}

export interface BackupRecord {
  /** Order of creation in the project; the id is derived from it. */
  readonly seq: number;
  readonly list: BackupList;
  readonly instance: InstanceRecord;
  readonly kind: BackupKind;
  readonly beginAt: number;
  /** When it ended, or will end while building. */
  endAt: number;
  sizeKb: number;
  status: string;
  given: GivenFields | null;
  gone: boolean;
}

const suffixes: Record<BackupList, string> = {
  instance_backups: 'br01',
  database_table_backups: 'br02',
  incremental: 'br03',
};

/** 32 hexadecimal digits and a suffix; the first eight digits hide the sequence number. */
export function backupId(projectKey: number, record: BackupRecord): string {
  return record.given?.id ?? derivedId(projectKey, record.seq, record.list);
}

function derivedId(projectKey: number, seq: number, list: BackupList): string {
  const rest = hash(projectKey, seq);
  return hex8(mix(seq ^ projectKey)) + hex8(rest) + hex8(mix(rest + 1)) + hex8(mix(rest + 2)) + suffixes[list];
}

/** The sequence number that an id of this project would have; any text gives some number, so compare afterwards. */
export function sequenceOf(projectKey: number, id: string): number {
  return (unmix(Number.parseInt(id.slice(0, 8), 16) | 0) ^ projectKey) >>> 0;
}
