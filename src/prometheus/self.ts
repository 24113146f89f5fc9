// What this process counts of its own calls to the cloud, until a run stores it. What /metrics shows is what is stored:
// a count shown before it was kept would fall when the process is killed, and a scraper would take the fall for a
// restart and add the whole sum again. So a count may come late or be lost, and never falls or counts twice.

import type { CounterIncrement } from '../inventory/ports.ts';
import { foldInto } from '../inventory/snapshot.ts';
import { apiCodes, operationLabel, retryReasons, throttleReasons } from './api-labels.ts';
import { durationBounds, durationCounters } from './families/histogram.ts';
import { valueText } from './text.ts';

/** What the cloud client tells of itself. */
export type CloudEvent =
  | { kind: 'request'; operation: string; code: string; durationSeconds: number }
  | { kind: 'retry'; operation: string; reason: string }
  | { kind: 'throttle_wait'; reason: string; seconds: number }
  | { kind: 'clock_skew'; seconds: number }
  | { kind: 'credential_expiry'; at: Date };

export interface SelfMetrics {
  /** Handed to the cloud client. */
  observe(event: CloudEvent): void;
  /**
   * What was counted since the last drain, for the next commit. A commit that failed for certain gives it back by
   * `restore`; one whose end is not known does not, since counting too little is the smaller fault.
   */
  drain(): CounterIncrement[];
  restore(increments: readonly CounterIncrement[]): void;
  /** The newest readings, for the run's row. */
  readings(): { clockSkewSeconds: number | null; credentialExpiresAt: Date | null };
  /** Marks a run of this process; call the result when it ends. */
  runStarted(): () => void;
  readonly runInProgress: boolean;
}

export function createSelfMetrics(): SelfMetrics {
  let pending = new Map<string, CounterIncrement>();
  let clockSkewSeconds: number | null = null;
  let credentialExpiresAt: Date | null = null;
  let runs = 0;

  const add = (counter: string, by: number, label1: string, label2?: string) => {
    if (!(by > 0)) return;
    const key = `${counter}\n${label1}\n${label2 ?? ''}`;
    const before = pending.get(key);
    pending.set(key, { counter, label1, ...(label2 === undefined ? {} : { label2 }), by: by + (before?.by ?? 0) });
  };

  return {
    observe: (event) => {
      switch (event.kind) {
        case 'request': {
          const operation = operationLabel(event.operation);
          add('api_requests_total', 1, operation, apiCodes(event.code));
          const bound = durationBounds.find((le) => event.durationSeconds <= le) ?? Number.POSITIVE_INFINITY;
          add(durationCounters.bucket, 1, operation, valueText(bound));
          add(durationCounters.sum, event.durationSeconds, operation);
          return;
        }
        case 'retry':
          return add('api_retries_total', 1, foldInto(retryReasons, event.reason));
        case 'throttle_wait':
          return add('api_throttle_wait_seconds_total', event.seconds, foldInto(throttleReasons, event.reason));
        case 'clock_skew':
          clockSkewSeconds = event.seconds;
          return;
        case 'credential_expiry':
          credentialExpiresAt = event.at;
          return;
      }
    },
    drain: () => {
      const increments = [...pending.values()];
      pending = new Map();
      return increments;
    },
    restore: (increments) => {
      for (const { counter, by, label1, label2 } of increments) add(counter, by, label1 ?? '', label2);
    },
    readings: () => ({ clockSkewSeconds, credentialExpiresAt }),
    runStarted: () => {
      runs += 1;
      let open = true;
      return () => {
        runs -= open ? 1 : 0;
        open = false;
      };
    },
    get runInProgress() {
      return runs > 0;
    },
  };
}
