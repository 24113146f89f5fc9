// What the client tells of itself. An observer turns it into metrics; the client knows no metric.

/** Why a request was made again. A closed set: it becomes a label. */
export type RetryReason = 'throttled' | 'server_error' | 'connection' | 'timeout' | 'broken_body' | 'token_refused';

export type CloudEvent =
  /** One HTTP exchange. `code` is the status, or the failure where no answer came. */
  | { kind: 'request'; operation: string; code: string; durationSeconds: number }
  | { kind: 'retry'; operation: string; reason: RetryReason }
  /** A wait because of our own rate limit, or of the cloud's 429. */
  | { kind: 'throttle_wait'; reason: 'rate_limit' | 'throttled'; seconds: number }
  /** How far this host's clock is ahead of the cloud's; the cloud tells whole seconds. */
  | { kind: 'clock_skew'; seconds: number }
  /** When the newest token runs out, by this host's clock. */
  | { kind: 'credential_expiry'; at: Date };

export type Observe = (event: CloudEvent) => void;
