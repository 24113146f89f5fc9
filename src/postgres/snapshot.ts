// Reads the Snapshot: facts and verdicts each in one repeatable-read transaction. A reader keeps what it read and asks
// only for what changed since; its facts come from the views of migrations/views/20_instance_state.sql.

import { sql } from 'kysely';
import type { InstanceState, ProjectState, Snapshot } from '../inventory/snapshot.ts';
import type { Database } from './database.ts';
import { inTurns } from './portions.ts';
import type { InstanceBackups } from './snapshot-backups.ts';
import { type ComplianceState, instanceKey, judgementOf, notJudged, readCompliance } from './snapshot-compliance.ts';
import { type Entry, readEntries, type TouchedKey } from './snapshot-facts.ts';
import {
  type ProjectFacts,
  readCounters,
  readFormerProjects,
  readProjects,
  readReadings,
} from './snapshot-projects.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface SnapshotReader {
  /**
   * Facts as of now, with the verdicts judged last; an instance that was not judged yet is unknown. After the first
   * call it reads only what changed. Throws StoreError; then the reader is as before.
   */
  readFacts(now: Date): Promise<Snapshot>;
  /** The facts read last, with verdicts as of now. Throws StoreError, or the signal's reason; then it is as before. */
  readVerdicts(now: Date, signal?: AbortSignal): Promise<Snapshot>;
}

const options = { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 10 * 60_000 } as const;
/** Everything is read anew this often, in case rows were changed by hand. */
const wholeEveryMs = 6 * 3_600_000;
/** More changed instances than this share are read faster with all others. */
const touchedShare = 0.2;
const touchedAtLeast = 500;

/** What was read, as of the last transaction that succeeded. */
interface Memory {
  live: Map<string, InstanceState>;
  orphans: Map<string, { projectId: string; backups: InstanceBackups }>;
  /** The newest commit that is in it, in seconds since 1970; commits never overtake each other. */
  watermark: number;
  readWholeAt: Date;
}

interface Facts extends Pick<Snapshot, 'takenAt' | 'durationSeconds' | 'formerProjectIds' | 'counters' | 'readings'> {
  projects: readonly ProjectFacts[];
}

export function createSnapshotReader(database: Database): SnapshotReader {
  let memory: Memory | null = null;
  let facts: Facts | null = null;
  let compliance = notJudged;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  const readFacts = async (now: Date): Promise<Snapshot> => {
    const read = await inTransaction(database, options, (tx) => factsWithin(tx, now, memory));
    memory = remember(memory, read, compliance, now);
    facts = read;
    return snapshotOf(read, memory, compliance);
  };
  return {
    readFacts: (now) => inTurn(() => readFacts(now)),
    readVerdicts: async (now, signal) => {
      // Not in turn: facts need not wait for verdicts.
      const judged = await inTransaction(database, { ...options, signal }, (tx) => readCompliance(tx, { now, signal }));
      return await inTurn(async () => {
        if (memory === null || facts === null) await readFacts(now);
        if (memory === null || facts === null) throw new Error('Facts were read and are not there.');
        compliance = judged;
        await judge(memory.live, compliance);
        return snapshotOf(facts, memory, compliance);
      });
    },
  };
}

/** A whole snapshot at once, all of it in one transaction. For commands that end after it. Throws StoreError. */
export async function readSnapshot(database: Database, { now }: { now: Date }): Promise<Snapshot> {
  return await inTransaction(database, options, async (tx) => {
    const read = await factsWithin(tx, now, null);
    const compliance = await readCompliance(tx, { now });
    return snapshotOf(read, remember(null, read, compliance, now), compliance);
  });
}

interface FactsRead extends Facts {
  whole: boolean;
  entries: Map<string, Entry>;
  /** Keys that `entries` is about; what has no entry is gone. */
  touched: readonly TouchedKey[];
  watermark: number;
}

async function factsWithin(tx: Tx, now: Date, memory: Memory | null): Promise<FactsRead> {
  const startedMs = performance.now();
  const watermark = await newestCommit(tx);
  const touched = await touchedSince(tx, memory, now);
  return {
    whole: touched === null,
    touched: touched ?? [],
    watermark,
    entries: touched?.length === 0 ? new Map() : await readEntries(tx, touched),
    projects: await readProjects(tx),
    formerProjectIds: await readFormerProjects(tx),
    counters: await readCounters(tx),
    readings: await readReadings(tx),
    takenAt: now,
    durationSeconds: (performance.now() - startedMs) / 1000,
  };
}

async function newestCommit(tx: Tx): Promise<number> {
  const { rows } = await sql<{ watermark: number | null }>`
    select extract(epoch from max(committed_at))::float8 as watermark from inventory.sweep`.execute(tx);
  return rows[0]?.watermark ?? Number.NEGATIVE_INFINITY;
}

/** The instances that changed since the memory; null where it is better to read everything. */
async function touchedSince(tx: Tx, memory: Memory | null, now: Date): Promise<readonly TouchedKey[] | null> {
  if (memory === null || !Number.isFinite(memory.watermark)) return null;
  if (now.getTime() - memory.readWholeAt.getTime() > wholeEveryMs) return null;
  const since = sql`to_timestamp(${memory.watermark}::float8)`;
  const changed = await sql<{ project_id: string }>`
    select distinct project_id from inventory.sweep
    where committed_at > ${since} and inserted + updated + struck + retired + revived > 0`.execute(tx);
  const projectIds = changed.rows.map((row) => row.project_id);
  if (projectIds.length === 0) return [];
  const limit = Math.max(touchedAtLeast, Math.floor(memory.live.size * touchedShare));
  const { rows } = await sql<TouchedKey>`
    select distinct project_id, instance_id from (
      select project_id, instance_id from inventory.instance
      where project_id = any(${projectIds}::text[]) and changed_at > ${since}
      union all
      select project_id, instance_id from inventory.backup
      where project_id = any(${projectIds}::text[]) and changed_at > ${since}
    ) changed
    limit ${limit + 1}`.execute(tx);
  // A backup without an instance has no key to look up.
  return rows.length > limit || rows.some((row) => row.instance_id === null) ? null : rows;
}

/** The memory with what was read. */
function remember(memory: Memory | null, read: FactsRead, compliance: ComplianceState, now: Date): Memory {
  const { whole, watermark } = read;
  const live = whole || memory === null ? new Map<string, InstanceState>() : memory.live;
  const orphans = whole || memory === null ? new Map() : memory.orphans;
  for (const { project_id, instance_id } of read.touched) {
    const key = instanceKey(project_id, instance_id);
    if (read.entries.get(key)?.instance == null) live.delete(key);
    orphans.delete(key);
  }
  for (const [key, { projectId, instance, backups }] of read.entries) {
    if (instance !== null) live.set(key, { ...instance, ...judgementOf(compliance, key) });
    else orphans.set(key, { projectId, backups });
  }
  return { live, orphans, watermark, readWholeAt: whole || memory === null ? now : memory.readWholeAt };
}

/** Gives every instance its new judgement. Instances are replaced, not changed: a snapshot may be being rendered. */
async function judge(live: Map<string, InstanceState>, compliance: ComplianceState): Promise<void> {
  for await (const [key, instance] of inTurns(live)) {
    const { objective, protection } = judgementOf(compliance, key);
    const before = instance.objective;
    const same = before.rpoSeconds === objective.rpoSeconds && before.retentionSeconds === objective.retentionSeconds;
    if (!same || instance.protection !== protection) live.set(key, { ...instance, objective, protection });
  }
}

function snapshotOf(facts: Facts, memory: Memory, compliance: ComplianceState): Snapshot {
  const configured = new Set(facts.projects.map((project) => project.projectId));
  const instances: InstanceState[] = [];
  for (const instance of memory.live.values()) if (configured.has(instance.projectId)) instances.push(instance);
  const { takenAt, durationSeconds, formerProjectIds, counters, readings } = facts;
  const { judgedAt, scheduleIntervalSeconds } = compliance;
  return {
    takenAt,
    judgedAt,
    durationSeconds,
    projects: projectsOf(facts, memory, compliance),
    formerProjectIds,
    instances,
    counters,
    readings,
    scheduleIntervalSeconds,
  };
}

function projectsOf(facts: Facts, memory: Memory, compliance: ComplianceState): ProjectState[] {
  const sums = new Map<string, { backups: number; sizeBytes: number }>();
  for (const { projectId, backups } of memory.orphans.values()) {
    const sum = sums.get(projectId) ?? { backups: 0, sizeBytes: 0 };
    sums.set(projectId, sum);
    for (const group of backups.groups) {
      sum.backups += group.backups;
      sum.sizeBytes += group.sizeBytes ?? 0;
    }
  }
  return facts.projects.map((project) => {
    const listed = project.scopes.some((state) => state.scope === 'instances' && state.lastCertified !== null);
    return {
      ...project,
      orphans: listed ? (sums.get(project.projectId) ?? { backups: 0, sizeBytes: 0 }) : null,
      controls: compliance.controls.get(project.projectId) ?? [],
      verdictsUntil: compliance.verdictsUntil.get(project.projectId) ?? null,
    };
  });
}
