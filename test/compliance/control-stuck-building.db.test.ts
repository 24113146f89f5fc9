import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

const building = (begin: string, status = 'BUILDING') => ({ begin, status, seen: begin });
const lasting = (hours: number) =>
  [2, 3, 4, 5].map((days) => ({ begin: ago(`${days} d`), end: ago(`-${hours} h`, ago(`${days} d`)) }));

controlCases('stuck_building', {
  'nothing is being built': {
    backups: [{ begin: ago('2 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'none_building', measured_value: null, threshold_value: 21_600 },
  },
  'six hours are allowed without a history': {
    backups: [building(ago('6 h'))],
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'building_in_time',
      measured_value: 21_600,
      evidence_backup_ids: ['b1'],
    },
  },
  'one second more is stuck': {
    backups: [building(ago('6 h 1 s'))],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'stuck_building', measured_value: 21_601, threshold_value: 21_600 },
  },
  'who always takes five hours may take ten': {
    backups: [...lasting(5), building(ago('10 h'))],
    says: { verdict: 'COMPLIANT', reason_code: 'building_in_time', threshold_value: 36_000 },
  },
  'but not a second more': {
    backups: [...lasting(5), building(ago('10 h 1 s'))],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'stuck_building' },
  },
  'who takes minutes may still take six hours': {
    backups: [...lasting(0), building(ago('5 h'))],
    says: { verdict: 'COMPLIANT', reason_code: 'building_in_time', threshold_value: 21_600 },
  },
  'the oldest one decides': {
    backups: [building(ago('1 h')), building(ago('7 h'))],
    says: {
      verdict: 'NON_COMPLIANT',
      reason_code: 'stuck_building',
      measured_value: 25_200,
      evidence_backup_ids: ['b2', 'b1'],
    },
  },
  'one that is gone is not being built': {
    backups: [{ ...building(ago('7 h')), retired: ago('1 h') }],
    says: { verdict: 'COMPLIANT', reason_code: 'none_building' },
  },
  'a status that nobody knows, for that long, is not known to be well': {
    backups: [building(ago('7 h'), 'WAITING')],
    says: { verdict: 'UNKNOWN', reason_code: 'unknown_status' },
  },
});
