// Runs the reports of schema compliance. Rows come as JSON text that Postgres writes, so that both kinds of database
// answer the same bytes; the session's time zone is never asked.

import { sql } from 'kysely';
import type {
  Cell,
  ColumnKind,
  NotObserved,
  Report,
  ReportColumn,
  ReportDefinition,
  ReportPeriod,
} from '../inventory/report.ts';
import { type Instant, instantOf } from '../inventory/units.ts';
import type { Database } from './database.ts';
import { historySpan } from './history-span.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface ReportInput {
  /** null = now. */
  asOf: Date | null;
  now: Date;
  /** Of a report of a period: days, both included; null = the last 30 days up to the instant. */
  firstDay: string | null;
  lastDay: string | null;
  /** A name that Postgres knows. */
  timeZone: string;
  statementTimeoutMs?: number;
}

/** Runs one report in a read-only snapshot of its own. Throws StoreError. */
export async function runReport(database: Database, definition: ReportDefinition, input: ReportInput): Promise<Report> {
  const [report] = await runReports(database, [definition], input);
  if (report === undefined) throw new Error('A report was asked for and none was made.');
  return report;
}

/** Runs several reports on one snapshot, so that they agree. Throws StoreError. */
export async function runReports(
  database: Database,
  definitions: readonly ReportDefinition[],
  input: ReportInput,
): Promise<Report[]> {
  const options = { isolation: 'repeatable read', readOnly: true } as const;
  const statementTimeoutMs = input.statementTimeoutMs ?? 10 * 60_000;
  return inTransaction(database, { ...options, statementTimeoutMs }, async (tx) => {
    await readPlainly(tx);
    const at = input.asOf ?? (await presentInstant(tx, input.now));
    const known = await knowledgeAt(tx, at);
    const made: Report[] = [];
    for (const definition of definitions) made.push(await readReport(tx, { definition, input, at, known }));
    return made;
  });
}

/** Compiling a report takes longer than running it; and the driver reads only ISO dates. */
export async function readPlainly(tx: Tx): Promise<void> {
  await sql`select set_config('jit', 'off', true), set_config('DateStyle', 'ISO, YMD', true)`.execute(tx);
}

/**
 * Now, or the newest commit where that lies ahead: the clock of whoever ran may be before ours, and what was just read
 * must not be unknown for that. A quarter of an hour is what the cloud forgives.
 */
export async function presentInstant(tx: Tx, now: Date): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`
    select greatest(${now}::timestamptz, max(committed_at)) as at from inventory.sweep
    where committed_at <= ${now}::timestamptz + interval '15 minutes'
  `.execute(tx);
  return rows[0]?.at ?? now;
}

interface Knowledge {
  knownAt: Instant | null;
  notObserved: NotObserved | null;
}

/** What was known at an instant at all. */
async function knowledgeAt(tx: Tx, at: Date): Promise<Knowledge> {
  const { rows } = await sql<{ first: Date | null; last: Date | null; kept_from: Date | null }>`
    select (select min(committed_at) from inventory.sweep) as first,
      (select max(committed_at) from inventory.sweep where committed_at <= ${at}::timestamptz) as last,
      (select kept_from from inventory.history_limit) as kept_from
  `.execute(tx);
  const { first = null, last = null, kept_from: keptFrom = null } = rows[0] ?? {};
  const knownAt = last === null ? null : instantOf(last);
  if (keptFrom !== null && at < keptFrom) {
    const earliest = instantOf(keptFrom);
    const message = `not observed: what was known at ${instantOf(at)} is no longer kept. History begins at ${earliest}.`;
    return { knownAt, notObserved: { message, earliest } };
  }
  if (last !== null) return { knownAt, notObserved: null };
  const earliest = first === null ? null : instantOf(first);
  const message =
    earliest === null
      ? 'not observed: no run has read anything yet. Run: backup-inventory sync.'
      : `not observed: nothing had been read at ${instantOf(at)}. The first reading was committed at ${earliest}.`;
  return { knownAt, notObserved: { message, earliest } };
}

interface Asked {
  definition: ReportDefinition;
  input: ReportInput;
  at: Date;
  known: Knowledge;
}

async function readReport(tx: Tx, { definition, input, at, known }: Asked): Promise<Report> {
  const columns = await readColumns(tx, definition.name);
  const { period, observedFrom } =
    definition.kind === 'period' ? await readPeriod(tx, input, at) : { period: null, observedFrom: null };
  const asOf = input.asOf === null ? null : instantOf(input.asOf);
  const frame = { definition, asOf, period, observedFrom, ...known, columns };
  if (known.notObserved !== null) return { ...frame, rows: [] };
  const call =
    period === null
      ? sql`${at}::timestamptz`
      : sql`${period.firstDay}::date, ${period.lastDay}::date, ${period.timeZone}::text, ${at}::timestamptz`;
  const order = definition.order.map((name) => orderBy(name, columns));
  const { rows } = await sql<{ row: string }>`
    select json_build_array(${sql.join(columns.map(written))})::text as row
    from ${sql.id('compliance', `report_${definition.name}`)}(${call}) r
    order by ${sql.join(order)}
  `.execute(tx);
  return { ...frame, rows: rows.map(({ row }) => cellsOf(row, columns)) };
}

async function readPeriod(
  tx: Tx,
  input: ReportInput,
  at: Date,
): Promise<{ period: ReportPeriod; observedFrom: Instant | null }> {
  const { rows } = await sql<{ first: string; last: string; starts_at: Date }>`
    select p.first_day::text as first, p.last_day::text as last, p.starts_at
    from compliance.report_period(${input.firstDay}::date, ${input.lastDay}::date, ${input.timeZone}::text, ${at}::timestamptz) p
  `.execute(tx);
  const row = rows[0];
  if (row === undefined) throw new Error('The period has no days.');
  const { beginsAt } = await historySpan(tx, at);
  const late = beginsAt !== null && beginsAt > row.starts_at;
  return {
    period: { firstDay: row.first, lastDay: row.last, timeZone: input.timeZone },
    observedFrom: late ? instantOf(beginsAt) : null,
  };
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  text: 'text',
  bigint: 'number',
  integer: 'number',
  'double precision': 'number',
  boolean: 'boolean',
  'timestamp with time zone': 'instant',
  date: 'day',
  'text[]': 'list',
  'date[]': 'list',
};

/** The columns of a report with their comments, from the view of its name. */
async function readColumns(tx: Tx, name: string): Promise<ReportColumn[]> {
  const { rows } = await sql<{ name: string; type: string; meaning: string | null }>`
    select a.attname as name, format_type(a.atttypid, null) as type, col_description(a.attrelid, a.attnum) as meaning
    from pg_attribute a
    where a.attrelid = to_regclass(${`compliance.report_${name}`}::text) and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  `.execute(tx);
  return rows.map((row) => ({ name: row.name, kind: kinds[row.type] ?? 'text', meaning: row.meaning ?? '' }));
}

/** A column as JSON can carry it without loss. */
function written({ name, kind }: ReportColumn) {
  const column = sql.ref(`r.${name}`);
  if (kind === 'instant') return sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  if (kind === 'day') return sql`${column}::text`;
  return column;
}

/** Byte order for text, whatever the database's locale; nulls first. */
function orderBy(name: string, columns: readonly ReportColumn[]) {
  const column = sql.ref(`r.${name}`);
  const kind = columns.find((one) => one.name === name)?.kind;
  return kind === 'text' ? sql`${column} collate "C" nulls first` : sql`${column} nulls first`;
}

function cellsOf(row: string, columns: readonly ReportColumn[]): Cell[] {
  const cells = JSON.parse(row) as Cell[];
  columns.forEach(({ kind }, index) => {
    const cell = cells[index];
    if (kind === 'instant' && typeof cell === 'string') cells[index] = cell.replace('.000Z', 'Z');
  });
  return cells;
}

/** Whether this Postgres knows a time zone by that name. */
export async function isTimeZone(database: Database, name: string): Promise<boolean> {
  return inTransaction(database, { readOnly: true }, async (tx) => {
    const { rows } = await sql`select from pg_timezone_names where lower(name) = lower(${name}::text) limit 1`.execute(
      tx,
    );
    return rows.length > 0;
  });
}

/** What an export says of where its reports come from. */
export interface Provenance {
  /** The first instant after the period. */
  endsAt: Date;
  schema: { name: string; sha256: string }[];
  controls: { id: string; version: number }[];
  readings: { runs: number; certificates: number; certified: number; lastRunId: number | null };
  configDigests: string[];
}

/** Schema, controls, readings and configurations behind the reports of a period. Throws StoreError. */
export async function readProvenance(database: Database, period: ReportPeriod, asOf: Date): Promise<Provenance> {
  const { firstDay, lastDay, timeZone } = period;
  return inTransaction(database, { isolation: 'repeatable read', readOnly: true }, async (tx) => {
    await readPlainly(tx);
    const schema = await tx
      .selectFrom('inventory.migration')
      .select(['name', 'checksum as sha256'])
      .orderBy(sql`name collate "C"`)
      .execute();
    const controls = await sql<{ id: string; version: number }>`
      select control_id as id, control_version as version from compliance.control order by control_id collate "C"
    `.execute(tx);
    const { rows } = await sql<Provenance['readings'] & { ends_at: Date; digests: string }>`
      select p.ends_at, count(distinct c.run_id)::float8 as runs, count(c.run_id)::float8 as certificates,
        count(*) filter (where c.certified)::float8 as certified, max(c.run_id)::float8 as "lastRunId",
        coalesce(json_agg(distinct c.config_digest) filter (where c.run_id is not null), '[]')::text as digests
      from compliance.report_period(${firstDay}::date, ${lastDay}::date, ${timeZone}::text, ${asOf}::timestamptz) p
      left join compliance.report_certificates(
        ${firstDay}::date, ${lastDay}::date, ${timeZone}::text, ${asOf}::timestamptz) c on true
      group by p.ends_at
    `.execute(tx);
    const row = rows[0];
    if (row === undefined) throw new Error('The period has no end.');
    const { ends_at: endsAt, digests, ...readings } = row;
    return {
      endsAt,
      schema,
      controls: controls.rows,
      readings,
      configDigests: (JSON.parse(digests) as string[]).sort(),
    };
  });
}
