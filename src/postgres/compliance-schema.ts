// The tables of schema compliance as Kysely sees them. The truth is migrations/0003_compliance.sql.

import type { Generated } from 'kysely';

/** Since when, until when and by which configuration a rule is in force. */
interface InForce {
  valid_from: Date;
  /** null = in force. */
  valid_to: Generated<Date | null>;
  config_digest: string;
  set_by: string;
  ended_by_digest: Generated<string | null>;
}

interface Matching {
  position: number;
  match_project: string | null;
  match_instance: string | null;
  match_datastore: string | null;
}

export interface ObjectiveTable extends Matching, InForce {
  objective_id: Generated<number>;
  rpo_seconds: number;
  retention_seconds: number;
  minimum_copies: number;
  manual_counts: boolean;
}

export interface ExemptionTable extends Matching, InForce {
  exemption_id: Generated<number>;
  control: string;
  owner: string;
  reason: string;
  expires_at: Date;
}

export interface SettingTable extends InForce {
  setting_id: Generated<number>;
  freshness_seconds: number;
  schedule_interval_seconds: number | null;
}

export interface ComplianceTables {
  'compliance.objective': ObjectiveTable;
  'compliance.exemption': ExemptionTable;
  'compliance.setting': SettingTable;
}
