// Keeps what is served in step with the database: facts at once, verdicts after them and apart from them, since judging
// a large estate takes longer than reading what changed in it.

import type { Clock, Log } from '../inventory/ports.ts';
import type { Snapshot } from '../inventory/snapshot.ts';

export interface RefreshDeps {
  reader: {
    readFacts(now: Date): Promise<Snapshot>;
    readVerdicts(now: Date, signal?: AbortSignal): Promise<Snapshot>;
  };
  /** Renders and serves a snapshot. */
  publish(snapshot: Snapshot, now: Date): Promise<void>;
  clock: Clock;
  log: Log;
}

export interface Refresher extends AsyncDisposable {
  /**
   * Serves the facts as they are now and has the verdicts judged anew. Resolves once both are served, or, where judging
   * takes longer, with the facts alone. Throws StoreError where the facts cannot be read.
   */
  refresh(): Promise<void>;
}

/** A refresh waits this long for the verdicts. */
const patienceMs = 2000;
/** Judging may take this share of the time, at most; a judgement below a second is free. */
const dutyShare = 0.1;
const freeMs = 1000;

/** Disposing stops a judgement that is under way. */
export function createRefresher({ reader, publish, clock, log }: RefreshDeps): Refresher {
  const life = new AbortController();
  let judging: Promise<void> | null = null;
  let wanted = false;

  const judge = async (): Promise<void> => {
    while (wanted && !life.signal.aborted) {
      wanted = false;
      const startedMs = performance.now();
      await publish(await reader.readVerdicts(clock.now(), life.signal), clock.now());
      const tookMs = performance.now() - startedMs;
      if (tookMs > freeMs) await clock.sleep(tookMs / dutyShare - tookMs, life.signal);
    }
  };
  const judgeApart = (): Promise<void> => {
    wanted = true;
    judging ??= judge()
      .catch((error: unknown) => {
        if (!life.signal.aborted) log.warn({ err: error }, 'verdicts could not be judged, the last ones are served');
      })
      .finally(() => {
        judging = null;
      });
    return judging;
  };

  return {
    refresh: async () => {
      await publish(await reader.readFacts(clock.now()), clock.now());
      const patience = new AbortController();
      await Promise.race([judgeApart(), clock.sleep(patienceMs, patience.signal).catch(() => undefined)]);
      patience.abort();
    },
    [Symbol.asyncDispose]: async () => {
      life.abort();
      await judging;
    },
  };
}
