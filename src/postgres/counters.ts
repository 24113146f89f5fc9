// Durable sums: rows of inventory.counter, increased in the transaction that did the work. Names are those of
// docs/metrics.md without the prefix. What the labels mean:
//   sweeps_total                project; label1 = scope, label2 = certified or the reason
//   sweep_pages_total, sweep_rescans_total, sweep_duplicates_total                     project
//   failures_total, completions_total                                                  project, instance
//   retired_total               project; label1 = reason (backups only)
//   anomalies_total             project; label1 = kind
//   rows_written_total          label1 = table, label2 = insert or update
// The run adds its own: api_requests_total, api_retries_total, api_throttle_wait_seconds_total.

import { sql } from 'kysely';
import type { Certificate } from '../inventory/model.ts';
import type { CounterIncrement } from '../inventory/ports.ts';
import { inTurns } from './portions.ts';
import type { Tx } from './transaction.ts';

/** Adds the increments, equal ones as one; those of zero are left out. */
export async function increaseCounters(tx: Tx, increments: readonly CounterIncrement[]): Promise<void> {
  const sums = new Map<string, CounterIncrement>();
  for await (const increment of inTurns(increments)) {
    if (increment.by <= 0) continue;
    const { counter, projectId = '', instanceId = '', label1 = '', label2 = '' } = increment;
    const key = [counter, projectId, instanceId, label1, label2].join('\u0001');
    sums.set(key, { ...increment, by: increment.by + (sums.get(key)?.by ?? 0) });
  }
  if (sums.size === 0) return;
  // In one order everywhere, so that two writers cannot wait for each other.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, increment]) => increment);
  await sql`
    insert into inventory.counter as c (counter, project_id, instance_id, label_1, label_2, value)
    select counter, coalesce("projectId", ''), coalesce("instanceId", ''), coalesce(label1, ''), coalesce(label2, ''), by
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as r(counter text, "projectId" text, "instanceId" text, label1 text, label2 text, by double precision)
    on conflict (counter, project_id, instance_id, label_1, label_2) do update set value = c.value + excluded.value
  `.execute(tx);
}

/** What a sweep adds by its certificate alone. */
export function sweepIncrements(projectId: string, scope: string, certificate: Certificate): CounterIncrement[] {
  const { joint, tie, total } = certificate.rescans;
  return [
    { counter: 'sweeps_total', projectId, label1: scope, label2: certificate.reason ?? 'certified', by: 1 },
    { counter: 'sweep_pages_total', projectId, by: certificate.pages },
    { counter: 'sweep_rescans_total', projectId, by: joint + tie + total },
    { counter: 'sweep_duplicates_total', projectId, by: certificate.duplicates },
  ];
}
