import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

const failed = (begin: string) => ({ begin, end: begin, status: 'FAILED' });

controlCases('failed_streak', {
  'no failure since the newest completed backup': {
    backups: [failed(ago('30 h')), failed(ago('29 h')), failed(ago('28 h')), { begin: ago('2 h') }],
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'no_open_failure',
      measured_value: 0,
      threshold_value: 3,
      unit: 'backups',
    },
  },
  'two failures within the RPO are still in time': {
    backups: [{ begin: ago('50 h') }, failed(ago('25 h')), failed(ago('1 h'))],
    says: { verdict: 'COMPLIANT', reason_code: 'failure_recent', measured_value: 2, evidence_backup_ids: ['b3', 'b2'] },
  },
  'three in a row are too many, however recent': {
    backups: [{ begin: ago('50 h') }, failed(ago('3 h')), failed(ago('2 h')), failed(ago('1 h'))],
    says: {
      verdict: 'NON_COMPLIANT',
      reason_code: 'failures_in_a_row',
      measured_value: 3,
      evidence_backup_ids: ['b4', 'b3', 'b2'],
    },
  },
  'one failure with no success within the RPO is too many': {
    backups: [{ begin: ago('50 h') }, failed(ago('26 h 1 s'))],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'failure_not_recovered', measured_value: 1 },
  },
  'at exactly the RPO it is still in time': {
    backups: [{ begin: ago('50 h') }, failed(ago('26 h'))],
    says: { verdict: 'COMPLIANT', reason_code: 'failure_recent' },
  },
  'the oldest open failure decides': {
    backups: [failed(ago('40 h')), failed(ago('1 h'))],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'failure_not_recovered', measured_value: 2 },
  },
  'a failure that is no longer listed still counts': {
    backups: [
      { begin: ago('50 h') },
      { ...failed(ago('3 h')), retired: ago('1 h') },
      failed(ago('2 h')),
      failed(ago('1 h')),
    ],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'failures_in_a_row' },
  },
  'a success that is no longer listed still ended the row': {
    backups: [failed(ago('40 h')), { begin: ago('20 h'), retired: ago('1 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'no_open_failure' },
  },
  'failures of backups of tables are not counted': {
    backups: [1, 2, 3].map((hours) => ({ ...failed(ago(`${hours} h`)), scope: 'database_table' as const })),
    says: { verdict: 'COMPLIANT', reason_code: 'no_open_failure' },
  },
  'a manual success ends no row where manual backups do not count': {
    objective: { manualCounts: false },
    backups: [failed(ago('40 h')), { begin: ago('20 h'), type: 'manual' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'failure_not_recovered' },
  },
  'without an objective a row of three still counts': {
    objective: null,
    backups: [failed(ago('3 h')), failed(ago('2 h')), failed(ago('1 h'))],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'failures_in_a_row' },
  },
  'but one failure cannot be judged': {
    objective: null,
    backups: [failed(ago('40 h'))],
    says: { verdict: 'UNKNOWN', reason_code: 'no_objective' },
  },
});
