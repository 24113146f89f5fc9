import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

controlCases('last_good_backup', {
  'a backup that ended within the RPO holds': {
    backups: [{ begin: ago('3 h'), end: ago('2 h') }],
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'within_rpo',
      measured_value: 7200,
      threshold_value: 93_600,
      unit: 'seconds',
      evidence_backup_ids: ['b1'],
    },
  },
  'the end decides, not the begin': {
    backups: [{ begin: ago('40 h'), end: ago('26 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'within_rpo', measured_value: 93_600 },
  },
  'one second past the RPO it does not hold': {
    backups: [{ begin: ago('27 h'), end: ago('26 h 1 s') }],
    says: {
      verdict: 'NON_COMPLIANT',
      reason_code: 'rpo_exceeded',
      measured_value: 93_601,
      evidence_backup_ids: ['b1'],
    },
  },
  'without an end the begin decides': {
    backups: [{ begin: ago('26 h 1 s'), end: null }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'rpo_exceeded' },
  },
  'the newest end counts, not the newest begin': {
    backups: [
      { begin: ago('30 h'), end: ago('20 h') },
      { begin: ago('29 h'), end: ago('28 h') },
    ],
    says: { verdict: 'COMPLIANT', reason_code: 'within_rpo', evidence_backup_ids: ['b1'] },
  },
  'a failed and an unfinished backup are no recovery points': {
    backups: [
      { begin: ago('2 h'), status: 'FAILED' },
      { begin: ago('1 h'), status: 'BUILDING' },
    ],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup', evidence_backup_ids: [] },
  },
  'a backup of tables never proves an instance': {
    backups: [{ begin: ago('2 h'), scope: 'database_table' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
  },
  'a backup that is gone is no recovery point': {
    backups: [{ begin: ago('3 h'), retired: ago('1 h') }, { begin: ago('30 h') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'rpo_exceeded', evidence_backup_ids: ['b2'] },
  },
  'a backup that the newest reading missed once leaves doubt': {
    backups: [{ begin: ago('3 h'), missing: ago('29 min') }, { begin: ago('30 h') }],
    says: { verdict: 'UNKNOWN', reason_code: 'listing_in_doubt' },
  },
  'doubt about the newest is none where the one before holds too': {
    backups: [{ begin: ago('3 h'), missing: ago('29 min') }, { begin: ago('20 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
  },
  'a manual backup counts': {
    backups: [{ begin: ago('3 h'), type: 'manual' }],
    says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
  },
  'a manual backup does not count where the objective says so': {
    objective: { manualCounts: false },
    backups: [{ begin: ago('3 h'), type: 'manual' }, { begin: ago('30 h') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'rpo_exceeded', evidence_backup_ids: ['b2'] },
  },
  'a type that is new to us counts as automated': {
    objective: { manualCounts: false },
    backups: [{ begin: ago('3 h'), type: 'incremental' }],
    says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
  },
  'an instance no older than the RPO owes no backup yet': {
    instance: { created: ago('26 h') },
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'first_backup_due', measured_value: 93_600 },
  },
  'an instance one second older does': {
    instance: { created: ago('26 h 1 s') },
    says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
  },
  'where the creation is not said, the first sight counts': {
    instance: { created: null, seen: ago('1 h') },
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'first_backup_due', measured_value: 3600 },
  },
  'an instance whose creation failed has nothing to back up': {
    instance: { status: 'createfail' },
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'instance_not_running' },
  },
  'a frozen instance is judged': {
    instance: { status: 'frozen' },
    says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
  },
  'a backup that ends in the future says that a clock is off': {
    backups: [{ begin: ago('1 h'), end: ago('-16 min'), seen: ago('1 h') }],
    says: { verdict: 'UNKNOWN', reason_code: 'clock_off' },
  },
  'a quarter of an hour is forgiven': {
    backups: [{ begin: ago('1 h'), end: ago('-15 min'), seen: ago('1 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'within_rpo', measured_value: -900 },
  },
  'an instance that is gone is not judged': {
    instance: { retired: ago('1 d') },
    backups: [{ begin: ago('3 h') }],
    says: undefined,
  },
  'what was recorded later was not known then': {
    backups: [{ begin: ago('3 h'), end: ago('2 h'), seen: ago('10 min') }],
    at: ago('20 min'),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
  },
});
