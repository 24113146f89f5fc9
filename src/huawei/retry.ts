// Whether and when a request is made again: one predicate, one schedule. Exponential backoff with full jitter from one
// second to one minute, the answer's Retry-After as the least wait, a bound on tries and on total time.

import pRetry from 'p-retry';
import { CloudError } from '../inventory/errors.ts';
import type { Clock } from '../inventory/ports.ts';
import { AttemptFailure } from './attempt-failure.ts';
import type { RetryReason } from './telemetry.ts';

const firstCapMs = 1000;
const lastCapMs = 60_000;

export interface RetryPolicy {
  clock: Clock;
  /** Tries after the first one. */
  retries: number;
  /** A wait that would end later than this after the first try is not begun. */
  totalTimeMs: number;
  /** [0, 1); Math.random unless a test says otherwise. */
  random?: () => number;
  /** Told before each wait. */
  onRetry: (reason: RetryReason, waitMs: number) => void;
}

/** The one predicate: only failures that time may heal, and never a refused credential. */
export function isRetryable(error: unknown): error is AttemptFailure & { retryReason: RetryReason } {
  return error instanceof AttemptFailure && error.retryReason !== null && error.refusal === null;
}

/** Milliseconds to wait after the given number of failures (1, 2, …). */
export function backoffMs(failures: number, retryAfterMs: number | null, random: () => number): number {
  const capMs = Math.min(lastCapMs, firstCapMs * 2 ** (failures - 1));
  return Math.max(random() * capMs, retryAfterMs ?? 0);
}

/**
 * Runs the attempt until it succeeds or may not be tried again.
 * @throws CloudError: the last attempt's, or `cancelled` at once when the signal aborts, in an attempt or a wait.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  operation: string,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const random = policy.random ?? Math.random;
  const startedMs = performance.now();
  let sleptMs = 0;
  try {
    // minTimeout 0: the waits are ours, through the Clock. Its own bound on time is the process's clock, so ours too.
    return await pRetry(attempt, {
      retries: policy.retries,
      minTimeout: 0,
      signal,
      shouldRetry: async ({ error, attemptNumber }) => {
        if (!isRetryable(error)) return false;
        const waitMs = backoffMs(attemptNumber, error.retryAfterMs, random);
        const spentMs = Math.max(sleptMs, performance.now() - startedMs);
        if (spentMs + waitMs > policy.totalTimeMs) return false;
        policy.onRetry(error.retryReason, waitMs);
        await policy.clock.sleep(waitMs, signal);
        sleptMs += waitMs;
        return true;
      },
    });
  } catch (error) {
    if (signal.aborted) throw cancelled(operation, signal);
    throw error instanceof AttemptFailure ? error.error : error;
  }
}

/** The error of a call whose signal aborted. */
function cancelled(operation: string, signal: AbortSignal): CloudError {
  return new CloudError('cancelled', 'Stopped before the cloud answered.', { operation, cause: signal.reason });
}
