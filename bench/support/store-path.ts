// A sweep's rows through the store as a run sends them: staged page by page, absence judged, committed with a certificate.

import type { Fact, ScopeRef } from '../../src/inventory/model.ts';
import type { CommitResult } from '../../src/inventory/ports.ts';
import type { Database } from '../../src/postgres/database.ts';
import { createStore } from '../../src/postgres/store.ts';

const clock = { now: () => new Date(), sleep: () => Promise.resolve() };

export const projectId = 'project-0';

export interface StoredSweep {
  result: CommitResult;
  /** Seconds until all was staged, until absence was judged, until the commit. */
  phases: { stage: number; absence: number; commit: number };
}

export async function storeSweep(
  database: Database,
  pages: Iterable<readonly Fact[]>,
  scope: ScopeRef = { projectId, scope: 'instance_backups' },
): Promise<StoredSweep> {
  const startedAt = new Date();
  const store = createStore({ database, clock });
  await using run = await store.openRun({
    trigger: 'command',
    mode: 'full',
    shard: null,
    startedAt,
    configDigest: '',
    programVersion: '0',
    host: 'bench',
    processId: process.pid,
  });
  const project = { projectId: scope.projectId, name: scope.projectId, region: '', endpoint: 'http://localhost' };
  await run.saveProjects([project], { exhaustive: false });
  const begun = performance.now();
  let count = 0;
  let result: CommitResult;
  let staged: number;
  let judged: number;
  {
    await using stage = await run.stage(scope);
    for (const page of pages) {
      count += page.length;
      await stage.add(page);
    }
    staged = performance.now();
    await stage.absence();
    judged = performance.now();
    result = await stage.commit({
      certificate: certificateOf(count, startedAt),
      absence: { kind: 'judged', verdicts: [] },
      anomalies: [],
      counters: [],
    });
  }
  const ended = performance.now();
  const outcome = { outcome: 'certified' as const, finishedAt: new Date(), errorCode: null, errorMessage: null };
  await run.finish(outcome, []);
  const phases = { stage: (staged - begun) / 1000, absence: (judged - staged) / 1000, commit: (ended - judged) / 1000 };
  return { result, phases };
}

function certificateOf(count: number, startedAt: Date) {
  return {
    certified: true,
    reason: null,
    mode: 'full' as const,
    startedAt,
    finishedAt: new Date(),
    pages: Math.ceil(count / 100),
    requests: Math.ceil(count / 100),
    retries: 0,
    passes: 1,
    rescans: { joint: 0, tie: 0, total: 0 },
    duplicates: 0,
    reportedTotalFirst: count,
    reportedTotal: count,
    distinctIds: count,
    errorCode: null,
    errorMessage: null,
  };
}
