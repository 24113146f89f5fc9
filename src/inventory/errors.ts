// The errors that cross rooms. Each has a literal code with an operator's action in docs/errors.md.

import type { SweepReason } from './model.ts';

/** Why a cloud call failed for good, after retries. Each kind is one code and one sweep reason. */
export type CloudFailure =
  | 'auth' // the credentials are refused: wrong, locked, expired
  | 'forbidden' // the credentials are good but may not do this
  | 'throttled'
  | 'timeout'
  | 'unreachable' // no connection: DNS, refused, reset, TLS
  | 'api' // the API answered with an error or with nonsense
  | 'not_found'
  | 'cancelled';

/** What is known of the answer that ended a call. */
export interface CloudErrorDetails {
  operation: string;
  httpStatus?: number | undefined;
  apiCode?: string | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

/** A call to the cloud that failed for good. `code` is `CLOUD_` and the failure in capitals. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly code: string;
  readonly failure: CloudFailure;
  readonly operation: string;
  readonly httpStatus: number | undefined;
  readonly apiCode: string | undefined;
  readonly requestId: string | undefined;

  constructor(failure: CloudFailure, message: string, details: CloudErrorDetails) {
    super(message, { cause: details.cause });
    this.code = `CLOUD_${failure.toUpperCase()}`;
    this.failure = failure;
    this.operation = details.operation;
    this.httpStatus = details.httpStatus;
    this.apiCode = details.apiCode;
    this.requestId = details.requestId;
  }
}

/** The reason that a sweep gives when this failure ended it. */
export function sweepReasonOf(failure: CloudFailure): SweepReason {
  return failure === 'not_found' ? 'api' : failure;
}

/** Who holds the run lock. */
export interface LockHolder {
  host: string | null;
  processId: number | null;
  runId: number | null;
  since: Date | null;
}

/** Another run holds the lock: exit code 5. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
  readonly code = 'LOCK_HELD';
  readonly holder: LockHolder;

  constructor(message: string, holder: LockHolder) {
    super(message);
    this.holder = holder;
  }
}

/** This host's clock is wrong: what it stored would be dated wrongly, and history cannot be dated anew. */
export class ClockError extends Error {
  override readonly name = 'ClockError';
  readonly code = 'CLOCK_OFF';
}

/** More than this apart, one of the two clocks is wrong. The cloud refuses signatures from there on, too. */
const clockSkewLimitSeconds = 15 * 60;

/** The error where this host's clock and the cloud's differ too much; null where they agree or it is not known. */
export function clockFault(skewSeconds: number | null): ClockError | null {
  if (skewSeconds === null || Math.abs(skewSeconds) <= clockSkewLimitSeconds) return null;
  const minutes = Math.round(Math.abs(skewSeconds) / 60);
  const side = skewSeconds > 0 ? 'ahead of' : 'behind';
  return new ClockError(
    `This host's clock is ${minutes} minutes ${side} the cloud's; 15 are allowed. Set the clock (NTP), then run again: nothing was stored.`,
  );
}

export type StoreErrorCode =
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_AUTH'
  | 'DATABASE_READ_ONLY'
  | 'DATABASE_FULL'
  | 'DATABASE_TIMEOUT'
  | 'DATABASE_POOLER'
  | 'DATABASE_IN_USE'
  | 'DATABASE_CORRUPT'
  | 'DATABASE_FAILED'
  | 'SCHEMA_NEWER'
  | 'SCHEMA_BEHIND'
  | 'SCHEMA_FOREIGN'
  | 'SWEEP_SUPERSEDED' // a newer sweep of the scope is committed already
  | 'RUN_FENCED'; // this run lost its lock: another one took over

/** The store refused or failed; nothing of the statement or transaction was kept. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
