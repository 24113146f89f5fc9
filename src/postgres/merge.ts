// Staged facts into the current states: insert what is new, update what differs, write nothing where nothing differs.
// Called within the commit's transaction. History is kept by the tables' triggers.

import { type RawBuilder, sql } from 'kysely';
import { type ItemTable, itemTables } from './item-table.ts';
import { type StagedScope, stagedRows } from './staging.ts';
import type { Tx } from './transaction.ts';

/** Rows of one statement. Beyond, the server's intermediate results no longer fit its memory. */
const roundSize = 20_000;

export interface StageSummary {
  /** Items staged, those read twice counted twice. */
  staged: number;
  distinctIds: number;
  /** SHA-256, in hex, of the distinct ids in byte order joined by line feeds. */
  idsDigest: string;
}

export interface MergeResult {
  inserted: number;
  updated: number;
  revived: number;
  /** Backups first seen in, or moved to, an ended status, per instance id. */
  ended: Map<string, { completed: number; failed: number }>;
}

/**
 * Counts and digests the staged ids, and takes from the stage what a later batch outdates. That stays within the database:
 * a list read in two passes has as many outdated items as others.
 */
export async function settleStage(tx: Tx, scope: StagedScope): Promise<StageSummary> {
  const { stage, id } = itemTables[scope.scope];
  const { rows } = await sql<{ staged: number; distinct_ids: number; digest: string }>`
    with item as materialized (
      select s.ctid as place, s.${sql.ref(id.name)} as id,
        row_number() over (partition by s.${sql.ref(id.name)} order by s.batch desc) as nth
      from ${stagedRows(scope)}
    ), dropped as (
      delete from ${sql.table(stage)} t using item where item.nth > 1 and t.ctid = item.place
    )
    select count(*) as staged, count(*) filter (where nth = 1) as distinct_ids,
      encode(sha256(convert_to(coalesce(string_agg(id, e'\\n' order by id) filter (where nth = 1), ''), 'UTF8')), 'hex') as digest
    from item
  `.execute(tx);
  const row = rows[0];
  if (row === undefined) throw new Error('An aggregate without a row.');
  return { staged: row.staged, distinctIds: row.distinct_ids, idsDigest: row.digest };
}

/** Merges all staged batches, in rounds. `batchSizes` are the facts of each. */
export async function mergeStage(
  tx: Tx,
  scope: StagedScope,
  batchSizes: readonly number[],
  committedAt: Date,
): Promise<MergeResult> {
  const result: MergeResult = { inserted: 0, updated: 0, revived: 0, ended: new Map() };
  const isEmpty = await holdsNothing(tx, scope);
  for (const { from, to } of roundsOf(batchSizes)) {
    const round = { from, to, committedAt };
    if (isEmpty) result.inserted += await addRound(tx, scope, round);
    else await mergeRound(tx, scope, round, result);
  }
  if (isEmpty) await countEnded(tx, scope, result);
  return result;
}

/** Whether the table has nothing of the project: then all is new, and looking it up is spared. */
async function holdsNothing(tx: Tx, { scope, projectId }: StagedScope): Promise<boolean> {
  const { rows } = await sql`
    select from ${sql.table(itemTables[scope].table)} t where t.project_id = ${projectId} limit 1
  `.execute(tx);
  return rows.length === 0;
}

function roundsOf(batchSizes: readonly number[]): { from: number; to: number }[] {
  const rounds: { from: number; to: number }[] = [];
  let rows = 0;
  for (const [index, size] of batchSizes.entries()) {
    const current = rounds.at(-1);
    if (current === undefined || rows + size > roundSize) {
      rounds.push({ from: index + 1, to: index + 1 });
      rows = size;
    } else {
      current.to = index + 1;
      rows += size;
    }
  }
  return rounds;
}

interface Round {
  from: number;
  to: number;
  committedAt: Date;
}

/** A round of items that are all new. Resolves to their number. */
async function addRound(tx: Tx, scope: StagedScope, round: Round): Promise<number> {
  const items = itemTables[scope.scope];
  const { rows } = await sql<{ inserted: number }>`
    with added as (
      ${insertion(items, scope, round.committedAt)}
      from ${stagedRows(scope)} and s.batch between ${round.from} and ${round.to}
      order by s.${sql.ref(items.id.name)}
      returning 1
    )
    select count(*) as inserted from added
  `.execute(tx);
  return rows[0]?.inserted ?? 0;
}

async function countEnded(tx: Tx, scope: StagedScope, result: MergeResult): Promise<void> {
  if (scope.scope === 'instances') return;
  const { rows } = await sql<Pick<RoundRow, 'ended'>>`
    with n as (select s.instance_id, s.status, null::text as was from ${stagedRows(scope)})
    select ${endedPerInstance} as ended
  `.execute(tx);
  addEnded(result, rows[0]?.ended ?? null);
}

interface RoundRow {
  inserted: number;
  updated: number;
  revived: number;
  ended: { instance: string; completed: number; failed: number }[] | null;
}

async function mergeRound(tx: Tx, scope: StagedScope, round: Round, result: MergeResult): Promise<void> {
  const items = itemTables[scope.scope];
  const { rows } = await roundStatement(items, scope, round).execute(tx);
  const row = rows[0];
  if (row === undefined) throw new Error('An aggregate without a row.');
  result.inserted += row.inserted;
  result.updated += row.updated;
  result.revived += row.revived;
  addEnded(result, row.ended);
}

function addEnded(result: MergeResult, ended: RoundRow['ended']): void {
  for (const { instance, completed, failed } of ended ?? []) {
    const sum = result.ended.get(instance) ?? { completed: 0, failed: 0 };
    result.ended.set(instance, { completed: sum.completed + completed, failed: sum.failed + failed });
  }
}

/**
 * One statement per round. The look-up of the current row is lateral with a limit, which keeps the planner on the index
 * however large the table: joined freely, it turned to reading all of a table of 10 million rows for each round.
 * Rejected: a plain join with hash joins switched off. It is no faster, and the history's trigger runs under the same
 * settings: it compared 10,000 old rows with 10,000 new ones one by one, for 56 s.
 * New rows take a plain insert: the commit's lock makes this the only writer, and `on conflict` writes 14 % more WAL.
 * They go in by order of id: an index takes neighbours a tenth faster than strangers.
 * Changed rows are found by their place, which cannot move within a statement: by their key, the planner read the whole
 * list once per round.
 */
function roundStatement(items: ItemTable, scope: StagedScope, round: Round): RawBuilder<RoundRow> {
  const { table, id, facts, backupScope } = items;
  const columns = (prefix: string) => sql.raw(facts.map((column) => `${prefix}${column.name}`).join(', '));
  const assigned = sql.raw(facts.map(({ name }) => `${name} = s.${name}`).join(', '));
  const ofScope = backupScope === null ? sql`` : sql`and t.backup_scope = ${backupScope}`;
  return sql<RoundRow>`
    with n as materialized (
      select s.${sql.ref(id.name)}, ${columns('s.')}, b.place, b.was, b.place is null as is_new,
        coalesce(b.was_absent, false) as is_back
      from (select * from ${stagedRows(scope)} and s.batch between ${round.from} and ${round.to}) s
      left join lateral (
        select t.ctid as place, t.status as was, t.missing_since is not null or t.retired_at is not null as was_absent,
          ${columns('t.')}
        from ${sql.table(table)} t
        where t.project_id = ${scope.projectId} and t.${sql.ref(id.name)} = s.${sql.ref(id.name)} ${ofScope}
        limit 1
      ) b on true
      where b.place is null or b.was_absent or (${columns('b.')}) is distinct from (${columns('s.')})
      order by s.${sql.ref(id.name)}
    ), added as (
      ${insertion(items, scope, round.committedAt)} from n s where s.is_new
    ), changed as (
      update ${sql.table(table)} t
      set ${assigned}, missing_since = null, missed_sweeps = 0, retired_at = null, retired_reason = null,
        changed_at = ${round.committedAt}::timestamptz, changed_run_id = ${scope.runId}
      from n s
      where not s.is_new and t.ctid = s.place and t.ctid = any(array(select place from n where not is_new))
    )
    select count(*) filter (where is_new) as inserted, count(*) filter (where not is_new) as updated,
      count(*) filter (where is_back) as revived, ${backupScope === null ? sql`null` : endedPerInstance} as ended
    from n
  `;
}

/** Inserts the items `s`; the caller adds where they come from. */
function insertion({ table, id, facts, backupScope }: ItemTable, scope: StagedScope, committedAt: Date) {
  const names = [id, ...facts].map(({ name }) => name);
  const at = sql`${committedAt}::timestamptz`;
  const scopeColumn = backupScope === null ? sql`` : sql`backup_scope,`;
  const scopeValue = backupScope === null ? sql`` : sql`${backupScope},`;
  return sql`
    insert into ${sql.table(table)} (project_id, ${scopeColumn} ${sql.raw(names.join(', '))},
      first_seen_at, first_seen_run_id, changed_at, changed_run_id)
    select ${scope.projectId}, ${scopeValue} ${sql.raw(names.map((name) => `s.${name}`).join(', '))},
      ${at}, ${scope.runId}::bigint, ${at}, ${scope.runId}::bigint`;
}

const endedPerInstance = sql`(
  select json_agg(e) from (
    select coalesce(instance_id, '') collate "C" as instance, count(*) filter (where status = 'COMPLETED') as completed,
      count(*) filter (where status = 'FAILED') as failed
    from n where status in ('COMPLETED', 'FAILED') and was is distinct from status group by 1
  ) e
)`;
