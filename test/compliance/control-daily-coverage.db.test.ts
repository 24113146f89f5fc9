import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

// Judged at noon of 2026-03-20: the seven complete days are 13 to 19 March.
const on = (...days: number[]) => days.map((day) => ({ begin: `2026-03-${day}T01:00:00Z` }));
const twiceDaily = Array.from({ length: 9 }, (_, index) => [
  { started: ago(`${index} d 1 h`) },
  { started: ago(`${index} d 11 h`) },
]).flat();

controlCases('daily_coverage', {
  'a good backup on each of the seven days': {
    backups: on(13, 14, 15, 16, 17, 18, 19),
    sweeps: twiceDaily,
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'every_day_covered',
      measured_value: 7,
      threshold_value: 7,
      unit: 'days',
      evidence_backup_ids: ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'],
    },
  },
  'today and the eighth day back make up for nothing': {
    backups: on(12, 13, 14, 15, 16, 17, 18, 20),
    sweeps: twiceDaily,
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed', measured_value: 6 },
  },
  'two backups on one day are one day': {
    backups: [...on(13, 14, 15, 16, 17, 18), { begin: '2026-03-18T20:00:00Z' }],
    sweeps: twiceDaily,
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed', measured_value: 6 },
  },
  'the begin decides the day, to the second': {
    backups: [...on(13, 14, 15, 16, 17, 18), { begin: '2026-03-20T00:00:00Z' }],
    sweeps: twiceDaily,
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed' },
  },
  'begun a second before midnight, it is of the day before': {
    backups: [...on(13, 14, 15, 16, 17, 18), { begin: '2026-03-19T23:59:59Z' }],
    sweeps: twiceDaily,
    says: { verdict: 'COMPLIANT', reason_code: 'every_day_covered' },
  },
  'a failed backup covers no day': {
    backups: [...on(13, 14, 15, 16, 17, 18), { begin: '2026-03-19T01:00:00Z', status: 'FAILED' }],
    sweeps: twiceDaily,
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed' },
  },
  'a day without a reading whose backup was seen later is proved': {
    backups: on(13, 14, 15, 16, 17, 18, 19),
    sweeps: [{ started: ago('1 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'every_day_covered' },
  },
  'its absence is not': {
    backups: on(13, 14, 15, 16, 17, 18),
    sweeps: [{ started: ago('1 h') }],
    says: { verdict: 'UNKNOWN', reason_code: 'days_not_observed', measured_value: 6 },
  },
  'a proved miss outweighs what is not known': {
    backups: on(13, 14, 15, 16),
    sweeps: twiceDaily.filter(({ started }) => !started.startsWith('2026-03-17')),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed' },
  },
  'backups that are gone covered their day': {
    backups: on(13, 14, 15, 16, 17, 18, 19).map((one) => ({ ...one, retired: ago('1 h'), reason: 'expired' })),
    sweeps: twiceDaily,
    says: { verdict: 'COMPLIANT', reason_code: 'every_day_covered' },
  },
  'the day of its birth is not required': {
    instance: { created: '2026-03-17T00:00:01Z' },
    backups: on(18, 19),
    sweeps: twiceDaily,
    says: { verdict: 'COMPLIANT', reason_code: 'every_day_covered', measured_value: 2, threshold_value: 2 },
  },
  'born at midnight, it is': {
    instance: { created: '2026-03-17T00:00:00Z' },
    backups: on(18, 19),
    sweeps: twiceDaily,
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed', measured_value: 2, threshold_value: 3 },
  },
  'born today, it has lived through no day': {
    instance: { created: ago('3 h') },
    sweeps: twiceDaily,
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'no_complete_day', threshold_value: 0 },
  },
  'manual backups cover no day where they do not count': {
    objective: { manualCounts: false },
    backups: [...on(13, 14, 15, 16, 17, 18), { begin: '2026-03-19T01:00:00Z', type: 'manual' }],
    sweeps: twiceDaily,
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed' },
  },
  'exempt days are not required, and an exemption in force exempts': {
    backups: [],
    sweeps: twiceDaily,
    exemptions: [{ control: 'BK-10', expires: ago('-1 d') }],
    says: { verdict: 'EXEMPT', reason_code: 'exempt', measured_value: 0, threshold_value: 0 },
  },
  'an exemption that ended yesterday leaves one day to be judged': {
    backups: on(13),
    sweeps: twiceDaily,
    exemptions: [{ control: 'BK-10', from: '2026-03-01T00:00:00Z', to: '2026-03-19T12:00:00Z', expires: ago('-9 d') }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'days_missed', measured_value: 0, threshold_value: 1 },
  },
});
