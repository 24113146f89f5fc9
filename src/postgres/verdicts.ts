// What a certified sweep decided of the rows that it did not show, written to them. Called within the commit's transaction.

import { sql } from 'kysely';
import type { Verdict } from '../inventory/ports.ts';
import { liveWhere } from './absence.ts';
import { itemTables } from './item-table.ts';
import { type StagedScope, seenIds } from './staging.ts';
import type { Tx } from './transaction.ts';

/** Strikes and retirements. A row that was staged after all is left alone: no verdict outweighs having seen it. */
export async function applyVerdicts(
  tx: Tx,
  scope: StagedScope,
  verdicts: readonly Verdict[],
  committedAt: Date,
): Promise<{ struck: number; retired: Map<string, number> }> {
  if (verdicts.length === 0) return { struck: 0, retired: new Map() };
  const items = itemTables[scope.scope];
  const at = sql`${committedAt}::timestamptz`;
  const { rows } = await sql<{ reason: string | null; count: number }>`
    with seen as (${seenIds(scope)}), verdict as (
      select v.id, v.action, v.reason, q.misses, q.first_missed_at
      from json_to_recordset(${JSON.stringify(verdicts)}::json) as v(id text, action text, reason text)
      left join inventory.quarantine q on q.project_id = ${scope.projectId} and q.scope = ${scope.scope} and q.item_id = v.id
      where v.id not in (select id from seen)
    ), changed as (
      update ${sql.table(items.table)} t
      set missing_since = coalesce(t.missing_since, v.first_missed_at, ${at}),
        missed_sweeps = least(t.missed_sweeps + coalesce(v.misses, 0) + 1, 32767),
        retired_at = case v.action when 'retire' then ${at} end,
        retired_reason = case v.action when 'retire' then v.reason end,
        changed_at = ${at}, changed_run_id = ${scope.runId}
      from verdict v
      where ${liveWhere(items, scope.projectId)} and t.${sql.ref(items.id.name)} = v.id
      returning t.retired_reason as reason
    )
    select reason, count(*) as count from changed group by reason
  `.execute(tx);
  const retired = new Map<string, number>();
  let struck = 0;
  for (const { reason, count } of rows) {
    if (reason === null) struck = count;
    else retired.set(reason, count);
  }
  return { struck, retired };
}
