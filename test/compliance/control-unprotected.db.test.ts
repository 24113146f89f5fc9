import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

controlCases('unprotected', {
  'one completed backup protects': {
    backups: [{ begin: ago('30 d') }],
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'protected',
      measured_value: 1,
      unit: 'backups',
      evidence_backup_ids: ['b1'],
    },
  },
  'a manual one too, whatever counts for the RPO': {
    objective: { manualCounts: false },
    backups: [{ begin: ago('30 d'), type: 'manual' }],
    says: { verdict: 'COMPLIANT', reason_code: 'protected' },
  },
  'within 26 hours of its creation nothing is due': {
    instance: { created: ago('26 h') },
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'in_grace', measured_value: 93_600, threshold_value: 93_600 },
  },
  'after that it is unprotected': {
    instance: { created: ago('26 h 1 s') },
    backups: [{ begin: ago('1 h'), status: 'FAILED' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'unprotected', measured_value: 93_601, unit: 'seconds' },
  },
  'backups of tables do not protect': {
    backups: [{ begin: ago('1 h'), scope: 'database_table' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'unprotected' },
  },
  'backups that are gone do not protect': {
    backups: [{ begin: ago('2 d'), retired: ago('1 d') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'unprotected' },
  },
  'the only backup missed once leaves doubt': {
    backups: [{ begin: ago('2 d'), missing: ago('29 min') }],
    says: { verdict: 'UNKNOWN', reason_code: 'listing_in_doubt' },
  },
  'stale instances leave doubt: it may be gone': {
    backups: [{ begin: ago('2 d') }],
    sweeps: [
      { scope: 'instances', started: ago('4 h') },
      { scope: 'instance_backups', started: ago('1 h') },
    ],
    says: { verdict: 'UNKNOWN', reason_code: 'stale' },
  },
  'stale backups leave doubt: there may be one': {
    sweeps: [
      { scope: 'instances', started: ago('1 h') },
      { scope: 'instance_backups', started: ago('4 h') },
    ],
    says: { verdict: 'UNKNOWN', reason_code: 'stale' },
  },
});
