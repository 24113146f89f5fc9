import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

/** The first is the newest, the others a day apart. */
const sized = (...sizes: (number | null)[]) => sizes.map((size, days) => ({ begin: ago(`${days} d 2 h`), size }));

controlCases('size_anomaly', {
  'like the others': {
    backups: sized(100, 100, 100, 100, 100, 100, 100, 100),
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'size_usual',
      measured_value: 100,
      unit: 'bytes',
      evidence_backup_ids: ['b1'],
    },
  },
  'a fifth off the median is usual, even where the others are all the same': {
    backups: sized(120, 100, 100, 100, 100, 100, 100, 100),
    says: { verdict: 'COMPLIANT', reason_code: 'size_usual', threshold_value: 120 },
  },
  'more is not': {
    backups: sized(121, 100, 100, 100, 100, 100, 100, 100),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'size_anomalous', measured_value: 121, threshold_value: 120 },
  },
  'nor is less': {
    backups: sized(79, 100, 100, 100, 100, 100, 100, 100),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'size_anomalous', threshold_value: 80 },
  },
  'a history that varies allows more: 3.5 × 1.4826 × MAD': {
    // Median 1000, deviations 0 100 100 200 200 300 300: MAD 200, so 1037.82 are allowed.
    backups: sized(2037, 1000, 900, 1100, 800, 1200, 700, 1300),
    says: { verdict: 'COMPLIANT', reason_code: 'size_usual' },
  },
  'and not more than that': {
    backups: sized(2038, 1000, 900, 1100, 800, 1200, 700, 1300),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'size_anomalous' },
  },
  'six before it are too few to say what is usual': {
    backups: sized(9, 100, 100, 100, 100, 100, 100),
    says: {
      verdict: 'NOT_APPLICABLE',
      reason_code: 'too_few_samples',
      measured_value: 6,
      threshold_value: 7,
      unit: 'backups',
    },
  },
  'an empty backup is wrong without any history': {
    backups: sized(0),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'size_zero', measured_value: 0 },
  },
  'a size that is not said is not known': {
    backups: sized(null, 100, 100, 100, 100, 100, 100, 100),
    says: { verdict: 'UNKNOWN', reason_code: 'size_not_known', measured_value: null },
  },
  'sizes that are not said are no samples': {
    backups: sized(9, 100, 100, 100, null, 100, 100, 100),
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'too_few_samples' },
  },
  'failed backups are no samples and not the newest': {
    backups: [{ begin: ago('1 h'), status: 'FAILED', size: 0 }, ...sized(100, 100, 100, 100, 100, 100, 100, 100)],
    says: { verdict: 'COMPLIANT', reason_code: 'size_usual', measured_value: 100 },
  },
  'only the thirty before it say what is usual': {
    backups: sized(50, ...Array.from({ length: 30 }, () => 50), ...Array.from({ length: 31 }, () => 500)),
    says: { verdict: 'COMPLIANT', reason_code: 'size_usual' },
  },
  'backups that are gone still say what is usual': {
    backups: [
      { begin: ago('1 h'), size: 9 },
      ...sized(100, 100, 100, 100, 100, 100, 100).map((one) => ({ ...one, retired: ago('1 h') })),
    ],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'size_anomalous' },
  },
  'no backup has no size': {
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'too_few_samples', measured_value: null },
  },
});
