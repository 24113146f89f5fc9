// Reads what is small and read every time: projects with the state of their scopes, counters, and readings of runs.

import { sql } from 'kysely';
import { type Scope, scopes } from '../inventory/model.ts';
import type { CloudReadings, CounterValue, ScopeState } from '../inventory/snapshot.ts';
import type { Tx } from './transaction.ts';

/** A configured project, without what is summed up over instances or judged. */
export interface ProjectFacts {
  projectId: string;
  name: string;
  region: string;
  scopes: readonly ScopeState[];
}

interface ScopeRow {
  project_id: string;
  name: string;
  region: string;
  scope: string;
  last_attempt: number | null;
  last_certified: number | null;
  reported_total: number | null;
  distinct_ids: number | null;
  duration: number | null;
  quarantined: boolean;
}

export async function readProjects(tx: Tx): Promise<ProjectFacts[]> {
  const { rows } = await sql<ScopeRow>`
    select p.project_id, p.name, p.region, s.scope, extract(epoch from s.last_attempt_at)::float8 as last_attempt,
      extract(epoch from s.last_certified_at)::float8 as last_certified, s.reported_total, s.distinct_ids,
      extract(epoch from s.duration)::float8 as duration, s.quarantined
    from inventory.project p join inventory.scope_state s on s.project_id = p.project_id
    order by p.project_id`.execute(tx);
  return [...Map.groupBy(rows, (row) => row.project_id)].map(([projectId, ofProject]) => ({
    projectId,
    name: ofProject[0]?.name ?? '',
    region: ofProject[0]?.region ?? '',
    scopes: scopes.map((scope) =>
      scopeStateOf(
        scope,
        ofProject.find((row) => row.scope === scope),
      ),
    ),
  }));
}

export async function readFormerProjects(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ project_id: string }>`
    select project_id from inventory.project where not configured order by project_id`.execute(tx);
  return rows.map((row) => row.project_id);
}

function scopeStateOf(scope: Scope, row: ScopeRow | undefined): ScopeState {
  return {
    scope,
    lastAttempt: row?.last_attempt ?? null,
    lastCertified: row?.last_certified ?? null,
    reportedItems: row?.reported_total ?? null,
    distinctItems: row?.distinct_ids ?? null,
    durationSeconds: row?.duration ?? null,
    quarantined: row?.quarantined ?? false,
  };
}

/** Durable sums by name; those of instances come with their instance. */
export async function readCounters(tx: Tx): Promise<Map<string, CounterValue[]>> {
  const { rows } = await sql<CounterValue & { counter: string }>`
    select counter, project_id as "projectId", label_1 as "label1", label_2 as "label2", value
    from inventory.counter where instance_id = '' order by 1, 2, 3, 4`.execute(tx);
  return Map.groupBy(rows, (row) => row.counter);
}

export async function readReadings(tx: Tx): Promise<CloudReadings> {
  const { rows } = await sql<{ skew: number | null; expiry: number | null }>`
    select
      (select clock_skew_seconds from inventory.run where clock_skew_seconds is not null
        order by run_id desc limit 1) as skew,
      (select extract(epoch from credential_expires_at)::float8 from inventory.run where finished_at is not null
        order by run_id desc limit 1) as expiry`.execute(tx);
  return { clockSkewSeconds: rows[0]?.skew ?? null, credentialExpiry: rows[0]?.expiry ?? null };
}
