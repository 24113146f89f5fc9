// What the pages show and what takes seconds to find in a large estate: findings, calendar, growth. All of it as of one
// instant, from one repeatable-read transaction. Who reads it keeps it; the rules are the views of migrations/views.

import { sql } from 'kysely';
import type { Finding, Judgement, Standing, StoredDay } from '../inventory/overview.ts';
import { foldInto, protectionStates, verdicts } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { inTurns, portions } from './portions.ts';
import { inTransaction, type Tx } from './transaction.ts';

/** Days of the calendar. */
const calendarDays = 30;
const growthDays = 90;
const evidenceShown = 8;

export interface JudgeScope {
  projectId: string;
  instanceId: string;
}

export interface JudgementInput {
  now: Date;
  /** Cancels what is under way. */
  signal: AbortSignal;
}

/** Judges every instance as of an instant. Throws StoreError, or the signal's reason. */
export async function readJudgement(database: Database, { now, signal }: JudgementInput): Promise<Judgement> {
  const options = { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 5 * 60_000, signal } as const;
  return await inTransaction(database, options, async (tx) => {
    await sql`select set_config('jit', 'off', true)`.execute(tx); // compiling takes longer than running
    const committed = await sql<{ at: Date | null }>`select max(committed_at) as at from inventory.sweep`.execute(tx);
    const findings: Finding[] = [];
    for (const slug of await controlSlugs(tx)) {
      for await (const finding of readFindings(tx, { asOf: now, only: null, slug })) findings.push(finding);
      signal.throwIfAborted();
    }
    const calendar = await readCalendar(tx, { asOf: now, only: null });
    signal.throwIfAborted();
    return {
      judgedAt: now,
      committedAt: committed.rows[0]?.at ?? null,
      days: calendar.days,
      findings,
      standings: await readStandings(tx, findings, calendar.letters),
      growth: await readGrowth(tx, now),
    };
  });
}

interface FindingRow {
  control_id: string;
  title: string;
  question: string;
  project_id: string;
  project_name: string;
  instance_id: string | null;
  instance_name: string | null;
  verdict: string;
  reason_code: string;
  sentence: string;
  measured: number | null;
  threshold: number | null;
  unit: string;
  evidence: string[];
  evidence_count: number;
  /** Seconds since 1970. */
  data_as_of: number | null;
  basis_run_id: number | null;
}

/** One statement per control, so that a stop need not wait for all of them. */
async function controlSlugs(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ slug: string }>`select slug from compliance.control order by control_id`.execute(tx);
  return rows.map((row) => row.slug);
}

export interface FindingsInput {
  asOf: Date;
  /** null = of all instances. */
  only: JudgeScope | null;
  /** Of this control; absent = of all. */
  slug?: string;
}

/** Findings as of an instant, ordered by control and instance. */
export async function* readFindings(tx: Tx, { asOf, only, slug }: FindingsInput): AsyncGenerator<Finding> {
  const judge = slug === undefined ? sql.id('compliance', 'finding_at') : sql.id('compliance', `control_${slug}_at`);
  const filter =
    only === null ? sql`true` : sql`f.project_id = ${only.projectId} and f.instance_id = ${only.instanceId}`;
  const rows = sql<FindingRow>`
    select f.control_id, c.title, c.question, f.project_id, f.project_name, f.instance_id, f.instance_name, f.verdict,
      f.reason_code, r.sentence, f.measured_value as measured, f.threshold_value as threshold, f.unit,
      f.evidence_backup_ids[1:${sql.lit(evidenceShown)}] as evidence, cardinality(f.evidence_backup_ids) as evidence_count,
      extract(epoch from f.data_as_of)::float8 as data_as_of, f.basis_run_id
    from ${judge}(${asOf}::timestamptz) f
    join compliance.control c on c.control_id = f.control_id
    join compliance.reason r on r.reason_code = f.reason_code
    where ${filter}
    order by f.control_id, f.project_name, f.project_id, f.instance_name, f.instance_id`;
  for await (const row of portions(tx, rows)) yield findingOf(row);
}

function findingOf(row: FindingRow): Finding {
  const verdict = foldInto(verdicts, row.verdict);
  return {
    controlId: row.control_id,
    title: row.title,
    question: row.question,
    projectId: row.project_id,
    projectName: row.project_name,
    instanceId: row.instance_id,
    instanceName: row.instance_name,
    verdict: verdict === 'other' ? 'UNKNOWN' : verdict,
    reasonCode: row.reason_code,
    sentence: row.sentence,
    measured: row.measured,
    threshold: row.threshold,
    unit: row.unit,
    evidence: row.evidence,
    evidenceCount: row.evidence_count,
    dataAsOf: row.data_as_of === null ? null : new Date(Math.round(row.data_as_of * 1000)),
    basisRunId: row.basis_run_id,
  };
}

export interface Calendar {
  days: string[];
  /** By `project id`, line feed, `instance id`: a letter per day, see dayLetters. */
  letters: ReadonlyMap<string, string>;
}

/** The coverage of the last days up to an instant, in UTC. */
export async function readCalendar(tx: Tx, input: { asOf: Date; only: JudgeScope | null }): Promise<Calendar> {
  const { asOf, only } = input;
  const last = asOf.toISOString().slice(0, 10);
  const firstAt = new Date(Date.parse(last) - (calendarDays - 1) * 86_400_000);
  const days = Array.from({ length: calendarDays }, (_, index) => isoDay(firstAt.getTime() + index * 86_400_000));
  const filter =
    only === null ? sql`true` : sql`c.project_id = ${only.projectId} and c.instance_id = ${only.instanceId}`;
  const rows = sql<{ project_id: string; instance_id: string; letters: string }>`
    select c.project_id, c.instance_id, string_agg(
      case when c.strength = 'reconstructed' then upper(l.letter) else l.letter end, '' order by c.day) as letters
    from compliance.coverage_at(${days[0]}::date, ${last}::date, 'UTC', ${asOf}::timestamptz) c
    cross join lateral (
      select case c.state when 'good' then 'g' when 'failed_only' then 'f' when 'in_progress' then 'p' when 'none' then 'n'
        when 'exempt' then 'e' when 'not_alive' then 'x' else 'u' end as letter
    ) l
    where ${filter}
    group by c.project_id, c.instance_id`;
  const letters = new Map<string, string>();
  for await (const row of portions(tx, rows)) letters.set(keyOf(row.project_id, row.instance_id), row.letters);
  return { days, letters };
}

/** The headline, the controls that matter and the calendar, per live instance. */
async function readStandings(
  tx: Tx,
  findings: readonly Finding[],
  letters: ReadonlyMap<string, string>,
): Promise<Standing[]> {
  const open = new Map<string, { projectId: string; instanceId: string; verdicts: Map<string, string> }>();
  for await (const { projectId, instanceId, controlId, verdict } of inTurns(findings)) {
    if (instanceId === null) continue;
    const key = keyOf(projectId, instanceId);
    const one = open.get(key) ?? { projectId, instanceId, verdicts: new Map() };
    open.set(key, one);
    one.verdicts.set(controlId, verdict);
  }
  const protection = protectionRule(tx);
  const standings: Standing[] = [];
  for await (const [key, { projectId, instanceId, verdicts: given }] of inTurns(open)) {
    if (!given.has('BK-01')) continue; // BK-12 speaks of instances that are gone
    const having = (verdict: string) => [...given].filter(([, one]) => one === verdict).map(([control]) => control);
    standings.push({
      projectId,
      instanceId,
      protection: await protection(given.get('BK-01') ?? null, given.get('BK-07') ?? null),
      wrong: having('NON_COMPLIANT'),
      doubtful: having('UNKNOWN'),
      days: letters.get(key) ?? '',
    });
  }
  return standings;
}

/** The rule that makes a headline of two verdicts is the database's; asked once per pair that occurs. */
export function protectionRule(tx: Tx) {
  const known = new Map<string, Standing['protection']>();
  return async (lastGoodBackup: string | null, unprotected: string | null): Promise<Standing['protection']> => {
    const pair = `${lastGoodBackup} ${unprotected}`;
    const before = known.get(pair);
    if (before !== undefined) return before;
    const { rows } = await sql<{ state: string }>`
      select compliance.protection_of(${lastGoodBackup}::text, ${unprotected}::text) as state`.execute(tx);
    const folded = foldInto(protectionStates, rows[0]?.state ?? null);
    const state = folded === 'other' ? 'unknown' : folded;
    known.set(pair, state);
    return state;
  };
}

/** Stored bytes per day, backwards from what is listed now: what came later is taken off, what went later is put back. */
async function readGrowth(tx: Tx, now: Date): Promise<StoredDay[]> {
  const { rows } = await sql<{ day: string; bytes: number; reconstructed: boolean }>`
    with completed as materialized (
      select b.size_bytes, coalesce(b.end_at, b.begin_at) as came_at, 
        case when b.retired_at is not null then coalesce(b.missing_since, b.retired_at) end as went_at
      from inventory.backup_as_of(${now}::timestamptz) b
      join inventory.project p on p.project_id = b.project_id and p.configured
      where b.status = 'COMPLETED' and b.size_bytes > 0
    ), day as (
      select (${now}::timestamptz at time zone 'UTC')::date - n as day
      from generate_series(0, ${sql.lit(growthDays - 1)}) n
    ), moved as materialized (
      select (came_at at time zone 'UTC')::date as day, sum(size_bytes) as bytes from completed
      where came_at > ${now}::timestamptz - ${sql.lit(growthDays + 1)} * interval '24 hours' group by 1
      union all
      select (went_at at time zone 'UTC')::date, -sum(size_bytes) from completed
      where went_at > ${now}::timestamptz - ${sql.lit(growthDays + 1)} * interval '24 hours' group by 1
    ), listed as materialized (
      select coalesce(sum(size_bytes), 0) as bytes from completed where went_at is null
    ), first_reading as (
      select min(committed_at) as at from inventory.sweep where scope = 'instance_backups' and certified
    )
    select d.day::text as day,
      (l.bytes - coalesce((select sum(m.bytes) from moved m where m.day > d.day), 0))::float8 as bytes,
      coalesce((d.day + 1)::timestamp at time zone 'UTC' <= f.at, true) as reconstructed
    from day d cross join listed l cross join first_reading f
    order by d.day`.execute(tx);
  return rows;
}

/** One key per instance: no id holds a line feed. */
export function keyOf(projectId: string, instanceId: string): string {
  return `${projectId}\n${instanceId}`;
}

function isoDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
