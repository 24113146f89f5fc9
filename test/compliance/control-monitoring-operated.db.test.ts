import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

const at = (...spans: string[]) => spans.map((span) => ({ started: ago(span) }));

controlCases('monitoring_operated', {
  'read every day': {
    sweeps: at('7 d', '6 d', '5 d', '4 d', '3 d', '2 d', '1 d', '1 h'),
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'no_blind_gap',
      measured_value: 86_400,
      threshold_value: 86_400,
      unit: 'seconds',
    },
  },
  'a second more is a blind gap': {
    sweeps: at('2 d 1 s', '1 d', '1 h'),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'blind_gap', measured_value: 86_401 },
  },
  'the time before the first reading is no gap': {
    sweeps: at('1 h'),
    says: { verdict: 'COMPLIANT', reason_code: 'no_blind_gap', measured_value: 3600 },
  },
  'a gap that began before the week counts whole': {
    sweeps: at('9 d', '6 d', '5 d', '4 d', '3 d', '2 d', '1 d', '1 h'),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'blind_gap', measured_value: 3 * 86_400 },
  },
  'a gap that ended before the week does not': {
    sweeps: at('12 d', '8 d', '7 d', '6 d', '5 d', '4 d', '3 d', '2 d', '1 d', '1 h'),
    says: { verdict: 'COMPLIANT', reason_code: 'no_blind_gap' },
  },
  'readings that were not certified close no gap': {
    sweeps: [...at('2 d', '1 h'), { started: ago('1 d'), certified: false }, { started: ago('1 d'), mode: 'recent' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'blind_gap' },
  },
  'a gap longer than backups are kept lost proof': {
    instance: { keepDays: 1 },
    sweeps: at('3 d', '1 h'),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'proof_lost', threshold_value: 86_400 },
  },
  'half of the time that backups are kept is the warning': {
    instance: { keepDays: 2 },
    sweeps: at('24 h 1 s'),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'proof_at_risk', measured_value: 86_401, threshold_value: 172_800 },
  },
  'until then an old reading says nothing': {
    instance: { keepDays: 2 },
    sweeps: at('24 h'),
    says: { verdict: 'UNKNOWN', reason_code: 'stale' },
  },
  'after the whole of it proof is lost': {
    instance: { keepDays: 2 },
    sweeps: at('48 h 1 s'),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'proof_lost', measured_value: 172_801 },
  },
  'where nothing was ever read nothing is known': {
    sweeps: [],
    says: { verdict: 'UNKNOWN', reason_code: 'never_certified' },
  },
  'a project without instances has a row of its own': {
    instance: null,
    says: { verdict: 'COMPLIANT', reason_code: 'no_blind_gap' },
  },
  'also where its instances were never read': {
    instance: null,
    sweeps: [{ scope: 'instance_backups', started: ago('1 h') }],
    says: { verdict: 'UNKNOWN', reason_code: 'never_certified' },
  },
});
