// How fast one endpoint is asked: so many requests at a time, so many a second. One pace per origin, shared by all projects
// there, because the cloud counts by user and endpoint.

import PQueue from 'p-queue';
import type { Clock } from '../inventory/ports.ts';
import { createRateLimit, type Turn } from './rate-limit.ts';

export interface PaceOptions {
  clock: Clock;
  requestsPerSecond: number;
  concurrency: number;
}

export interface Pace {
  /** Runs the task when a slot and a turn are free. The turn says what the rate limit, not the slot, cost. */
  run<T>(task: (turn: Turn) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Nobody asks this endpoint for so long: it throttles. */
  holdOff(durationMs: number): void;
}

/** The paces of all origins, made as they are first asked for. */
export function createPaces(options: PaceOptions): (origin: string) => Pace {
  const paces = new Map<string, Pace>();
  return (origin) => {
    const known = paces.get(origin);
    if (known !== undefined) return known;
    const pace = createPace(options);
    paces.set(origin, pace);
    return pace;
  };
}

function createPace(options: PaceOptions): Pace {
  const slots = new PQueue({ concurrency: options.concurrency });
  const limit = createRateLimit(options);
  return {
    run: (task, signal) =>
      slots.add(
        async () => {
          const turn = await limit.turn(signal);
          try {
            return await task(turn);
          } finally {
            turn.departed();
          }
        },
        { signal },
      ),
    holdOff: (durationMs) => limit.holdOff(durationMs),
  };
}
