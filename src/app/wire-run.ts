// Builds what a run needs from the configuration: cloud, store, rules, counters. Used by sync, serve and demo.

import { userInfo } from 'node:os';
import type { CloudConfig } from '../config.ts';
import type { RunTrigger, SweepMode } from '../inventory/model.ts';
import type { Clock, Log } from '../inventory/ports.ts';
import type { Database } from '../postgres/database.ts';
import { applyObjectives } from '../postgres/objectives.ts';
import { pruneWhenDue } from '../postgres/prune.ts';
import { createStore } from '../postgres/store.ts';
import type { SelfMetrics } from '../prometheus/self.ts';
import { type RunProgress, silentProgress } from './progress.ts';
import type { RunSummary } from './run-summary.ts';
import { scheduleIntervalSeconds } from './schedule.ts';
import { type SyncInput, sync } from './sync.ts';
import { configuredProjects, openCloud, runIdentity } from './wire.ts';

export interface RunnerInput {
  config: CloudConfig;
  database: Database;
  self: SelfMetrics;
  clock: Clock;
  log: Log;
  /** Scrubs known secrets from what the database keeps. */
  scrub(text: string): string;
}

export interface RunRequest {
  trigger: RunTrigger;
  mode: SweepMode;
  signal: AbortSignal;
  only?: readonly string[] | null;
  shard?: SyncInput['shard'];
  acceptMassRetirement?: boolean;
  progress?: RunProgress;
}

/** Makes runs; each with a cloud client of its own, so that a refused credential is asked again by the next run. */
export interface Runner {
  run(request: RunRequest): Promise<RunSummary>;
  /** Removes what `retention.keep` no longer keeps, where that was not done for a day. To be called after a run. */
  prune(signal: AbortSignal): Promise<void>;
}

/** Not quite a day, so that a run at the same time each day finds it due. */
const pruneEveryMs = 23 * 3_600_000;

export function createRunner(input: RunnerInput): Runner {
  const { config, database, self, clock, log } = input;
  const projects = configuredProjects(config);
  const identity = runIdentity(config);
  const store = createStore({ database, clock });
  const rules = {
    objectives: config.objectives,
    exemptions: config.exemptions,
    freshnessSeconds: config.freshnessSeconds,
    scheduleIntervalSeconds: scheduleIntervalSeconds(config.schedule.full),
    configDigest: identity.configDigest,
    setBy: `${userName()}@${identity.host}`,
  };

  return {
    async run({ trigger, mode, signal, only = null, shard = null, acceptMassRetirement = false, progress }) {
      const ended = self.runStarted();
      try {
        await using cloud = openCloud(config, clock, self);
        const discover = (stop: AbortSignal) => cloud.discoverProjects(config.discovery.regions, callOf(stop));
        return await sync(
          {
            clock,
            log,
            store,
            source: (project) => cloud.source(project),
            discover: config.discovery.enabled ? discover : null,
            counters: self,
            readings: () => self.readings(),
            clockSkewSeconds: () => cloud.clockSkewSeconds,
            scrub: input.scrub,
            progress: progress ?? silentProgress,
            onOpened: async () => void (await applyObjectives(database, { ...rules, at: clock.now() })),
          },
          {
            trigger,
            mode,
            projects,
            only,
            shard,
            acceptMassRetirement,
            identity,
            signal,
            concurrency: config.cloud.concurrency,
            trustTotalCount: config.cloud.trustTotalCount,
          },
        );
      } finally {
        ended();
      }
    },
    async prune(signal) {
      const { keepSeconds } = config.retention;
      if (keepSeconds === null || signal.aborted) return;
      const at = clock.now();
      const keptFrom = new Date(at.getTime() - keepSeconds * 1000);
      try {
        const removed = await pruneWhenDue(database, { at, keptFrom, signal, everyMs: pruneEveryMs });
        if (removed !== null) log.info({ keptFrom, removed }, 'pruned');
      } catch (error) {
        if (!signal.aborted) throw error; // what is left goes another day
      }
    },
  };
}

function callOf(signal: AbortSignal) {
  return { signal, tally: { requests: 0, retries: 0, throttleWaitSeconds: 0 } };
}

/** A user without an entry in the password file has no name: usual in containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
