// What each fault of the cloud must come to, in a run that meets it once in the middle and in a run that meets nothing
// else. The three words are the scopes in order: `ok` = certified, otherwise the reason. `|` parts what chance decides.

import { type FaultName, faultCatalogue, isFaultName } from '../../src/simulator/fault-catalogue.ts';

export interface Expectation {
  once: string;
  always: string;
}

const all = (reason: string) => `${reason} ${reason} ${reason}`;
const healed = 'ok ok ok';
const halfway = (reason: string) => `ok ${reason} ok`;

/** Healed by a retry or a second look; told where it lasts. */
const passing = (reason: string): Expectation => ({ once: healed, always: all(reason) });
/** Not tried again: it costs the scope that met it. */
const refused = (reason: string): Expectation => ({ once: halfway(reason), always: all(reason) });
/** A key that was refused is not shown again in that run. */
const locked: Expectation = { once: 'ok auth auth', always: all('auth') };
const harmless: Expectation = { once: healed, always: healed };
/** Rows that cannot be stored: the copy lacks them and says so. `created` of an instance may be missing. */
const unreadable: Expectation = { once: halfway('anomaly'), always: 'ok anomaly anomaly' };

const expectations: Partial<Record<FaultName, Expectation>> = {
  'hang-connect': passing('timeout'),
  'hang-headers': passing('timeout'),
  'hang-in-headers': passing('timeout'),
  'hang-body': passing('timeout'),
  'slow-drip': passing('timeout'),
  'close-connect': passing('unreachable'),
  'reset-connect': passing('unreachable'),
  'reset-before-body': passing('unreachable'),
  'reset-after-headers': passing('unreachable'),
  'reset-in-body': passing('unreachable'),
  'close-in-body': passing('unreachable'),
  'not-http': passing('unreachable'),
  throttled: passing('throttled'),
  'throttled-retry-after': passing('throttled'),
  'throttled-retry-date': passing('throttled'),
  'throttled-by-service': passing('throttled'),
  'html-200': passing('api'),
  'empty-200': passing('api'),
  'null-200': passing('api'),
  'array-200': passing('api'),
  'error-in-200': passing('api'),
  'list-missing-200': passing('api'),
  'truncated-json': passing('api'),
  'invalid-utf8': passing('api'),
  forbidden: refused('forbidden'),
  'forbidden-400': refused('forbidden'),
  'forbidden-encoded': refused('forbidden'),
  'project-unavailable': refused('forbidden'),
  'account-frozen': refused('forbidden'),
  'not-published': refused('api'),
  'redirect-302': refused('api'),
  'forbid-project': { once: 'ok forbidden forbidden', always: all('forbidden') },
  'token-invalid': locked,
  'token-invalid-403': locked,
  'token-update': locked,
  'key-locked': locked,
  'empty-page': passing('joint_broken'),
  'short-page': passing('total_mismatch'),
  'total-high': passing('total_mismatch'),
  'total-missing': passing('total_mismatch'),
  'same-page': { once: healed, always: halfway('joint_broken') },
  'row-missing': { once: healed, always: halfway('total_mismatch') },
  'out-of-order': { once: healed, always: `${halfway('joint_broken')}|${healed}` },
  'id-null': { once: halfway('anomaly'), always: 'anomaly joint_broken anomaly' },
  'row-not-object': { once: halfway('anomaly'), always: all('joint_broken') },
  'begin-missing': unreadable,
  'times-zoneless': unreadable,
  'times-v3': unreadable,
  'times-garbage': unreadable,
};

/** Faults that cost a timeout each. */
export const slowFaults: readonly FaultName[] = [
  'hang-connect',
  'hang-headers',
  'hang-in-headers',
  'hang-body',
  'slow-drip',
];

export const everyFault: readonly FaultName[] = [...faultCatalogue.keys()].filter(isFaultName);

export function expectationOf(fault: FaultName): Expectation {
  return expectations[fault] ?? (fault.startsWith('error-') ? passing('api') : harmless);
}
