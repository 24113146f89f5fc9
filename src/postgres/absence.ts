// Which live rows a list did not show: counted, and with the facts that their retirement is decided from.
// Not the decision: that is the caller's.

import { sql } from 'kysely';
import type { BackupFact } from '../inventory/model.ts';
import type { MissingRow } from '../inventory/ports.ts';
import type { Database } from './database.ts';
import { type ItemTable, itemTables } from './item-table.ts';
import { type StagedScope, seenIds } from './staging.ts';
import { inTransaction, type Tx } from './transaction.ts';

/** The condition that picks the scope's live rows, for a statement that calls the table `t`. */
export function liveWhere(items: ItemTable, projectId: string) {
  const ofScope = items.backupScope === null ? sql`` : sql`and t.backup_scope = ${items.backupScope}`;
  return sql`t.project_id = ${projectId} ${ofScope} and t.retired_at is null`;
}

/** Sets whether the planner may join by a look-up per row; until the transaction ends. */
export async function allowNestedLoops(tx: Tx, allowed: boolean): Promise<void> {
  await sql`select set_config('enable_nestloop', ${allowed ? 'on' : 'off'}, true)`.execute(tx);
}

/**
 * Runs a statement that compares a whole list with the staged ids. Of tables that have just been filled the planner knows
 * no number of rows: left alone, it compared 200,000 rows with 200,000 ids one by one.
 */
function hashing<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(database, { statementTimeoutMs: 10 * 60_000 }, async (tx) => {
    await allowNestedLoops(tx, false);
    return work(tx);
  });
}

/** Counts what the absence rule is decided from. */
export async function countAbsence(
  database: Database,
  scope: StagedScope,
): Promise<{ live: number; missing: number; quarantinedInARow: number }> {
  const items = itemTables[scope.scope];
  const { rows } = await hashing(database, (tx) =>
    sql<{ live: number; missing: number; quarantined: number }>`
    with seen as (${seenIds(scope)})
    select count(*) as live, count(*) filter (where seen.id is null) as missing,
      (select count(*) from inventory.sweep s
       where s.project_id = ${scope.projectId} and s.scope = ${scope.scope} and s.certified and s.quarantined
         and s.committed_at > coalesce((
           select max(n.committed_at) from inventory.sweep n
           where n.project_id = s.project_id and n.scope = s.scope and n.certified and not n.quarantined
         ), '-infinity')) as quarantined
    from ${sql.table(items.table)} t left join seen on seen.id = ${sql.ref(`t.${items.id.name}`)}
    where ${liveWhere(items, scope.projectId)}
  `.execute(tx),
  );
  const row = rows[0];
  return { live: row?.live ?? 0, missing: row?.missing ?? 0, quarantinedInARow: row?.quarantined ?? 0 };
}

interface MissingColumns {
  id: string;
  misses: number;
  doubted_misses: number;
  missing_since: Date | null;
}

interface MissingBackupColumns extends MissingColumns {
  backup_type: BackupFact['backupType'];
  status: string;
  begin_at: Date;
  instance_gone: boolean;
  instance_known: boolean;
  keep_days: number | null;
  min_keep_days: number | null;
}

/**
 * A list of instances certified longer before the run's start than this tells nothing of a missing backup's instance:
 * it may hold one that was deleted since, together with its backups. In a full run the list was read just before.
 */
const instanceListLimit = '15 minutes';

/** The live rows that were not staged, with what their retirement is decided from. */
export async function missingRows(database: Database, scope: StagedScope, runStartedAt: Date): Promise<MissingRow[]> {
  const items = itemTables[scope.scope];
  const misses = sql`
    t.missed_sweeps as misses, coalesce(q.misses, 0) as doubted_misses,
    coalesce(t.missing_since, q.first_missed_at) as missing_since`;
  const unseen = sql`
    left join inventory.quarantine q
      on q.project_id = t.project_id and q.scope = ${scope.scope} and q.item_id = ${sql.ref(`t.${items.id.name}`)}
    where ${liveWhere(items, scope.projectId)}
      and not exists (select from seen where seen.id = ${sql.ref(`t.${items.id.name}`)})`;
  if (scope.scope === 'instances') {
    const { rows } = await hashing(database, (tx) =>
      sql<MissingColumns>`
      with seen as (${seenIds(scope)})
      select t.instance_id as id, ${misses} from inventory.instance t ${unseen} order by t.instance_id
    `.execute(tx),
    );
    return rows.map((row) => ({ ...absenceOf(row), backup: null }));
  }
  const { rows } = await hashing(database, (tx) =>
    sql<MissingBackupColumns>`
    with seen as (${seenIds(scope)}), instance_list as (
      select exists (
        select from inventory.sweep s where s.project_id = ${scope.projectId} and s.scope = 'instances' and s.certified
          and s.started_at >= ${runStartedAt}::timestamptz - ${instanceListLimit}::interval
      ) as certified
    )
    select t.backup_id as id, ${misses}, t.backup_type, t.status, t.begin_at,
      coalesce(i.retired_at is not null or i.missing_since is not null, false) as instance_gone,
      i.instance_id is not null and iq.item_id is null and (select certified from instance_list) as instance_known,
      i.backup_keep_days as keep_days,
      (select min(h.backup_keep_days) from inventory.instance_history h
       where h.project_id = t.project_id and h.instance_id = t.instance_id and h.backup_keep_days > 0
         and (h.recorded_to is null or h.recorded_to > t.begin_at)) as min_keep_days
    from inventory.backup t
    left join inventory.instance i on i.project_id = t.project_id and i.instance_id = t.instance_id
    left join inventory.quarantine iq
      on iq.project_id = t.project_id and iq.scope = 'instances' and iq.item_id = t.instance_id
    ${unseen} order by t.backup_id
  `.execute(tx),
  );
  return rows.map((row) => ({
    ...absenceOf(row),
    backup: {
      backupType: row.backup_type,
      status: row.status,
      beginAt: row.begin_at,
      instanceGone: row.instance_gone,
      instanceKnown: row.instance_known,
      keepDays: row.keep_days,
      minKeepDays: row.min_keep_days,
    },
  }));
}

function absenceOf({ id, misses, doubted_misses, missing_since }: MissingColumns) {
  return { id, misses, doubtedMisses: doubted_misses, missingSince: missing_since };
}
