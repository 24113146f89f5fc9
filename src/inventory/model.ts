// The nouns of the inventory: what the cloud says, normalised, and what we say of a sweep. Pure types.

import type { Instant } from './units.ts';

/** One list of one project. The order is the order in which a run reads them. */
export const scopes = ['instances', 'instance_backups', 'database_table_backups'] as const;
export type Scope = (typeof scopes)[number];
export type BackupListScope = Exclude<Scope, 'instances'>;

export interface ScopeRef {
  projectId: string;
  scope: Scope;
}

/** A project to read. `endpoint` is the service's base URL there. */
export interface Project {
  projectId: string;
  name: string;
  region: string;
  endpoint: string;
}

/** A database instance as its list shows it. Unknown enums stay verbatim; what is not said is null. */
export interface InstanceFact {
  instanceId: string;
  name: string | null;
  datastoreType: string | null;
  datastoreVersion: string | null;
  status: string | null;
  mode: string | null;
  createdAt: Instant | null;
  /** Days that automated backups are kept; 0 = the policy is off. */
  backupKeepDays: number | null;
  /** The policy's start window, UTC, `HH:MM-HH:MM`. */
  backupWindow: string | null;
}

export interface DatabaseTables {
  database: string;
  /** null = the whole database. */
  tables: string[] | null;
}

/** A backup as its list shows it. `backupType` is `auto`, `manual` or verbatim; `status` is verbatim. */
export interface BackupFact {
  backupId: string;
  instanceId: string | null;
  instanceName: string | null;
  name: string | null;
  description: string | null;
  backupType: string;
  status: string;
  datastoreType: string | null;
  datastoreVersion: string | null;
  sizeBytes: number | null;
  beginAt: Instant;
  endAt: Instant | null;
  databaseTables: DatabaseTables[] | null;
}

export type Fact = InstanceFact | BackupFact;

export const anomalyKinds = [
  'unknown_enum',
  'missing_field',
  'bad_time',
  'future_time',
  'bad_size',
  'bad_row',
] as const;

/** A wire row, or a field of one, that is not what the API promises. */
export interface Anomaly {
  kind: (typeof anomalyKinds)[number];
  itemId: string | null;
  /** The wire field, null where the whole row is meant. */
  field: string | null;
  detail: string;
  /** The row as received (cut where it is huge). */
  raw: unknown;
  /** The row could not be stored, so absence proves nothing in this sweep. */
  blocksCertification: boolean;
}

/** One place in a list. `id` is null where the row has none; `orderKey` is what the list is sorted by, newest first. */
export interface ListItem<F extends Fact = Fact> {
  id: string | null;
  orderKey: string | null;
  fact: F | null;
}

export interface ListPage<F extends Fact = Fact> {
  items: ListItem<F>[];
  /** All matches, as reported with this page; null where the API did not say. */
  total: number | null;
  anomalies: Anomaly[];
}

export const sweepReasons = [
  'joint_broken',
  'total_mismatch',
  'page_cap',
  'throttled',
  'timeout',
  'auth',
  'forbidden',
  'unreachable',
  'api',
  'cancelled',
  'anomaly', // a row could not be read, so the copy lacks it
  'recent', // only a window of the list was read, on purpose
] as const;
export type SweepReason = (typeof sweepReasons)[number];

export type SweepMode = 'full' | 'recent';

/** Pages read again, by why. */
export interface Rescans {
  joint: number;
  tie: number;
  total: number;
}

/** What one pass over a scope proved. Counts are of this sweep alone. */
export interface Certificate {
  mode: SweepMode;
  certified: boolean;
  /** null when certified. */
  reason: SweepReason | null;
  startedAt: Date;
  finishedAt: Date;
  pages: number;
  requests: number;
  retries: number;
  passes: number;
  rescans: Rescans;
  duplicates: number;
  reportedTotalFirst: number | null;
  reportedTotal: number | null;
  distinctIds: number;
  errorCode: string | null;
  errorMessage: string | null;
}

export const retiredReasons = ['expired', 'instance_deleted', 'policy_disabled', 'early', 'unknown'] as const;
export type RetiredReason = (typeof retiredReasons)[number];

export const runOutcomes = ['certified', 'partial', 'failed', 'cancelled', 'abandoned'] as const;
export type RunOutcome = (typeof runOutcomes)[number];
export const runTriggers = ['command', 'schedule', 'demo'] as const;
export type RunTrigger = (typeof runTriggers)[number];
