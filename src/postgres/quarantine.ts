// Rows that quarantined sweeps did not list, kept aside: not one row of the inventory is touched on doubt.

import { sql } from 'kysely';
import { liveWhere } from './absence.ts';
import { itemTables } from './item-table.ts';
import { type StagedScope, seenIds } from './staging.ts';
import type { Tx } from './transaction.ts';

/** Notes one more miss of every live row that was not staged. */
export async function quarantineMissing(tx: Tx, scope: StagedScope, committedAt: Date): Promise<void> {
  const items = itemTables[scope.scope];
  const id = sql.ref(`t.${items.id.name}`);
  await sql`
    with seen as (${seenIds(scope)})
    insert into inventory.quarantine as q (project_id, scope, item_id, first_missed_at)
    select ${scope.projectId}, ${scope.scope}, ${id}, ${committedAt}::timestamptz
    from ${sql.table(items.table)} t
    where ${liveWhere(items, scope.projectId)} and not exists (select from seen where seen.id = ${id})
    on conflict (project_id, scope, item_id) do update set misses = least(q.misses + 1, 32767)
  `.execute(tx);
}

/** Forgets the misses of rows that were staged: they are there. */
export async function releaseSeen(tx: Tx, scope: StagedScope): Promise<void> {
  await sql`
    with seen as (${seenIds(scope)})
    delete from inventory.quarantine q
    where q.project_id = ${scope.projectId} and q.scope = ${scope.scope} and q.item_id in (select id from seen)
  `.execute(tx);
}

/** Forgets the whole quarantine of the scope: a certified sweep was judged. */
export async function liftQuarantine(tx: Tx, { projectId, scope }: StagedScope): Promise<void> {
  await tx.deleteFrom('inventory.quarantine').where('project_id', '=', projectId).where('scope', '=', scope).execute();
}

/** Whether anything of the scope is in quarantine. */
export async function isQuarantined(tx: Tx, { projectId, scope }: StagedScope): Promise<boolean> {
  const row = await tx
    .selectFrom('inventory.quarantine')
    .select('item_id')
    .where('project_id', '=', projectId)
    .where('scope', '=', scope)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
