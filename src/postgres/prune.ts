// Removes what is older than the inventory's own retention, and nothing that a verdict at an instant within it needs:
// states that were valid at any instant kept, the readings and failures that controls look back to, the newest readings
// of every scope. Counters, objectives, exemptions and instances stay. How far the controls look back: migrations/views/30_*.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface PruneInput {
  /** Now. */
  at: Date;
  /** What ended before this instant goes. */
  keptFrom: Date;
  signal?: AbortSignal | undefined;
}

/** Rows removed, or that would be. Keys are columns of inventory.pruning. */
export type PruneCounts = Record<Kind, number>;

const kinds = [
  'retired_backups',
  'backup_states',
  'instance_states',
  'project_states',
  'sweeps',
  'runs',
  'anomalies',
] as const;
type Kind = (typeof kinds)[number];

interface Step {
  kind: Kind;
  table: string;
  /** Which rows of the table, called `t`. */
  where(keptFrom: Date): RawBuilder<unknown>;
}

const batchSize = 20_000;
const limits = { statementTimeoutMs: 10 * 60_000 };
/** BK-08 compares sizes of this many hours; older backups judge nothing but the row of failures that they stand in. */
const backupsLookBack = '2160 hours';
/** BK-09 shows a retired backup for this long at least. */
const retiredLookBack = '168 hours';
/** BK-13 looks at seven days of readings, BK-10 at seven whole days in UTC. */
const readingsLookBack = '216 hours';
/** `serve` tells changes by the newest runs. */
const runsKept = 100;

/** In this order: which retired backups may go is told by the states of others. */
const steps: readonly Step[] = [
  { kind: 'retired_backups', table: 'inventory.backup', where: retiredBackups },
  { kind: 'backup_states', table: 'inventory.backup_past', where: endedBefore },
  { kind: 'instance_states', table: 'inventory.instance_past', where: instanceStates },
  { kind: 'project_states', table: 'inventory.project_past', where: endedBefore },
  { kind: 'sweeps', table: 'inventory.sweep', where: sweeps },
  { kind: 'runs', table: 'inventory.run', where: runs },
  { kind: 'anomalies', table: 'inventory.anomaly', where: (keptFrom) => sql`t.last_seen_at <= ${at(keptFrom)}` },
];

/** Removes in batches, each in a transaction of its own, so that runs go on meanwhile. Throws StoreError. */
export async function prune(database: Database, input: PruneInput): Promise<PruneCounts> {
  return await remove(database, input, await inTransaction(database, {}, (tx) => record(tx, input)));
}

/** Prunes where nobody did within `everyMs`; null where somebody did. */
export async function pruneWhenDue(
  database: Database,
  input: PruneInput & { everyMs: number },
): Promise<PruneCounts | null> {
  const due = new Date(input.at.getTime() - input.everyMs);
  const id = await inTransaction(database, {}, async (tx) => {
    await sql`lock table inventory.pruning in share row exclusive mode`.execute(tx); // shards end at about the same time
    const { rows } = await sql`select from inventory.pruning where pruned_at > ${at(due)}`.execute(tx);
    return rows.length > 0 ? null : await record(tx, input);
  });
  return id === null ? null : await remove(database, input, id);
}

/** What `prune` would remove. */
export async function countPrunable(database: Database, { keptFrom }: PruneInput): Promise<PruneCounts> {
  const counts = noCounts();
  for (const { kind, table, where } of steps) {
    const { rows } = await inTransaction(database, limits, (tx) =>
      sql<{ n: number }>`select count(*) as n from ${sql.table(table)} t where ${where(keptFrom)}`.execute(tx),
    );
    counts[kind] = Number(rows[0]?.n ?? 0);
  }
  return counts;
}

/** Said before the first row goes: from then on history is whole only from `keptFrom`. */
async function record(tx: Tx, { at: prunedAt, keptFrom }: PruneInput): Promise<number> {
  await sql`delete from inventory.pruning where pruned_at <= ${at(keptFrom)}`.execute(tx);
  const { pruning_id } = await tx
    .insertInto('inventory.pruning')
    .values({ pruned_at: prunedAt, kept_from: keptFrom })
    .returning('pruning_id')
    .executeTakeFirstOrThrow();
  return pruning_id;
}

async function remove(database: Database, { keptFrom, signal }: PruneInput, id: number): Promise<PruneCounts> {
  const counts = noCounts();
  for (const { kind, table, where } of steps) {
    for (let removed = batchSize; removed === batchSize; counts[kind] += removed) {
      signal?.throwIfAborted();
      removed = await inTransaction(database, limits, async (tx) => {
        const { rows } = await sql<{ n: number }>`
          with gone as (
            delete from ${sql.table(table)} where ctid = any(array(
              select t.ctid from ${sql.table(table)} t where ${where(keptFrom)} limit ${batchSize}))
            returning 1
          ) select count(*) as n from gone
        `.execute(tx);
        return Number(rows[0]?.n ?? 0);
      });
    }
  }
  await inTransaction(database, {}, (tx) =>
    tx.updateTable('inventory.pruning').set(counts).where('pruning_id', '=', id).execute(),
  );
  return counts;
}

function noCounts(): PruneCounts {
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as PruneCounts;
}

function at(instant: Date) {
  return sql`${instant}::timestamptz`;
}

function endedBefore(keptFrom: Date) {
  return sql`t.recorded_to <= ${at(keptFrom)}`;
}

/**
 * Long gone, too old for every control, and not part of a row of failures: behind it stands an automated backup of the
 * instance that was known to be complete at the limit.
 */
function retiredBackups(keptFrom: Date) {
  const c = at(keptFrom);
  return sql`
    t.retired_at <= ${c} - ${retiredLookBack}::interval and t.changed_at <= ${c}
    and t.begin_at <= ${c} - ${backupsLookBack}::interval
    and t.begin_at <= ${c} - (
      select coalesce(max(o.retention_seconds), 0) * interval '1 second' from compliance.objective o
      where o.valid_to is null or o.valid_to > ${c})
    and (t.backup_scope <> 'instance' or t.instance_id is null or exists (
      select from (
        select b.project_id, b.instance_id, max(b.begin_at) as begin_at from inventory.backup_as_of(${c}) b
        where b.backup_scope = 'instance' and b.status = 'COMPLETED' and b.backup_type <> 'manual'
        group by b.project_id, b.instance_id
      ) n where n.project_id = t.project_id and n.instance_id = t.instance_id and n.begin_at > t.begin_at))`;
}

/** The shortest policy since a backup began decides why it is gone, so states since the oldest live backup stay. */
function instanceStates(keptFrom: Date) {
  return sql`
    t.recorded_to <= ${at(keptFrom)} - ${readingsLookBack}::interval and not exists (
      select from inventory.backup b
      where b.project_id = t.project_id and b.instance_id = t.instance_id and b.retired_at is null
        and b.begin_at < t.recorded_to)`;
}

/** The newest two of each kind stay: the one that a verdict rests on, and the one that last saw what is gone. */
function sweeps(keptFrom: Date) {
  return sql`(t.run_id, t.project_id, t.scope) in (${prunableSweeps(keptFrom)})`;
}

function prunableSweeps(keptFrom: Date) {
  return sql`
    select o.run_id, o.project_id, o.scope from (
      select w.run_id, w.project_id, w.scope,
        row_number() over (
          partition by w.project_id, w.scope, w.mode, w.certified, w.quarantined order by w.started_at desc, w.run_id desc
        ) as place
      from inventory.sweep w where w.committed_at <= ${at(keptFrom)} - ${readingsLookBack}::interval
    ) o where o.place > 2`;
}

function runs(keptFrom: Date) {
  return sql`
    t.finished_at <= ${at(keptFrom)} - ${readingsLookBack}::interval
    and t.run_id <= (select max(run_id) from inventory.run) - ${runsKept}
    and not exists (
      select from inventory.sweep s where s.run_id = t.run_id
        and (s.run_id, s.project_id, s.scope) not in (${prunableSweeps(keptFrom)}))`;
}
