import { controlCases } from './control-cases.ts';
import { ago } from './world.ts';

const manual = (begin: string) => ({ begin, type: 'manual' });

controlCases('orphan_backup', {
  'a live instance orphans nothing': {
    backups: [manual(ago('2 d'))],
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'instance_alive' },
  },
  'manual backups of a gone instance are orphans': {
    instance: { retired: ago('1 d') },
    backups: [manual(ago('3 d')), manual(ago('2 d'))],
    says: {
      verdict: 'NON_COMPLIANT',
      reason_code: 'orphaned_backups',
      measured_value: 2,
      threshold_value: 0,
      evidence_backup_ids: ['b2', 'b1'],
    },
  },
  'a gone instance that left none has no row': {
    instance: { retired: ago('1 d') },
    backups: [{ ...manual(ago('3 d')), retired: ago('1 d') }, { begin: ago('2 d') }],
    says: undefined,
  },
  'an instance that was never listed is gone': {
    instance: null,
    backups: [{ ...manual(ago('3 d')), instance: 'lost' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'orphaned_backups', measured_value: 1 },
  },
  'unless its backup is newer than the list of instances': {
    instance: null,
    backups: [{ ...manual(ago('10 min')), instance: 'new', end: null, status: 'BUILDING' }],
    says: { verdict: 'UNKNOWN', reason_code: 'instance_not_yet_listed' },
  },
  'backups of tables are orphans too': {
    instance: { retired: ago('1 d') },
    backups: [{ ...manual(ago('3 d')), scope: 'database_table' }],
    says: { verdict: 'NON_COMPLIANT', reason_code: 'orphaned_backups' },
  },
  'without a fresh list of instances nobody knows': {
    instance: { retired: ago('1 d') },
    backups: [manual(ago('3 d'))],
    sweeps: [
      { scope: 'instances', started: ago('4 h') },
      { scope: 'instance_backups', started: ago('1 h') },
    ],
    says: { verdict: 'UNKNOWN', reason_code: 'stale' },
  },
  'nor without a fresh list of backups': {
    instance: { retired: ago('1 d') },
    backups: [manual(ago('3 d'))],
    sweeps: [
      { scope: 'instances', started: ago('1 h') },
      { scope: 'instance_backups', started: ago('4 h') },
    ],
    says: { verdict: 'UNKNOWN', reason_code: 'stale' },
  },
  'an orphan may be exempt': {
    instance: { retired: ago('1 d') },
    backups: [manual(ago('3 d'))],
    exemptions: [{ control: 'BK-12', expires: ago('-1 d') }],
    says: { verdict: 'EXEMPT', reason_code: 'exempt' },
  },
  'an instance that came back orphans nothing any more': {
    instance: { changed: ago('1 d') },
    backups: [manual(ago('3 d'))],
    says: { verdict: 'NOT_APPLICABLE', reason_code: 'instance_alive' },
  },
});
