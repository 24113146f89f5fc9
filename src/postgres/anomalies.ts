// Anomalies of a sweep into inventory.anomaly: one row each, however often seen.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Anomaly } from '../inventory/model.ts';
import type { CounterIncrement } from '../inventory/ports.ts';
import type { StagedScope } from './staging.ts';
import { storableJson } from './storable.ts';
import type { Tx } from './transaction.ts';

/** Rows that one sweep may add. A list of which every row is odd must not fill the database; counters count them all. */
const keptAtMost = 1000;
const rawLengthAtMost = 16_384;
const textLengthAtMost = 1024;

/** Stores them; equal ones of one sweep count once. */
export async function saveAnomalies(
  tx: Tx,
  scope: StagedScope,
  anomalies: readonly Anomaly[],
  committedAt: Date,
): Promise<void> {
  const byFingerprint = new Map(anomalies.map((anomaly) => [fingerprintOf(anomaly), anomaly]));
  if (byFingerprint.size === 0) return;
  const rows = [...byFingerprint].slice(0, keptAtMost).map(([fingerprint, anomaly]) => ({
    fingerprint,
    kind: anomaly.kind,
    item_id: cut(anomaly.itemId),
    field: cut(anomaly.field),
    detail: cut(anomaly.detail),
    raw: cutRaw(anomaly.raw),
    blocks: anomaly.blocksCertification,
  }));
  const at = sql`${committedAt}::timestamptz`;
  await sql`
    insert into inventory.anomaly as a (project_id, scope, kind, item_id, field, detail, raw, blocks_certification,
      fingerprint, first_run_id, last_run_id, first_seen_at, last_seen_at)
    select ${scope.projectId}, ${scope.scope}, kind, item_id, field, detail, raw, blocks, fingerprint,
      ${scope.runId}::bigint, ${scope.runId}::bigint, ${at}, ${at}
    from json_to_recordset(${storableJson(rows)}::json) as r(kind text, item_id text, field text, detail text, raw jsonb,
      blocks boolean, fingerprint text)
    on conflict (project_id, scope, fingerprint) do update set occurrences = a.occurrences + 1, raw = excluded.raw,
      blocks_certification = excluded.blocks_certification, last_run_id = excluded.last_run_id,
      last_seen_at = excluded.last_seen_at
  `.execute(tx);
}

/** Each anomaly of the sweep counts, stored or not. */
export function anomalyIncrements(projectId: string, anomalies: readonly Anomaly[]): CounterIncrement[] {
  return anomalies.map(({ kind }) => ({ counter: 'anomalies_total', projectId, label1: kind, by: 1 }));
}

function fingerprintOf({ kind, itemId, field, detail }: Anomaly): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, itemId, field, detail]))
    .digest('hex');
}

function cut<T extends string | null>(text: T): T | string {
  return text !== null && text.length > textLengthAtMost ? `${text.slice(0, textLengthAtMost)}…` : text;
}

function cutRaw(raw: unknown): unknown {
  const json = JSON.stringify(raw) ?? 'null';
  return json.length > rawLengthAtMost ? { cut: json.slice(0, rawLengthAtMost) } : raw;
}
