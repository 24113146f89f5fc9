import { describe } from 'vitest';
import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

describe('BK-02', () => {
  controlCases('policy_enabled', {
    'a policy that keeps backups is on': {
      instance: { keepDays: 1 },
      says: { verdict: 'COMPLIANT', reason_code: 'policy_on', measured_value: 86_400, threshold_value: null },
    },
    'no days is off': {
      instance: { keepDays: 0 },
      says: { verdict: 'NON_COMPLIANT', reason_code: 'policy_off', measured_value: 0 },
    },
    'days that the cloud does not say are not known': {
      instance: { keepDays: null },
      says: { verdict: 'UNKNOWN', reason_code: 'policy_not_known', measured_value: null },
    },
    'it needs no objective': {
      objective: null,
      says: { verdict: 'COMPLIANT', reason_code: 'policy_on' },
    },
    'it is read from the list of instances, so fresh backups do not help': {
      sweeps: [
        { scope: 'instances', started: ago('3 h 1 s') },
        { scope: 'instance_backups', started: ago('1 h') },
      ],
      says: { verdict: 'UNKNOWN', reason_code: 'stale' },
    },
    'and stale backups do not hurt': {
      sweeps: [{ scope: 'instances', started: ago('1 h') }],
      says: { verdict: 'COMPLIANT', reason_code: 'policy_on' },
    },
    'an instance that is being created has no policy yet': {
      instance: { status: 'creating', keepDays: 0 },
      says: { verdict: 'NOT_APPLICABLE', reason_code: 'instance_not_running' },
    },
  });
});

describe('BK-03', () => {
  controlCases('policy_objective', {
    'exactly as many days as required are enough': {
      instance: { keepDays: 7 },
      objective: { retention: 7 * 86_400 },
      says: {
        verdict: 'COMPLIANT',
        reason_code: 'policy_sufficient',
        measured_value: 604_800,
        threshold_value: 604_800,
      },
    },
    'one second more is not': {
      instance: { keepDays: 7 },
      objective: { retention: 7 * 86_400 + 1 },
      says: { verdict: 'NON_COMPLIANT', reason_code: 'policy_too_short' },
    },
    'a policy that is off keeps nothing': {
      instance: { keepDays: 0 },
      says: { verdict: 'NON_COMPLIANT', reason_code: 'policy_off' },
    },
    'an unknown policy is unknown': {
      instance: { keepDays: null },
      says: { verdict: 'UNKNOWN', reason_code: 'policy_not_known' },
    },
    'where no retention is required nothing is judged, however stale': {
      objective: { retention: 0 },
      sweeps: [],
      says: { verdict: 'NOT_APPLICABLE', reason_code: 'no_retention_required' },
    },
    'without an objective nobody knows what is required': {
      objective: null,
      says: { verdict: 'UNKNOWN', reason_code: 'no_objective' },
    },
  });
});
