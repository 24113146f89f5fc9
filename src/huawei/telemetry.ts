// What the client tells of itself. An observer turns it into metrics; the client knows no metric.

import type { CloudFailure } from '../inventory/errors.ts';

/** Why a request was made again. A closed set: it becomes a label. */
export const retryReasons = [
  'throttled',
  'server_error',
  'connection',
  'timeout',
  'broken_body',
  'token_refused',
] as const;
export type RetryReason = (typeof retryReasons)[number];

/** Why a request waited: our own rate limit, or the cloud's 429. */
export type ThrottleWaitReason = 'rate_limit' | 'throttled';

export type CloudEvent =
  /** One HTTP exchange. `code` is the status, or the failure where no answer came. */
  | { kind: 'request'; operation: string; code: string; durationSeconds: number }
  | { kind: 'retry'; operation: string; reason: RetryReason }
  | { kind: 'throttle_wait'; reason: ThrottleWaitReason; seconds: number }
  /** How far this host's clock is ahead of the cloud's; the cloud tells whole seconds. */
  | { kind: 'clock_skew'; seconds: number }
  /** When the newest token runs out, by this host's clock. */
  | { kind: 'credential_expiry'; at: Date };

export type Observe = (event: CloudEvent) => void;

/** The code of an exchange that brought no answer. */
export function codeOf(failure: CloudFailure): string {
  return failure;
}
