// A rate limit that holds in every one-second window, not only in windows that begin with a burst.
// Turns lie on a grid with 3.5 % more room than asked, and a turn comes more than a second after the request R places before
// it was really written to its socket. So neither slow connections nor late timers nor a stalled process squeeze two bursts
// into one window; the 3.5 % are room for the network's jitter.
// Rejected: p-queue's interval. Its fixed windows allow 2 R over a border; its strict mode sends R at once, which a
// millisecond of jitter puts twice into a second, and it follows the time of day when that jumps.

import type { Clock } from '../inventory/ports.ts';
import { abortable } from './abortable.ts';

const roominess = 1.035;
const windowMs = 1035;

export interface RateLimitOptions {
  clock: Pick<Clock, 'sleep'>;
  requestsPerSecond: number;
  /** Milliseconds that never jump; the process's monotonic clock unless a test says otherwise. */
  monotonicMs?: () => number;
}

export interface Turn {
  waitedMs: number;
  /** To be called when the request is on its way, and when it never will be; the first call counts. */
  departed(): void;
}

export interface RateLimit {
  /** Waits for a turn, first come first served. Rejects with the signal's reason. */
  turn(signal: AbortSignal): Promise<Turn>;
  /** Nobody gets a turn for this long: the cloud said so. */
  holdOff(durationMs: number): void;
}

export function createRateLimit(options: RateLimitOptions): RateLimit {
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const spacingMs = (1000 / options.requestsPerSecond) * roominess;
  const perWindow = Math.max(1, Math.floor(options.requestsPerSecond));
  /** When each of the last R requests departed, oldest first. */
  const departures: Promise<number>[] = [];
  let nextMs = Number.NEGATIVE_INFINITY;
  let heldUntilMs = Number.NEGATIVE_INFINITY;
  let lastInLine: Promise<unknown> = Promise.resolve();

  async function takeTurn(queuedMs: number, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const oldest = departures.length < perWindow ? undefined : departures[0];
    const windowEndMs = oldest === undefined ? Number.NEGATIVE_INFINITY : (await abortable(oldest, signal)) + windowMs;
    const dueMs = Math.max(nextMs, windowEndMs, heldUntilMs);
    const waitedMs = Math.max(0, dueMs - monotonicMs());
    if (waitedMs > 0) await options.clock.sleep(waitedMs, signal);
    // From the planned time, not the real one: late timers must not add up. Idle time earns nothing.
    nextMs = Math.max(dueMs, queuedMs) + spacingMs;
    const departure = Promise.withResolvers<number>();
    departures.push(departure.promise);
    if (departures.length > perWindow) departures.shift();
    return { waitedMs, departed: () => departure.resolve(monotonicMs()) };
  }

  return {
    async turn(signal) {
      const queuedMs = monotonicMs();
      const mine = lastInLine.then(() => takeTurn(queuedMs, signal));
      lastInLine = mine.catch(() => undefined);
      return mine;
    },
    holdOff(durationMs) {
      heldUntilMs = Math.max(heldUntilMs, monotonicMs() + durationMs);
    },
  };
}
