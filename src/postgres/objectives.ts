// Keeps the configuration's rules with the time they were in force, so that verdicts can be computed again as of any instant.
// Rows are opened and closed, never changed: a new rule cannot rewrite the past. What did not change is not written.

import { sql } from 'kysely';
import type { Database } from './database.ts';
import { inTransaction, type Tx } from './transaction.ts';

/** Globs (`*`, `?`); null matches everything. */
export interface RuleMatch {
  project: string | null;
  instance: string | null;
  datastore: string | null;
}

/** What is required of the instances that match; the first of a list that matches wins. */
export interface ObjectiveRule {
  match: RuleMatch;
  rpoSeconds: number;
  retentionSeconds: number;
  minimumCopies: number;
  /** Manual backups count for RPO, coverage and copies. */
  countManual: boolean;
}

/** Instances that a control does not judge before `expiresAt`. */
export interface ExemptionRule {
  match: RuleMatch;
  /** Glob over the control's id. */
  control: string;
  owner: string;
  reason: string;
  expiresAt: Date;
}

export interface RulesInput {
  objectives: readonly ObjectiveRule[];
  exemptions: readonly ExemptionRule[];
  freshnessSeconds: number;
  /** Seconds between two full runs; null = no schedule known. */
  scheduleIntervalSeconds: number | null;
  configDigest: string;
  /** When they come into force: the run's clock. Never earlier than what is stored already. */
  at: Date;
  /** Who runs the program: user@host. */
  setBy: string;
}

export interface RulesResult {
  opened: number;
  closed: number;
}

/** Makes the rules of a configuration the ones in force. Writes nothing where they are. Throws StoreError. */
export async function applyObjectives(database: Database, input: RulesInput): Promise<RulesResult> {
  return inTransaction(database, {}, async (tx) => {
    await sql`lock table compliance.objective, compliance.exemption, compliance.setting in share row exclusive mode`.execute(
      tx,
    );
    const change = { at: await notBefore(tx, input.at), digest: input.configDigest, setBy: input.setBy };
    const results = [
      await replaceRows(tx, 'compliance.objective', 'objective_id', objectiveRows(input), change),
      await replaceRows(tx, 'compliance.exemption', 'exemption_id', exemptionRows(input), change),
      await replaceRows(tx, 'compliance.setting', 'setting_id', [settingRow(input)], change),
    ];
    return {
      opened: results.reduce((sum, { opened }) => sum + opened, 0),
      closed: results.reduce((sum, { closed }) => sum + closed, 0),
    };
  });
}

/** A clock that went back must not open a range inside the past. */
async function notBefore(tx: Tx, at: Date): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`
    select greatest(${at}::timestamptz,
      (select max(greatest(valid_from, valid_to)) from compliance.objective),
      (select max(greatest(valid_from, valid_to)) from compliance.exemption),
      (select max(greatest(valid_from, valid_to)) from compliance.setting)) as at
  `.execute(tx);
  return rows[0]?.at ?? at;
}

type Row = Record<string, string | number | boolean | Date | null>;

function matchColumns({ match }: { match: RuleMatch }, index: number): Row {
  const { project, instance, datastore } = match;
  return { position: index + 1, match_project: project, match_instance: instance, match_datastore: datastore };
}

function objectiveRows({ objectives }: RulesInput): Row[] {
  return objectives.map((rule, index) => ({
    ...matchColumns(rule, index),
    rpo_seconds: rule.rpoSeconds,
    retention_seconds: rule.retentionSeconds,
    minimum_copies: rule.minimumCopies,
    manual_counts: rule.countManual,
  }));
}

function exemptionRows({ exemptions }: RulesInput): Row[] {
  return exemptions.map((rule, index) => ({
    ...matchColumns(rule, index),
    control: rule.control,
    owner: rule.owner,
    reason: rule.reason,
    expires_at: rule.expiresAt,
  }));
}

function settingRow(input: RulesInput): Row {
  return { freshness_seconds: input.freshnessSeconds, schedule_interval_seconds: input.scheduleIntervalSeconds };
}

interface Change {
  at: Date;
  digest: string;
  setBy: string;
}

/** Closes the rows in force that are not wanted, opens the wanted ones that are not in force. */
async function replaceRows(
  tx: Tx,
  table: 'compliance.objective' | 'compliance.exemption' | 'compliance.setting',
  idColumn: string,
  wanted: readonly Row[],
  { at, digest, setBy }: Change,
): Promise<RulesResult> {
  const { rows } = await sql<Row>`select * from ${sql.table(table)} where valid_to is null`.execute(tx);
  const inForce = new Map(rows.map((row) => [contentOf(row, wanted[0] ?? row), row[idColumn]]));
  const missing = wanted.filter((row) => !inForce.delete(contentOf(row, row)));
  const ended = [...inForce.values()];
  if (ended.length > 0) {
    await sql`
      update ${sql.table(table)} set valid_to = ${at}, ended_by_digest = ${digest}
      where ${sql.ref(idColumn)} in (${sql.join(ended)})
    `.execute(tx);
  }
  for (const row of missing) {
    const values = { ...row, valid_from: at, config_digest: digest, set_by: setBy };
    await sql`
      insert into ${sql.table(table)} (${sql.join(Object.keys(values).map((name) => sql.ref(name)))})
      values (${sql.join(Object.values(values))})
    `.execute(tx);
  }
  return { opened: missing.length, closed: ended.length };
}

/** The columns that the configuration decides, as text that compares. */
function contentOf(row: Row, shape: Row): string {
  return JSON.stringify(Object.keys(shape).map((name) => row[name]));
}
