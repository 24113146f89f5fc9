// One attempt that failed, with what the retry predicate and the credential's gate decide from. Never leaves this room:
// callers get the CloudError in it.

import type { CloudError } from '../inventory/errors.ts';
import type { RetryReason } from './telemetry.ts';

/** What an answer says about the credential: refused as such, or not good for this project or endpoint. */
export type Refusal = 'credential' | 'scope';

export interface AttemptFailureDetails {
  error: CloudError;
  /** null = trying again cannot help, or would harm. */
  retryReason: RetryReason | null;
  /** The least wait that the answer asks for. */
  retryAfterMs?: number | null;
  refusal?: Refusal | null;
  /** The answer proves that the credential was accepted, though it may not do this. */
  provesCredential?: boolean;
}

export class AttemptFailure extends Error {
  override readonly name = 'AttemptFailure';
  readonly error: CloudError;
  readonly retryReason: RetryReason | null;
  readonly retryAfterMs: number | null;
  readonly refusal: Refusal | null;
  readonly provesCredential: boolean;

  constructor(details: AttemptFailureDetails) {
    super(details.error.message, { cause: details.error });
    this.error = details.error;
    this.retryReason = details.retryReason;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.refusal = details.refusal ?? null;
    this.provesCredential = details.provesCredential ?? false;
  }
}
