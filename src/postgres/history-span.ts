// From when to when the inventory reaches: what was before it, no query can prove.

import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.ts';

export interface HistorySpan {
  /** Begin of the first certified reading that is kept, or what pruning left; null = there is none. */
  beginsAt: Date | null;
  newestCommitAt: Date | null;
}

/** Reads the span, as it was known at an instant; null = now. Throws StoreError. */
export async function historySpan(db: Kysely<Tables>, asOf: Date | null): Promise<HistorySpan> {
  const { rows } = await sql<{ begins_at: Date | null; newest_commit_at: Date | null }>`
    select greatest(min(started_at) filter (where certified), (select kept_from from inventory.history_limit)) as begins_at,
      max(committed_at) as newest_commit_at
    from inventory.sweep
    where ${asOf}::timestamptz is null or committed_at <= ${asOf}::timestamptz
  `.execute(db);
  return { beginsAt: rows[0]?.begins_at ?? null, newestCommitAt: rows[0]?.newest_commit_at ?? null };
}
