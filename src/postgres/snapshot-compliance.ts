// The part of the snapshot that the compliance views decide: objectives, verdict counts and the headline state.

import { sql } from 'kysely';
import {
  type ComplianceVerdict,
  type ControlCount,
  foldInto,
  type InstanceState,
  type ObjectiveState,
  type ProtectionState,
  protectionStates,
  verdicts,
} from '../inventory/snapshot.ts';
import { portions } from './portions.ts';
import type { Tx } from './transaction.ts';

/** What was judged at one instant. Keys are those of `instanceKey`. */
export interface ComplianceState {
  judgedAt: Date | null;
  scheduleIntervalSeconds: number | null;
  objectives: ReadonlyMap<string, ObjectiveState>;
  protections: ReadonlyMap<string, ProtectionState>;
  controls: ReadonlyMap<string, readonly ControlCount[]>;
  /** Seconds since 1970 until which the verdicts of a project hold. */
  verdictsUntil: ReadonlyMap<string, number>;
}

/** Before anything was judged: every instance is unknown. */
export const notJudged: ComplianceState = {
  judgedAt: null,
  scheduleIntervalSeconds: null,
  objectives: new Map(),
  protections: new Map(),
  controls: new Map(),
  verdictsUntil: new Map(),
};

const noObjective: ObjectiveState = { rpoSeconds: null, retentionSeconds: null };

/** One key per instance: no id holds a line feed. */
export function instanceKey(projectId: string, instanceId: string | null): string {
  return `${projectId}\n${instanceId ?? ''}`;
}

/** What was judged of an instance; unknown where nothing was. */
export function judgementOf(state: ComplianceState, key: string): Pick<InstanceState, 'objective' | 'protection'> {
  return {
    objective: state.objectives.get(key) ?? noObjective,
    protection: state.protections.get(key) ?? 'unknown',
  };
}

export interface JudgeOptions {
  now: Date;
  /** Looked at between two controls. */
  signal?: AbortSignal | undefined;
}

/** Judges everything as of an instant. Costly: some seconds at 200,000 backups. */
export async function readCompliance(tx: Tx, { now, signal }: JudgeOptions): Promise<ComplianceState> {
  // Compiling the controls takes longer than running them.
  await sql`select set_config('jit', 'off', true)`.execute(tx);
  const { controls, headline } = await readControls(tx, { now, signal });
  const protections = await readProtections(tx, headline);
  const objectives = await readObjectives(tx, now);
  const verdictsUntil = await readLimits(tx, now);
  const setting = await sql<{ seconds: number | null }>`
    select schedule_interval_seconds::float8 as seconds from compliance.setting_at(${now}::timestamptz)
  `.execute(tx);
  const scheduleIntervalSeconds = setting.rows[0]?.seconds ?? null;
  return { judgedAt: now, scheduleIntervalSeconds, objectives, protections, controls, verdictsUntil };
}

interface VerdictRow {
  project_id: string;
  instance_id: string | null;
  verdict: string;
  instances: number;
}

/** The controls that the headline is made of. */
const ofHeadline = ['BK-01', 'BK-07'];
type Headline = Map<string, { projectId: string; instanceId: string; verdicts: Map<string, string> }>;

/** One statement per control, so that a stop need not wait for all of them. */
async function readControls(tx: Tx, { now, signal }: JudgeOptions) {
  const controls = new Map<string, ControlCount[]>();
  const headline: Headline = new Map();
  const listed = await sql<{ control_id: string; slug: string }>`
    select control_id, slug from compliance.control order by control_id`.execute(tx);
  for (const { control_id: control, slug } of listed.rows) {
    signal?.throwIfAborted();
    const judge = sql`${sql.id('compliance', `control_${slug}_at`)}(${now}::timestamptz)`;
    const rows = ofHeadline.includes(control)
      ? sql<VerdictRow>`select project_id, instance_id, verdict, 1::float8 as instances from ${judge}`
      : sql<VerdictRow>`select project_id, null as instance_id, verdict, count(*)::float8 as instances from ${judge} group by 1, 3`;
    for await (const row of portions(tx, rows)) {
      count(controls, control, row);
      if (row.instance_id !== null) note(headline, control, { ...row, instance_id: row.instance_id });
    }
  }
  for (const counts of controls.values()) counts.sort(byControl);
  return { controls, headline };
}

function count(controls: Map<string, ControlCount[]>, control: string, row: VerdictRow): void {
  const verdict = knownVerdict(row.verdict);
  const counts = controls.get(row.project_id) ?? [];
  controls.set(row.project_id, counts);
  const before = counts.find((one) => one.control === control && one.verdict === verdict);
  if (before === undefined) counts.push({ control, verdict, instances: row.instances });
  else before.instances += row.instances;
}

function note(headline: Headline, control: string, row: VerdictRow & { instance_id: string }): void {
  const key = instanceKey(row.project_id, row.instance_id);
  const before = headline.get(key) ?? { projectId: row.project_id, instanceId: row.instance_id, verdicts: new Map() };
  headline.set(key, before);
  before.verdicts.set(control, row.verdict);
}

/** The rule that makes a headline of two verdicts is the database's; asked once per pair that occurs. */
async function readProtections(tx: Tx, headline: Headline): Promise<Map<string, ProtectionState>> {
  const states = new Map<string, ProtectionState>();
  const pairs = new Map<string, ProtectionState>();
  for (const [key, { verdicts: given }] of headline) {
    const [recoveryPoint, unprotected] = ofHeadline.map((control) => given.get(control) ?? null);
    const pair = `${recoveryPoint} ${unprotected}`;
    let state = pairs.get(pair);
    if (state === undefined) {
      const { rows } = await sql<{ state: string }>`
        select compliance.protection_of(${recoveryPoint}::text, ${unprotected}::text) as state`.execute(tx);
      state = knownState(rows[0]?.state ?? null);
      pairs.set(pair, state);
    }
    states.set(key, state);
  }
  return states;
}

async function readObjectives(tx: Tx, now: Date): Promise<Map<string, ObjectiveState>> {
  const objectives = new Map<string, ObjectiveState>();
  const rows = sql<{ project_id: string; instance_id: string; rpo: number | null; retention: number | null }>`
    select project_id, instance_id, rpo_seconds::float8 as rpo, retention_seconds::float8 as retention
    from compliance.subject_at(${now}::timestamptz)`;
  for await (const row of portions(tx, rows)) {
    const objective = { rpoSeconds: row.rpo, retentionSeconds: row.retention };
    objectives.set(instanceKey(row.project_id, row.instance_id), objective);
  }
  return objectives;
}

/** Until when the readings behind the verdicts are fresh; projects in doubt are left out. */
async function readLimits(tx: Tx, now: Date): Promise<Map<string, number>> {
  const { rows } = await sql<{ project_id: string; until: number }>`
    select project_id, extract(epoch from least(instances_as_of, backups_as_of))::float8 + freshness_seconds as until
    from compliance.basis_at(${now}::timestamptz)
    where instances_doubt is null and backups_doubt is null`.execute(tx);
  return new Map(rows.map((row) => [row.project_id, Number(row.until)]));
}

function byControl(left: ControlCount, right: ControlCount): number {
  return `${left.control} ${left.verdict}` < `${right.control} ${right.verdict}` ? -1 : 1;
}

function knownState(state: string | null): ProtectionState {
  const known = foldInto(protectionStates, state);
  return known === 'other' ? 'unknown' : known;
}

function knownVerdict(verdict: string | null): ComplianceVerdict {
  const known = foldInto(verdicts, verdict);
  return known === 'other' ? 'UNKNOWN' : known;
}
