// Recomputes the samples of a scrape from their SQL definitions, for `doctor --reconcile`.

import { sql } from 'kysely';
import type { Database } from './database.ts';
import { definitions } from './reconcile-definitions.ts';
import { prelude } from './reconcile-sql.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface RecomputedMetric {
  /** Without prefix. */
  metric: string;
  samples: { labels: Record<string, string>; value: number }[];
}

export interface RecomputeInput {
  /** When the facts of the scrape were read. */
  takenAt: Date;
  /** When its verdicts were judged; null = they were not, so those metrics are left out. */
  judgedAt: Date | null;
  /** When the scrape was made: verdicts whose time was over then are unknown. */
  scrapedAt: Date;
}

export interface Recomputation {
  metrics: readonly RecomputedMetric[];
  /** Something was committed after the scrape's facts were read: differences mean nothing, scrape again. */
  movedOn: boolean;
}

/** All metrics that come from the database, as of one instant. Throws StoreError. */
export async function recompute(database: Database, input: RecomputeInput): Promise<Recomputation> {
  const options = { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 10 * 60_000 } as const;
  return await inTransaction(database, options, async (tx) => {
    await sql`select set_config('jit', 'off', true)`.execute(tx);
    const metrics: RecomputedMetric[] = [];
    for (const definition of definitions) {
      if (input.judgedAt === null && definition.judged === true) continue;
      metrics.push({ metric: definition.metric, samples: await samplesOf(tx, definition.sql, input) });
    }
    return { metrics, movedOn: await movedOn(tx, input.takenAt) };
  });
}

async function samplesOf(tx: Tx, definition: string, { judgedAt, scrapedAt, takenAt }: RecomputeInput) {
  const statement = `${prelude} select to_jsonb(d) - 'value' as labels, d.value::float8 as value from (${definition}) d`;
  const parts = statement.split(/(\$judged|\$scraped)/);
  const query = parts.map((part) => {
    if (part === '$judged') return sql`${judgedAt ?? takenAt}::timestamptz`;
    return part === '$scraped' ? sql`${scrapedAt}::timestamptz` : sql.raw(part);
  });
  const { rows } = await sql<{
    labels: Record<string, string>;
    value: number;
  }>`${sql.join(query, sql.raw(''))}`.execute(tx);
  return rows;
}

async function movedOn(tx: Tx, takenAt: Date): Promise<boolean> {
  const { rows } = await sql<{ moved: boolean }>`
    select exists (select from inventory.sweep where committed_at > ${takenAt}::timestamptz)
      or exists (select from inventory.run where greatest(started_at, finished_at) > ${takenAt}::timestamptz) as moved
  `.execute(tx);
  return rows[0]?.moved ?? false;
}
