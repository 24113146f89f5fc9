// Reads what `explain` and `check` show: instances by name or id, and findings with all that they stand on.

import { sql } from 'kysely';
import type { Explanation, InstanceMatch } from '../inventory/explanation.ts';
import type { ComplianceVerdict } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { presentInstant, readPlainly } from './report.ts';
import { inTransaction } from './transaction.ts';

const readOnly = { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 10 * 60_000 } as const;

/** The instant to judge: the one asked for, or the present one. */
export async function instantToJudge(database: Database, input: { asOf: Date | null; now: Date }): Promise<Date> {
  return input.asOf ?? (await inTransaction(database, readOnly, (tx) => presentInstant(tx, input.now)));
}

/** Every instance that the text names, by id or exact name; gone ones and those known by their backups alone included. */
export async function findInstances(database: Database, input: { text: string; asOf: Date }): Promise<InstanceMatch[]> {
  const { text, asOf } = input;
  return inTransaction(database, readOnly, async (tx) => {
    await readPlainly(tx);
    const { rows } = await sql<InstanceMatch>`
      select i.project_id as "projectId", p.name as "projectName", i.instance_id as "instanceId",
        i.name as "instanceName", case when i.retired_at is null then 'live' else 'gone' end as state
      from inventory.instance_as_of(${asOf}::timestamptz) i
      left join inventory.project_as_of(${asOf}::timestamptz) p on p.project_id = i.project_id
      where i.instance_id = ${text} or i.name = ${text}
      union all
      select b.project_id, p.name, b.instance_id, max(b.instance_name), 'unlisted'
      from inventory.backup_as_of(${asOf}::timestamptz) b
      left join inventory.project_as_of(${asOf}::timestamptz) p on p.project_id = b.project_id
      where (b.instance_id = ${text} or b.instance_name = ${text}) and not exists (
        select from inventory.instance_as_of(${asOf}::timestamptz) i
        where i.project_id = b.project_id and i.instance_id = b.instance_id
      )
      group by b.project_id, p.name, b.instance_id
      order by 1, 3
    `.execute(tx);
    return rows;
  });
}

/** What every control says of one instance, and on what it stands. */
export async function explainInstance(
  database: Database,
  input: { instance: InstanceMatch; asOf: Date },
): Promise<Explanation> {
  const { instance, asOf } = input;
  return inTransaction(database, readOnly, async (tx) => {
    await readPlainly(tx);
    const { rows } = await sql<{ explanation: Omit<Explanation, 'instance'> }>`
      select json_build_object('objective', (${objective(instance, asOf)}), 'findings', coalesce((
        select json_agg(json_build_object(
          'controlId', f.control_id, 'controlVersion', f.control_version, 'title', c.title, 'question', c.question,
          'verdict', f.verdict, 'reasonCode', f.reason_code, 'sentence', r.sentence,
          'measured', f.measured_value, 'threshold', f.threshold_value, 'unit', f.unit,
          'evaluatedAt', ${canonical(sql`f.evaluated_at`)}, 'dataAsOf', ${canonical(sql`f.data_as_of`)},
          'exemption', (${exemption(asOf)}), 'readings', (${readings(asOf)}), 'evidence', (${evidence(asOf)}),
          'evidenceCount', cardinality(f.evidence_backup_ids)
        ) order by f.control_id)
        from compliance.finding_at(${asOf}::timestamptz) f
        join compliance.control c on c.control_id = f.control_id
        join compliance.reason r on r.reason_code = f.reason_code
        left join inventory.instance_as_of(${asOf}::timestamptz) i
          on i.project_id = f.project_id and i.instance_id = f.instance_id
        where f.project_id = ${instance.projectId} and f.instance_id = ${instance.instanceId}
      ), '[]'::json)) as explanation
    `.execute(tx);
    return { instance, objective: null, findings: [], ...rows[0]?.explanation };
  });
}

const evidenceShown = 10;

function canonical(instant: ReturnType<typeof sql>) {
  return sql`to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}

function objective({ projectId, instanceId }: InstanceMatch, asOf: Date) {
  return sql`
    select json_build_object('rpoSeconds', o.rpo_seconds, 'retentionSeconds', o.retention_seconds,
      'minimumCopies', o.minimum_copies, 'manualCounts', o.manual_counts, 'position', o.position,
      'configDigest', o.config_digest, 'setBy', o.set_by, 'validFrom', ${canonical(sql`o.valid_from`)})
    from inventory.instance_as_of(${asOf}::timestamptz) i
    join inventory.project_as_of(${asOf}::timestamptz) p on p.project_id = i.project_id
    cross join lateral compliance.objective_at(
      ${asOf}::timestamptz, i.project_id, p.name, i.name, i.datastore_type) o
    where i.project_id = ${projectId} and i.instance_id = ${instanceId}`;
}

function exemption(asOf: Date) {
  return sql`
    select json_build_object('owner', e.owner, 'reason', e.reason, 'expiresAt', ${canonical(sql`e.expires_at`)},
      'configDigest', e.config_digest, 'setBy', e.set_by)
    from compliance.exemption_at(
      ${asOf}::timestamptz, f.control_id, f.project_id, f.project_name, f.instance_name, i.datastore_type) e
    where f.verdict = 'EXEMPT' or f.reason_code = 'exemption_expired'`;
}

/** The certified readings of the run that the finding rests on. */
function readings(asOf: Date) {
  return sql`
    select coalesce(json_agg(json_build_object('runId', w.run_id, 'scope', w.scope,
      'startedAt', ${canonical(sql`w.started_at`)}, 'committedAt', ${canonical(sql`w.committed_at`)},
      'pages', w.pages, 'distinctIds', w.distinct_ids, 'reportedTotal', w.reported_total, 'idsDigest', w.ids_digest)
      order by w.scope), '[]'::json)
    from inventory.sweep w
    where w.run_id = f.basis_run_id and w.project_id = f.project_id and w.certified and w.mode = 'full'
      and w.committed_at <= ${asOf}::timestamptz and w.scope in ('instances', 'instance_backups')`;
}

function evidence(asOf: Date) {
  return sql`
    select coalesce(json_agg(json_build_object('backupId', b.backup_id, 'backupType', b.backup_type, 'status', b.status,
      'beginAt', ${canonical(sql`b.begin_at`)}, 'endAt', ${canonical(sql`b.end_at`)}, 'sizeBytes', b.size_bytes,
      'listed', b.missing_since is null and b.retired_at is null) order by b.begin_at desc, b.backup_id), '[]'::json)
    from inventory.backup_as_of(${asOf}::timestamptz) b
    where b.project_id = f.project_id and b.backup_id = any (f.evidence_backup_ids[1:${sql.lit(evidenceShown)}])`;
}

/** The ids of all controls, in order. */
export async function controlIds(database: Database): Promise<string[]> {
  return inTransaction(database, readOnly, async (tx) => {
    const { rows } = await sql<{ id: string }>`select control_id as id from compliance.control order by 1`.execute(tx);
    return rows.map(({ id }) => id);
  });
}

/** A verdict for `check`. */
export interface CheckedFinding {
  controlId: string;
  title: string;
  projectId: string;
  projectName: string | null;
  instanceId: string | null;
  instanceName: string | null;
  verdict: ComplianceVerdict;
  reasonCode: string;
  sentence: string;
  measured: number | null;
  threshold: number | null;
  unit: string;
  dataAsOf: Date | null;
}

export interface Checked {
  /** When the newest reading was committed; null = nothing had been read. */
  knownAt: Date | null;
  findings: CheckedFinding[];
}

/** All verdicts as of an instant. Throws StoreError. */
export async function checkAll(database: Database, asOf: Date): Promise<Checked> {
  return inTransaction(database, readOnly, async (tx) => {
    await readPlainly(tx);
    const known = await sql<{ at: Date | null }>`
      select max(committed_at) as at from inventory.sweep where committed_at <= ${asOf}::timestamptz`.execute(tx);
    const { rows } = await sql<CheckedFinding>`
      select f.control_id as "controlId", c.title, f.project_id as "projectId", f.project_name as "projectName",
        f.instance_id as "instanceId", f.instance_name as "instanceName", f.verdict, f.reason_code as "reasonCode",
        r.sentence, f.measured_value as measured, f.threshold_value as threshold, f.unit, f.data_as_of as "dataAsOf"
      from compliance.finding_at(${asOf}::timestamptz) f
      join compliance.control c on c.control_id = f.control_id
      join compliance.reason r on r.reason_code = f.reason_code
      order by f.control_id, f.project_name collate "C", f.project_id, f.instance_name collate "C", f.instance_id
    `.execute(tx);
    return { knownAt: known.rows[0]?.at ?? null, findings: rows };
  });
}
