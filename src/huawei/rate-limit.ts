// A rate limit that holds in every one-second window, not only in windows that begin with a burst.
// Turns lie on a grid with 4 % more room than asked, and the turn R places back must lie more than a second in the past, so
// neither a late timer nor a stalled process squeezes two bursts into one window. The 4 % is 40 ms of room for the
// network's jitter. Rejected: p-queue's interval (fixed windows allow 2 R over a border; its strict mode allows R at once,
// twice within a second and a millisecond of jitter, and follows the wall clock when that jumps).

import type { Clock } from '../inventory/ports.ts';

const roominess = 1.04;
const windowMs = 1020;

export interface RateLimitOptions {
  clock: Pick<Clock, 'sleep'>;
  requestsPerSecond: number;
  /** Milliseconds that never jump; the process's monotonic clock unless a test says otherwise. */
  monotonicMs?: () => number;
}

export interface RateLimit {
  /** Waits for a turn, first come first served. Rejects with the signal's reason. Resolves to the milliseconds waited. */
  turn(signal: AbortSignal): Promise<number>;
  /** Nobody gets a turn for this long: the cloud said so. */
  holdOff(durationMs: number): void;
}

export function createRateLimit(options: RateLimitOptions): RateLimit {
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const spacingMs = (1000 / options.requestsPerSecond) * roominess;
  const perWindow = Math.max(1, Math.floor(options.requestsPerSecond));
  const departures: number[] = [];
  let nextMs = Number.NEGATIVE_INFINITY;
  let heldUntilMs = Number.NEGATIVE_INFINITY;
  let lastInLine: Promise<unknown> = Promise.resolve();

  async function takeTurn(queuedMs: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const fullWindow = departures.length < perWindow ? Number.NEGATIVE_INFINITY : (departures[0] ?? 0) + windowMs;
    const dueMs = Math.max(nextMs, fullWindow, heldUntilMs);
    const waitMs = Math.max(0, dueMs - monotonicMs());
    if (waitMs > 0) await options.clock.sleep(waitMs, signal);
    departures.push(monotonicMs());
    if (departures.length > perWindow) departures.shift();
    // From the planned time, not the real one: late timers must not add up. Idle time earns nothing.
    nextMs = Math.max(dueMs, queuedMs) + spacingMs;
    return waitMs;
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
