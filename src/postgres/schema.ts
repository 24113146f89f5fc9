// The tables as Kysely sees them. The truth is migrations/*.sql; a test compares the two.
// bigint is read as number (int8 parser of database.ts), timestamptz as Date.

import type { Generated, JSONColumnType } from 'kysely';
import type { DatabaseTables, RunOutcome, RunTrigger, Scope, SweepMode } from '../inventory/model.ts';
import type { ComplianceTables } from './compliance-schema.ts';

export interface ProjectTable {
  project_id: string;
  name: string;
  region: string;
  endpoint: string;
  configured: Generated<boolean>;
  first_seen_at: Date;
  changed_at: Date;
}

export interface RunTable {
  run_id: Generated<number>;
  trigger: RunTrigger;
  mode: SweepMode;
  shard: string | null;
  started_at: Date;
  finished_at: Date | null;
  outcome: RunOutcome | null;
  error_code: string | null;
  error_message: string | null;
  program_version: string;
  config_digest: string;
  host: string;
  process_id: number;
  clock_skew_seconds: number | null;
  credential_expires_at: Date | null;
}

export interface SweepTable {
  run_id: number;
  project_id: string;
  scope: Scope;
  mode: SweepMode;
  certified: boolean;
  reason: string | null;
  pages: number;
  requests: number;
  retries: number;
  passes: number;
  rescans: number;
  rescans_joint: number;
  rescans_tie: number;
  rescans_total: number;
  duplicates: number;
  reported_total_first: number | null;
  reported_total: number | null;
  distinct_ids: number;
  ids_digest: string;
  inserted: number;
  updated: number;
  unchanged: number;
  struck: number;
  retired: number;
  revived: number;
  quarantined: boolean;
  quarantined_missing: number | null;
  anomalies: number;
  started_at: Date;
  finished_at: Date;
  committed_at: Date;
  error_code: string | null;
  error_message: string | null;
}

interface StateColumns {
  first_seen_at: Date;
  first_seen_run_id: number;
  changed_at: Date;
  changed_run_id: number;
  missing_since: Date | null;
  missed_sweeps: Generated<number>;
  retired_at: Date | null;
  retired_reason: string | null;
}

export interface InstanceTable extends StateColumns {
  project_id: string;
  instance_id: string;
  name: string | null;
  datastore_type: string | null;
  datastore_version: string | null;
  status: string | null;
  mode: string | null;
  created_at: Date | null;
  backup_keep_days: number | null;
  backup_window: string | null;
}

export interface BackupTable extends StateColumns {
  project_id: string;
  backup_id: string;
  backup_scope: 'instance' | 'database_table';
  instance_id: string | null;
  instance_name: string | null;
  name: string | null;
  description: string | null;
  backup_type: string;
  status: string;
  datastore_type: string | null;
  datastore_version: string | null;
  size_bytes: number | null;
  begin_at: Date;
  end_at: Date | null;
  database_tables: JSONColumnType<DatabaseTables[]> | null;
}

interface Ended {
  recorded_to: Date;
}

/** A *_history view: the state's changed_* columns renamed, and when it ended. */
type History<T> = Omit<T, 'changed_at' | 'changed_run_id'> & {
  recorded_from: Date;
  recorded_to: Date | null;
  run_id: number;
};

export interface AnomalyTable {
  anomaly_id: Generated<number>;
  project_id: string;
  scope: Scope;
  kind: string;
  item_id: string | null;
  field: string | null;
  detail: string;
  raw: JSONColumnType<object> | null;
  blocks_certification: boolean;
  fingerprint: string;
  occurrences: Generated<number>;
  first_run_id: number;
  last_run_id: number;
  first_seen_at: Date;
  last_seen_at: Date;
}

export interface QuarantineTable {
  project_id: string;
  scope: Scope;
  item_id: string;
  misses: Generated<number>;
  first_missed_at: Date;
}

export interface CounterTable {
  counter: string;
  project_id: Generated<string>;
  instance_id: Generated<string>;
  label_1: Generated<string>;
  label_2: Generated<string>;
  value: number;
}

export interface MigrationTable {
  name: string;
  checksum: string;
  applied_at: Date;
}

export interface PruningTable {
  pruning_id: Generated<number>;
  pruned_at: Date;
  kept_from: Date;
  retired_backups: Generated<number | null>;
  backup_states: Generated<number | null>;
  instance_states: Generated<number | null>;
  project_states: Generated<number | null>;
  sweeps: Generated<number | null>;
  runs: Generated<number | null>;
  anomalies: Generated<number | null>;
}

export interface Tables extends ComplianceTables {
  'inventory.project': ProjectTable;
  'inventory.run': RunTable;
  'inventory.sweep': SweepTable;
  'inventory.instance': InstanceTable;
  'inventory.instance_past': InstanceTable & Ended;
  'inventory.instance_history': History<InstanceTable>;
  'inventory.backup': BackupTable;
  'inventory.backup_past': BackupTable & Ended;
  'inventory.backup_history': History<BackupTable>;
  'inventory.anomaly': AnomalyTable;
  'inventory.quarantine': QuarantineTable;
  'inventory.counter': CounterTable;
  'inventory.migration': MigrationTable;
  'inventory.pruning': PruningTable;
}
