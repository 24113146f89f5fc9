// What the database says at one instant, as metrics need it. Pure types and the folding of open values into closed
// label sets; not how it is read (postgres/snapshot.ts) nor how it is shown (prometheus/).

import type { Scope } from './model.ts';

/** Seconds since 1970 UTC, with fractions: what a timestamp metric carries. */
export type EpochSeconds = number;

export const backupTypes = ['auto', 'manual', 'other'] as const;
export type BackupTypeLabel = (typeof backupTypes)[number];
export const backupScopes = ['instance', 'database_table'] as const;
export type BackupScopeLabel = (typeof backupScopes)[number];
export const backupStatuses = ['BUILDING', 'COMPLETED', 'FAILED', 'other'] as const;
export type BackupStatusLabel = (typeof backupStatuses)[number];
export const instanceStatuses = [
  'normal',
  'abnormal',
  'creating',
  'frozen',
  'data_disk_full',
  'createfail',
  'enlargefail',
  'other',
] as const;
export type InstanceStatusLabel = (typeof instanceStatuses)[number];
export const verdicts = ['COMPLIANT', 'NON_COMPLIANT', 'UNKNOWN', 'EXEMPT', 'NOT_APPLICABLE'] as const;
export type ComplianceVerdict = (typeof verdicts)[number];
export const protectionStates = ['protected', 'unprotected', 'unknown', 'exempt'] as const;
export type ProtectionState = (typeof protectionStates)[number];

/** The value where the set has it, `other` where the cloud says something new. */
export function foldInto<T extends string>(set: readonly T[], value: string | null): T | 'other' {
  return set.find((known) => known === value) ?? 'other';
}

/** Backups listed now that share type, scope and status. */
export interface BackupGroup {
  backupType: BackupTypeLabel;
  backupScope: BackupScopeLabel;
  status: BackupStatusLabel;
  backups: number;
  /** Sum of the sizes that are known; null where none is. */
  sizeBytes: number | null;
}

/** Marks of one backup type, from backups of the whole instance that are listed now. null = there is none. */
export interface BackupMarks {
  backupType: BackupTypeLabel;
  /** End of the newest completed backup; its begin where the cloud does not say the end. */
  lastSuccess: EpochSeconds | null;
  /** Begin of the newest failed one. */
  lastFailure: EpochSeconds | null;
  /** Begin of the oldest completed one. */
  oldestCompleted: EpochSeconds | null;
  /** Of the newest completed one. */
  lastSizeBytes: number | null;
  lastDurationSeconds: number | null;
}

/** What is required of an instance; null where no objective matches or sets it. */
export interface ObjectiveState {
  rpoSeconds: number | null;
  retentionSeconds: number | null;
}

/** A live instance of a configured project. */
export interface InstanceState {
  projectId: string;
  instanceId: string;
  name: string | null;
  datastoreType: string | null;
  datastoreVersion: string | null;
  mode: string | null;
  status: InstanceStatusLabel | null;
  createdAt: EpochSeconds | null;
  backupKeepDays: number | null;
  groups: readonly BackupGroup[];
  marks: readonly BackupMarks[];
  /** Failed backups of the whole instance that began after its newest completed one. */
  consecutiveFailures: number;
  oldestBuilding: EpochSeconds | null;
  /** Distinct backups ever seen failed and completed: durable sums. */
  failures: number;
  completions: number;
  objective: ObjectiveState;
  protection: ProtectionState;
}

/** What is known of the readings of one scope. null = never. */
export interface ScopeState {
  scope: Scope;
  /** When the newest reading began. */
  lastAttempt: EpochSeconds | null;
  /** When the newest certified reading began: the list is complete as of then. */
  lastCertified: EpochSeconds | null;
  /** Of the newest reading of the whole list. */
  reportedItems: number | null;
  distinctItems: number | null;
  durationSeconds: number | null;
  /** The newest certified reading missed so much that nothing was struck. */
  quarantined: boolean;
}

export interface ControlCount {
  control: string;
  verdict: ComplianceVerdict;
  instances: number;
}

/** A configured project, reached or not. */
export interface ProjectState {
  projectId: string;
  name: string;
  region: string;
  scopes: readonly ScopeState[];
  /** Listed backups whose instance is not live; null while no list of instances was ever certified. */
  orphans: { backups: number; sizeBytes: number } | null;
  controls: readonly ControlCount[];
  /** After this instant its verdicts no longer hold; null = they say themselves that the facts are too old. */
  verdictsUntil: EpochSeconds | null;
}

/** A durable sum, as stored. Labels are empty where the counter has none. */
export interface CounterValue {
  projectId: string;
  label1: string;
  label2: string;
  value: number;
}

/** The newest readings about credentials and clock that a run stored; null = none did. */
export interface CloudReadings {
  clockSkewSeconds: number | null;
  credentialExpiry: EpochSeconds | null;
}

export interface Snapshot {
  /** The instant of the facts. */
  takenAt: Date;
  /** The instant of the verdicts: they take longer to find and may be older; null = nothing was judged yet. */
  judgedAt: Date | null;
  /** How long reading the facts took. */
  durationSeconds: number;
  projects: readonly ProjectState[];
  /** Projects that are no longer configured, whose inventory is kept. */
  formerProjectIds: readonly string[];
  instances: readonly InstanceState[];
  /** By name, without those of instances. */
  counters: ReadonlyMap<string, readonly CounterValue[]>;
  readings: CloudReadings;
  /** Time between two full runs as promised by whoever runs them; null = not known. */
  scheduleIntervalSeconds: number | null;
}
