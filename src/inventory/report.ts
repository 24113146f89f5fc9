// Reports as data: which there are, and what one holds. How one is asked for: postgres/report.ts; how it looks: web/report/.
// Columns and their meanings come from the database's own comments. Long because it lists every report.

import type { Instant } from './units.ts';

/** `instant`: what stood at one moment. `period`: what happened on the days of a period, as known at one moment. */
export type ReportKind = 'instant' | 'period';

export interface ReportDefinition {
  /** compliance.report_<name> is its function, and its view with the default parameters. */
  name: string;
  title: string;
  /** The question that it answers. */
  question: string;
  kind: ReportKind;
  /** Columns that put its rows in the one order they are ever shown in. */
  order: readonly string[];
  /** Columns for a screen; the files have all of them. */
  brief: readonly string[];
}

const instanceOrder = ['project_name', 'project_id', 'instance_name', 'instance_id'] as const;
const instanceBrief = ['project_name', 'instance_name', 'instance_id'] as const;

/** The reports, in the order of the list. */
export const reports: readonly ReportDefinition[] = [
  {
    name: 'resource_compliance',
    title: 'Compliance of instances',
    question: 'What does every control say of every instance, and on which evidence?',
    kind: 'instant',
    order: ['control_id', ...instanceOrder],
    brief: [
      'control_id',
      'project_name',
      'instance_name',
      'verdict',
      'reason_code',
      'measured_value',
      'threshold_value',
      'data_as_of',
    ],
  },
  {
    name: 'control_compliance',
    title: 'Compliance of controls',
    question: 'How many instances does each control find compliant, in all and per project?',
    kind: 'instant',
    order: ['control_id', 'project_name', 'project_id'],
    brief: [
      'control_id',
      'control_title',
      'project_name',
      'compliant',
      'non_compliant',
      'unknown',
      'exempt',
      'not_applicable',
      'compliant_percent',
    ],
  },
  {
    name: 'coverage_calendar',
    title: 'Coverage calendar',
    question: 'Was every instance backed up on every day, and how is that known?',
    kind: 'period',
    order: [...instanceOrder, 'day'],
    brief: ['project_name', 'instance_name', 'day', 'state', 'strength', 'good_backups', 'failed_backups'],
  },
  {
    name: 'coverage_summary',
    title: 'Coverage summary',
    question: 'On how many of the required days was each instance backed up, and which were missed?',
    kind: 'period',
    order: instanceOrder,
    brief: [
      ...instanceBrief,
      'verdict',
      'required_days',
      'good_days',
      'missed_days',
      'unknown_days',
      'coverage_percent',
      'missed_on',
    ],
  },
  {
    name: 'backup_jobs',
    title: 'Backup jobs',
    question: 'Which backups began in the period, and how did they end?',
    kind: 'period',
    order: ['project_id', 'begin_at', 'backup_id', 'backup_scope'],
    brief: [
      'project_name',
      'instance_name',
      'backup_id',
      'backup_type',
      'status',
      'begin_at',
      'duration_seconds',
      'size_bytes',
      'listed',
    ],
  },
  {
    name: 'failures_followup',
    title: 'Failures and what followed',
    question: 'Which backups failed, when did a success follow, and was that within the RPO?',
    kind: 'period',
    order: ['project_id', 'begin_at', 'backup_id'],
    brief: [
      'project_name',
      'instance_name',
      'backup_id',
      'failed_at',
      'recovered_at',
      'recovery_hours',
      'rpo_seconds',
      'within_rpo',
    ],
  },
  {
    name: 'retired',
    title: 'Backups that vanished',
    question: 'Which backups are gone, why, and had they been kept as long as required?',
    kind: 'period',
    order: ['project_id', 'retired_at', 'backup_id', 'backup_scope'],
    brief: [
      'project_name',
      'instance_name',
      'backup_id',
      'begin_at',
      'last_seen_at',
      'first_missing_at',
      'retired_reason',
      'retention_met',
    ],
  },
  {
    name: 'completeness',
    title: 'Completeness of the inventory',
    question: 'Was every list read without a hole, so that a report about the period can be complete?',
    kind: 'period',
    order: ['project_name', 'project_id', 'scope'],
    brief: [
      'project_name',
      'scope',
      'complete',
      'readings',
      'certified',
      'incomplete_reasons',
      'longest_gap_seconds',
      'closed_at',
    ],
  },
  {
    name: 'certificates',
    title: 'Certificates',
    question: 'What did every single reading of the period prove?',
    kind: 'period',
    order: ['run_id', 'project_id', 'scope'],
    brief: [
      'run_id',
      'project_name',
      'scope',
      'mode',
      'certified',
      'reason',
      'started_at',
      'distinct_ids',
      'ids_digest',
    ],
  },
  {
    name: 'population',
    title: 'Population',
    question: 'Which instances were alive at any moment of the period?',
    kind: 'period',
    order: instanceOrder,
    brief: [...instanceBrief, 'known_by', 'datastore_type', 'created_at', 'gone_at', 'backup_keep_days', 'rpo_seconds'],
  },
  {
    name: 'storage_usage',
    title: 'Storage usage',
    question: 'How much is stored for each instance, and how did that grow in 30 days?',
    kind: 'instant',
    order: [...instanceOrder, 'backup_scope', 'backup_type'],
    brief: [
      ...instanceBrief,
      'instance_state',
      'backup_scope',
      'backup_type',
      'completed',
      'size_bytes',
      'growth_bytes',
    ],
  },
  {
    name: 'freshness',
    title: 'Freshness',
    question: 'How old is what is known of each list?',
    kind: 'instant',
    order: ['project_name', 'project_id', 'scope'],
    brief: ['project_name', 'scope', 'state', 'certified_at', 'age_seconds', 'limit_seconds', 'attempt_reason'],
  },
  {
    name: 'rules',
    title: 'Rules in force',
    question: 'What is required, what is exempt, and who says so?',
    kind: 'instant',
    order: ['kind', 'rule_position'],
    brief: [
      'kind',
      'match_project',
      'match_instance',
      'match_datastore',
      'instances',
      'rpo_seconds',
      'retention_seconds',
      'control',
      'owner',
      'expires_at',
    ],
  },
];

/** What a column holds; a list is of texts. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'instant' | 'day' | 'list';

export interface ReportColumn {
  name: string;
  kind: ColumnKind;
  meaning: string;
}

/** Instants are canonical UTC text, days `YYYY-MM-DD`. */
export type Cell = string | number | boolean | null | readonly string[];

export interface ReportPeriod {
  /** Both days are included. */
  firstDay: string;
  lastDay: string;
  timeZone: string;
}

/** Why there is nothing to report: nobody looked then, or what was seen is no longer kept. */
export interface NotObserved {
  message: string;
  /** The earliest instant that can be asked for; null = there is none yet. */
  earliest: Instant | null;
}

/** What a period that begins before the inventory does cannot show. */
export function lateBeginning(observedFrom: Instant): string {
  return (
    `The inventory begins at ${observedFrom}, with its first certified reading: of what went before that, it cannot ` +
    'know. Projects that were added later begin later, see the report completeness.'
  );
}

export interface Report {
  definition: ReportDefinition;
  /** The instant whose knowledge it shows; null = now, so it is left out of what must not change. */
  asOf: Instant | null;
  /** null for a report of an instant. */
  period: ReportPeriod | null;
  /** When the first certified reading that is kept began, where that is after the period did; else null. */
  observedFrom: Instant | null;
  /** When the newest reading that it knows of was committed. */
  knownAt: Instant | null;
  notObserved: NotObserved | null;
  columns: readonly ReportColumn[];
  rows: readonly (readonly Cell[])[];
}
