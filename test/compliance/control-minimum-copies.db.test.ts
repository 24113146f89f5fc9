import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

const three = [{ begin: ago('3 d') }, { begin: ago('2 d') }, { begin: ago('1 d') }];

controlCases('minimum_copies', {
  'as many as required': {
    backups: three,
    says: {
      verdict: 'COMPLIANT',
      reason_code: 'enough_copies',
      measured_value: 3,
      threshold_value: 3,
      unit: 'backups',
    },
  },
  'one less': {
    backups: three.slice(1),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'too_few_copies', measured_value: 2 },
  },
  'failed, unfinished, gone and table backups are no copies': {
    backups: [
      ...three.slice(1),
      { begin: ago('5 d'), status: 'FAILED' },
      { begin: ago('1 h'), status: 'BUILDING' },
      { begin: ago('6 d'), retired: ago('1 d') },
      { begin: ago('4 d'), scope: 'database_table' },
    ],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'too_few_copies', measured_value: 2 },
  },
  'one that the newest reading missed leaves doubt': {
    backups: [...three.slice(1), { begin: ago('4 d'), missing: ago('29 min') }],
    says: { verdict: 'UNKNOWN', reason_code: 'listing_in_doubt' },
  },
  'an instance that has not lived through so many RPOs is not judged': {
    instance: { created: ago('78 h') },
    backups: three.slice(2),
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'too_young' },
  },
  'a second later it is': {
    instance: { created: ago('78 h 1 s') },
    backups: three.slice(2),
    says: { verdict: 'NON_COMPLIANT', reason_code: 'too_few_copies' },
  },
  'no number is required': {
    objective: { copies: 0 },
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'no_copies_required' },
  },
});
