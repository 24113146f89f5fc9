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
import { portions } from './snapshot-portions.ts';
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

/** Judges everything as of an instant. Costly: about 5 s at 200,000 backups. */
export async function readCompliance(tx: Tx, { now }: { now: Date }): Promise<ComplianceState> {
  // Compiling the thirteen controls takes longer than running them.
  await sql`select set_config('jit', 'off', true)`.execute(tx);
  const { protections, controls } = await readFindings(tx, now);
  const objectives = await readObjectives(tx, now);
  const verdictsUntil = await readLimits(tx, now);
  const setting = await sql<{ seconds: number | null }>`
    select schedule_interval_seconds::float8 as seconds from compliance.setting_at(${now}::timestamptz)
  `.execute(tx);
  const scheduleIntervalSeconds = setting.rows[0]?.seconds ?? null;
  return { judgedAt: now, scheduleIntervalSeconds, objectives, protections, controls, verdictsUntil };
}

/** Either the headline of an instance, or a count of a control. */
interface FindingRow {
  project_id: string;
  instance_id: string | null;
  state: string | null;
  control_id: string | null;
  verdict: string | null;
  instances: number | null;
}

async function readFindings(tx: Tx, now: Date) {
  const protections = new Map<string, ProtectionState>();
  const controls = new Map<string, ControlCount[]>();
  const rows = sql<FindingRow>`
    with finding as materialized (
      select project_id, instance_id, control_id, verdict from compliance.finding_at(${now}::timestamptz)
    )
    select project_id, instance_id, null as control_id, null as verdict, null::float8 as instances,
      compliance.protection_of(
        max(verdict) filter (where control_id = 'BK-01'), max(verdict) filter (where control_id = 'BK-07')
      ) as state
    from finding where control_id in ('BK-01', 'BK-07') and instance_id is not null
    group by project_id, instance_id
    union all
    select project_id, null, control_id, verdict, count(*)::float8, null
    from finding group by project_id, control_id, verdict
    order by project_id, control_id, verdict`;
  for await (const row of portions(tx, rows)) {
    if (row.control_id === null) {
      protections.set(instanceKey(row.project_id, row.instance_id), knownState(row.state));
      continue;
    }
    const counts = controls.get(row.project_id) ?? [];
    controls.set(row.project_id, counts);
    counts.push({ control: row.control_id, verdict: knownVerdict(row.verdict), instances: row.instances ?? 0 });
  }
  return { protections, controls };
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

function knownState(state: string | null): ProtectionState {
  const known = foldInto(protectionStates, state);
  return known === 'other' ? 'unknown' : known;
}

function knownVerdict(verdict: string | null): ComplianceVerdict {
  const known = foldInto(verdicts, verdict);
  return known === 'other' ? 'UNKNOWN' : known;
}
