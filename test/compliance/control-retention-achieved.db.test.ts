import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

// Required: 7 days; RPO 26 h. So the oldest must have begun 7 d - 26 h = 5 d 22 h ago.
controlCases('retention_achieved', {
  'an old enough backup shows that they are kept': {
    backups: [{ begin: ago('5 d 22 h') }, { begin: ago('1 h') }],
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'kept_long_enough',
      measured_value: 511_200,
      threshold_value: 511_200,
      unit: 'seconds',
    },
  },
  'one second younger does not': {
    backups: [{ begin: ago('5 d 21 h 59 min 59 s') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'not_kept_long_enough', measured_value: 511_199 },
  },
  'a gone backup shows nothing': {
    backups: [{ begin: ago('6 d'), retired: ago('1 h') }, { begin: ago('1 h') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'not_kept_long_enough' },
  },
  'one that the newest reading missed leaves doubt': {
    backups: [{ begin: ago('6 d'), missing: ago('29 min') }, { begin: ago('1 h') }],
    says: { verdict: 'UNKNOWN', reason_code: 'listing_in_doubt' },
  },
  'nothing is kept where there is nothing': {
    backups: [{ begin: ago('1 h'), status: 'FAILED' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
  },
  'an instance younger than the retention is not judged': {
    instance: { created: ago('6 d 23 h 59 min 59 s') },
    backups: [{ begin: ago('1 h') }],
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'too_young' },
  },
  'at its age it is': {
    instance: { created: ago('7 d') },
    backups: [{ begin: ago('1 h') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'not_kept_long_enough' },
  },
  'manual backups show nothing where they do not count': {
    objective: { manualCounts: false },
    backups: [{ begin: ago('30 d'), type: 'manual' }, { begin: ago('1 h') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'not_kept_long_enough' },
  },
  'an RPO longer than the retention expects nothing old': {
    objective: { rpo: 10 * 86_400 },
    backups: [{ begin: ago('1 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'kept_long_enough', threshold_value: 0 },
  },
  'no retention required': {
    objective: { retention: 0 },
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'no_retention_required' },
  },
});
