// The closed label sets of the cloud client's metrics. The client reports them; what is new to us folds into `other`.

import { foldInto } from '../inventory/snapshot.ts';

export const retryReasons = [
  'throttled',
  'server_error',
  'connection',
  'timeout',
  'broken_body',
  'token_refused',
] as const;
export const throttleReasons = ['rate_limit', 'throttled'] as const;

const failures = ['auth', 'forbidden', 'throttled', 'timeout', 'unreachable', 'api', 'not_found', 'cancelled'] as const;

/** An HTTP status, or how a request failed without one. */
export function apiCodes(code: string): string {
  return /^[1-5]\d\d$/.test(code) ? code : foldInto(failures, code);
}

/** Operations are named by the client's code, never by foreign input; anything that is no name is other. */
export function operationLabel(operation: string): string {
  return /^[a-z][a-z0-9_]{0,39}$/.test(operation) ? operation : 'other';
}
