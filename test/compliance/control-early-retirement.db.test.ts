import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

// Required: 7 days. Missed first at `missing`, declared gone at `retired`.
const gone = (begin: string, missing: string, reason = 'early') => ({
  begin,
  missing,
  retired: ago('-1 h', missing),
  reason,
});
const fresh = [ago('30 min')].map((started) => ({ started }));

controlCases('early_retirement', {
  'nothing vanished': {
    backups: [{ begin: ago('1 d') }],
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'none_gone_early',
      measured_value: 0,
      threshold_value: 0,
      unit: 'backups',
    },
  },
  'a backup that vanished a day after its begin vanished early': {
    backups: [gone(ago('3 d'), ago('2 d'))],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'gone_early', measured_value: 1, evidence_backup_ids: ['b1'] },
  },
  'also where nobody knows why': {
    backups: [gone(ago('3 d'), ago('2 d'), 'unknown')],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'gone_early' },
  },
  'one second before the end of its retention is early': {
    backups: [gone(ago('8 d'), ago('24 h 1 s'))],
    sweeps: [{ started: ago('25 h') }, ...fresh],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'gone_early' },
  },
  'at its end it is not': {
    backups: [gone(ago('8 d'), ago('24 h'))],
    sweeps: [{ started: ago('25 h') }, ...fresh],
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'a policy that is too short lets them expire too soon': {
    backups: [gone(ago('5 d'), ago('2 d'), 'expired')],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'expired_too_soon', measured_value: 1 },
  },
  'backups that went with their instance went too soon': {
    instance: { retired: ago('1 d') },
    backups: [gone(ago('3 d'), ago('1 d'), 'instance_deleted'), gone(ago('4 d'), ago('1 d'), 'instance_deleted')],
    says: {
      verdict: 'NON_COMPLIANT',
      reason_code: 'gone_with_instance',
      measured_value: 2,
      evidence_backup_ids: ['b1', 'b2'],
    },
  },
  'a gone instance whose backups were kept is not shown': {
    instance: { retired: ago('1 d') },
    backups: [gone(ago('9 d'), ago('2 d'), 'expired')],
    sweeps: [{ started: ago('49 h') }, ...fresh],
    says: undefined,
  },
  'an end within a blind gap cannot be judged': {
    // Due 24 h ago; last seen 30 h ago, first missed 20 h ago.
    backups: [gone(ago('8 d'), ago('20 h'))],
    sweeps: [{ started: ago('30 h') }, ...fresh],
    says: { verdict: 'UNKNOWN', reason_code: 'gone_unobserved', measured_value: 1, evidence_backup_ids: ['b1'] },
  },
  'a gap no longer than the freshness limit is no blind gap': {
    backups: [gone(ago('8 d'), ago('22 h 30 min'))],
    sweeps: [{ started: ago('25 h 30 min') }, ...fresh],
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'seen after its end, it was kept': {
    backups: [gone(ago('8 d'), ago('2 h'))],
    sweeps: [{ started: ago('23 h') }, ...fresh],
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'a failed backup may go': {
    backups: [{ ...gone(ago('3 d'), ago('2 d')), status: 'FAILED' }],
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'a manual one too, where manual ones do not count': {
    objective: { manualCounts: false },
    backups: [{ ...gone(ago('3 d'), ago('2 d')), type: 'manual' }],
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'it is shown for a week after it was declared gone': {
    objective: { retention: 3 * 86_400 },
    backups: [{ begin: ago('8 d'), missing: ago('7 d'), retired: ago('6 d 23 h'), reason: 'early' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'gone_early' },
  },
  'and then no longer': {
    objective: { retention: 3 * 86_400 },
    backups: [{ begin: ago('9 d'), missing: ago('8 d'), retired: ago('7 d'), reason: 'early' }],
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'but always for as long as it ought to exist': {
    objective: { retention: 30 * 86_400 },
    backups: [{ begin: ago('29 d'), missing: ago('20 d'), retired: ago('19 d'), reason: 'early' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'gone_early' },
  },
  'a backup that came back did not vanish': {
    backups: [{ begin: ago('3 d') }],
    more: async ({ db }, project) => {
      await db.query(
        `insert into inventory.backup_past
         select project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, status,
           datastore_type, datastore_version, size_bytes, begin_at, end_at, database_tables, first_seen_at,
           first_seen_run_id, $2::timestamptz, 1, $2::timestamptz, 2, $2::timestamptz, 'early', $3::timestamptz
         from inventory.backup where project_id = $1`,
        [project, ago('2 d'), ago('1 d')],
      );
      await db.query(`update inventory.backup set changed_at = $2 where project_id = $1`, [project, ago('1 d')]);
    },
    says: { verdict: 'COMPLIANT', reason_code: 'none_gone_early' },
  },
  'no retention required': {
    objective: { retention: 0 },
    backups: [gone(ago('3 d'), ago('2 d'))],
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'no_retention_required' },
  },
});
