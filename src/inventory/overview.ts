// What the pages show: freshness, verdicts, figures, one page of instances, one instance. Pure types; not how it is read
// (postgres/pages*.ts) nor how it is shown (web/pages/). Instants are Dates, sizes bytes, spans seconds.

import type { Scope } from './model.ts';
import type { ComplianceVerdict, ProtectionState } from './snapshot.ts';

export type FreshnessState = 'fresh' | 'stale' | 'quarantined' | 'never_certified';

/** How the readings of one list of one project stand. */
export interface ReadingState {
  projectId: string;
  projectName: string;
  region: string;
  scope: Scope;
  state: FreshnessState;
  /** Begin of the newest certified reading; null = never. */
  certifiedAt: Date | null;
  runId: number | null;
  items: number | null;
  limitSeconds: number;
  /** Begin of the newest reading of the whole list, certified or not. */
  attemptedAt: Date | null;
  /** Why that one is not certified; null = it is. */
  attemptReason: string | null;
  attemptErrorCode: string | null;
}

export interface RunState {
  runId: number;
  startedAt: Date;
  finishedAt: Date | null;
  /** null = it is under way. */
  outcome: string | null;
}

/** Days of the coverage calendar: a capital = known from later readings only. */
export const dayLetters = {
  g: 'good',
  f: 'failed_only',
  p: 'in_progress',
  n: 'none',
  u: 'not_observed',
  e: 'exempt',
  x: 'not_alive',
} as const;
export type DayState = (typeof dayLetters)[keyof typeof dayLetters];

export interface Finding {
  controlId: string;
  title: string;
  question: string;
  projectId: string;
  projectName: string;
  instanceId: string | null;
  instanceName: string | null;
  verdict: ComplianceVerdict;
  reasonCode: string;
  /** With {measured}, {threshold} and {data_as_of} still in it. */
  sentence: string;
  measured: number | null;
  threshold: number | null;
  unit: string;
  /** Ids of the first backups that the verdict rests on, and how many there are. */
  evidence: readonly string[];
  evidenceCount: number;
  dataAsOf: Date | null;
  basisRunId: number | null;
}

/** What was judged of one instance. */
export interface Standing {
  projectId: string;
  instanceId: string;
  protection: ProtectionState;
  /** Controls that say NON_COMPLIANT, and UNKNOWN. */
  wrong: readonly string[];
  doubtful: readonly string[];
  /** One letter per day of the judgement's days. */
  days: string;
}

/** Stored bytes at the end of a day (now, for the last one). */
export interface StoredDay {
  day: string;
  bytes: number;
  /** Before the first reading: only what was still listed then is known. */
  reconstructed: boolean;
}

/** Everything that is costly to find, as of one instant. */
export interface Judgement {
  judgedAt: Date;
  /** Newest commit that it rests on. */
  committedAt: Date | null;
  /** ISO dates, UTC, oldest first. */
  days: readonly string[];
  findings: readonly Finding[];
  standings: readonly Standing[];
  growth: readonly StoredDay[];
}

export const instanceSorts = ['verdict', 'name', 'project', 'recovery', 'backups', 'stored'] as const;
export type InstanceSort = (typeof instanceSorts)[number];

/** Which instances, in which order. */
export interface InstanceQuery {
  search: string;
  protection: ProtectionState | null;
  /** Only instances of which this control says NON_COMPLIANT or UNKNOWN. */
  control: string | null;
  sort: InstanceSort;
  descending: boolean;
  /** From 1. */
  page: number;
}

export interface InstanceRow {
  projectId: string;
  projectName: string;
  instanceId: string;
  name: string | null;
  datastoreType: string | null;
  datastoreVersion: string | null;
  protection: ProtectionState | null;
  wrong: readonly string[];
  doubtful: readonly string[];
  days: string;
  /** Completed backups of each day behind the calendar: ISO date → what began then. */
  backupsOfDays: ReadonlyMap<string, DayBackups>;
  recoveryPointAt: Date | null;
  consecutiveFailures: number;
  backups: number;
  storedBytes: number;
}

export interface DayBackups {
  completed: number;
  failed: number;
  unfinished: number;
  sizeBytes: number;
  firstBeginAt: Date;
}

export interface FleetFigures {
  instances: number;
  projects: number;
  backups: number;
  storedBytes: number;
  protections: Readonly<Record<ProtectionState, number>>;
}

/** The status page, from one consistent read. */
export interface Overview {
  readAt: Date;
  readings: readonly ReadingState[];
  newestRun: RunState | null;
  scheduleIntervalSeconds: number | null;
  figures: FleetFigures;
  query: InstanceQuery;
  pageSize: number;
  /** Instances that match the query. */
  matches: number;
  rows: readonly InstanceRow[];
  /** Null while nothing was judged yet. */
  judgement: Judgement | null;
}

export interface BackupRow {
  backupId: string;
  name: string | null;
  backupScope: string;
  backupType: string;
  status: string;
  beginAt: Date;
  endAt: Date | null;
  sizeBytes: number | null;
  firstSeenAt: Date;
  missingSince: Date | null;
  retiredAt: Date | null;
  retiredReason: string | null;
}

/** One point of an instance's plots: a backup of the whole instance. */
export interface BackupPoint {
  beginAt: Date;
  status: string;
  sizeBytes: number | null;
  durationSeconds: number | null;
}

export interface InstanceChange {
  recordedFrom: Date;
  name: string | null;
  status: string | null;
  datastoreVersion: string | null;
  backupKeepDays: number | null;
  backupWindow: string | null;
}

export interface InstanceDetail {
  projectId: string;
  projectName: string;
  region: string;
  instanceId: string;
  name: string | null;
  datastoreType: string | null;
  datastoreVersion: string | null;
  status: string | null;
  mode: string | null;
  createdAt: Date | null;
  firstSeenAt: Date;
  backupKeepDays: number | null;
  backupWindow: string | null;
  missingSince: Date | null;
  retiredAt: Date | null;
  objective: {
    rpoSeconds: number;
    retentionSeconds: number;
    minimumCopies: number;
    manualCounts: boolean;
    position: number;
    configDigest: string;
    validFrom: Date;
  } | null;
}

/** The page of one instance, from one consistent read. */
export interface InstanceView {
  readAt: Date;
  /** The instant shown where it is not now. */
  asOf: Date | null;
  instance: InstanceDetail;
  protection: ProtectionState | null;
  findings: readonly Finding[];
  judgedAt: Date;
  days: readonly string[];
  dayLetters: string;
  backupsOfDays: ReadonlyMap<string, DayBackups>;
  /** Newest first, one page of them. */
  backups: readonly BackupRow[];
  backupCount: number;
  page: number;
  pageSize: number;
  /** Oldest first. */
  points: readonly BackupPoint[];
  /** Newest first. */
  changes: readonly InstanceChange[];
}
