// What the story needs from its surroundings. Adapters implement these; the pure core and app/ see nothing else.

import type {
  Anomaly,
  BackupListScope,
  Certificate,
  Fact,
  ListPage,
  Project,
  RetiredReason,
  RunOutcome,
  RunTrigger,
  Scope,
  ScopeRef,
  SweepMode,
} from './model.ts';
import type { Instant } from './units.ts';

/** The only source of time. `sleep` rejects with the signal's reason when aborted. */
export interface Clock {
  now(): Date;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** Structured logging: ids are fields, the message is a constant. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counts of one scope's calls; the source adds to it. */
export interface Tally {
  requests: number;
  retries: number;
  /** Seconds spent waiting because the cloud or our own limit said so. */
  throttleWaitSeconds: number;
}

export interface Call {
  signal: AbortSignal;
  tally: Tally;
}

/** A window of begin times, inclusive. */
export interface BeginWindow {
  from: Instant;
  to: Instant;
}

export interface PageRequest {
  offset: number;
  limit: number;
  /** Only backup lists know a window. */
  window?: BeginWindow | undefined;
}

/** The cloud of one project, read-only. Every method throws CloudError, after retries. */
export interface Source {
  readonly project: Project;
  /** One page of a list, newest first; rows validated one by one. */
  fetchPage(scope: Scope, request: PageRequest, call: Call): Promise<ListPage>;
  /** The rows that the list answers for one id: none = the cloud does not know it under this scope. */
  lookUp(scope: Scope, id: string, call: Call): Promise<ListPage>;
}

export interface RunInput {
  trigger: RunTrigger;
  mode: SweepMode;
  shard: string | null;
  startedAt: Date;
  configDigest: string;
  programVersion: string;
  host: string;
  processId: number;
}

/** A durable sum. Labels are positional per counter name; see postgres/store.ts for the list of names. */
export interface CounterIncrement {
  counter: string;
  projectId?: string;
  instanceId?: string;
  label1?: string;
  label2?: string;
  by: number;
}

export interface RunResult {
  outcome: RunOutcome;
  finishedAt: Date;
  /** Our clock minus the cloud's, as last seen in this run; absent = not seen. */
  clockSkewSeconds?: number | null;
  /** When the credentials in use expire; absent = they do not, or it is not known. */
  credentialExpiresAt?: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/** A live row that a complete list did not show. */
export interface MissingRow {
  id: string;
  /** Certified sweeps that missed it before this one and were believed. */
  misses: number;
  /** Certified sweeps that missed it and were quarantined. */
  doubtedMisses: number;
  missingSince: Date | null;
  backup: MissingBackup | null;
}

/** What the reason of a retirement is decided from; null for an instance. */
export interface MissingBackup {
  backupType: string;
  status: string;
  beginAt: Date;
  /** The instance is retired, or was missing in the newest certified list of instances. */
  instanceGone: boolean;
  /** The instance is in the inventory, its list was certified in this run or lately, and no quarantine doubts it. */
  instanceKnown: boolean;
  /** The policy's days now; 0 = off; null = not known. */
  keepDays: number | null;
  /** The fewest days above 0 that any policy in force since the backup began said. */
  minKeepDays: number | null;
}

export type Verdict = { id: string; action: 'strike' } | { id: string; action: 'retire'; reason: RetiredReason };

/** What the commit does about the rows that were not seen. */
export type AbsenceDecision =
  /** The sweep proves nothing about absence. */
  | { kind: 'none' }
  | { kind: 'judged'; verdicts: Verdict[] }
  /** Too many would be struck: none is, and the sweep says so. */
  | { kind: 'quarantined'; missing: number; live: number };

export interface CommitResult {
  inserted: number;
  updated: number;
  unchanged: number;
  struck: number;
  retired: number;
  revived: number;
  quarantined: boolean;
  committedAt: Date;
}

/** Rows of one sweep on their way in. Disposing drops what was not committed. */
export interface Stage extends AsyncDisposable {
  /** Takes the facts of one page, in the order of reading; a later one wins. */
  add(facts: readonly Fact[]): Promise<void>;
  /** Live rows of the scope now, how many of them were not staged, and how many certified sweeps in a row were quarantined. */
  absence(): Promise<{ live: number; missing: number; quarantinedInARow: number }>;
  /** The live rows that were not staged. */
  missing(): Promise<MissingRow[]>;
  /** One transaction: rows, absence, history, anomalies, certificate, counters. Throws StoreError; then nothing is kept. */
  commit(input: {
    certificate: Certificate;
    absence: AbsenceDecision;
    anomalies: readonly Anomaly[];
    counters: readonly CounterIncrement[];
  }): Promise<CommitResult>;
}

export interface UnfinishedBackup {
  id: string;
  beginAt: Date;
}

/** The inventory's memory. Every method throws StoreError. */
export interface Store {
  /** Takes the run lock and opens a run. Throws LockHeldError. Runs left open by killed processes become `abandoned`. */
  openRun(input: RunInput): Promise<OpenRun>;
}

/** The lock is held until disposal; `lost` aborts when the lock's connection breaks. */
export interface OpenRun extends AsyncDisposable {
  readonly runId: number;
  readonly lost: AbortSignal;
  /**
   * Inserts or updates the projects of this run. When `exhaustive`, those that are not among the configured ids (by default
   * the projects of this run) are marked as no longer configured.
   */
  saveProjects(
    projects: readonly Project[],
    options: { exhaustive: boolean; configured?: readonly string[] },
  ): Promise<void>;
  stage(scope: ScopeRef): Promise<Stage>;
  /** When the newest complete reading of the scope (certified or recent) began; null = never. */
  readSince(scope: ScopeRef): Promise<Date | null>;
  /** Live backups of the scope that were unfinished when last seen. */
  unfinished(scope: ScopeRef & { scope: BackupListScope }): Promise<UnfinishedBackup[]>;
  /** Closes the run and notifies other processes. */
  finish(result: RunResult, counters: readonly CounterIncrement[]): Promise<void>;
}
