// BackupInventoryCronJobLate and BackupInventoryCronJobSuspended, from the series of kube-state-metrics.

import { type Change, fleet, schedule, set, step, vanishing, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault as at } from './verdict.ts';

const job = { namespace: 'backup', cronjob: 'prod-backup-inventory-sync' };
const ksm = { job: 'kube-state-metrics' };
const next = (values: number | string, labels: Record<string, string> = {}) =>
  set('kube_cronjob_next_schedule_time', { ...job, ...ksm, ...labels }, values);
const suspended = (values: number | string, labels: Record<string, string> = {}) =>
  set('kube_cronjob_spec_suspend', { ...job, ...ksm, ...labels }, values);

function cases(...list: readonly (readonly [Case['kind'], string, readonly Change[], Case['expect']])[]): Case[] {
  return list.map(([kind, name, changes, expect]) => ({ kind, name, series: fleet(at, ...changes), expect, at }));
}

const late = (duration: string) => [
  { labels: job, summary: `CronJob backup/prod-backup-inventory-sync is ${duration} late` },
];

const notStarted = cases(
  ['quiet', 'its time is to come', [next(at + 600)], []],
  ['fires', 'names the job', [next(at - 7200)], late('2h 0m 0s')],
  ['boundary', 'late by just one interval, five minutes ago', [next(at - 300 - schedule)], []],
  ['boundary', 'late by a second more, five minutes ago', [next(at - 301 - schedule)], late('1h 5m 1s')],
  ['quiet', 'a longer schedule', [next(at - 5000), set('schedule_interval_seconds', {}, 7200)], []],
  ['quiet', 'the longer schedule of two', [next(at - 5000), set('schedule_interval_seconds', { pod: 'a' }, 7200)], []],
  ['quiet', 'jobs of others', [next(at - 7200, { cronjob: 'postgres-backup' })], []],
  ['quiet', 'of two observers, one has seen the start', [next(at - 7200), next(at + 600, { job: 'other' })], []],
  [
    'fires',
    'the same name in another namespace is another job',
    [next(at - 7200), next(at + 600, { namespace: 'test' })],
    late('2h 0m 0s'),
  ],
  [
    'fires',
    'another job in the same namespace is another job',
    [next(at - 7200), next(at + 600, { cronjob: 'backup-inventory-b' })],
    late('2h 0m 0s'),
  ],
  ['stale', 'the job was deleted', [next(vanishing(at - 7200, 2))], []],
  ['absent', 'no kube-state-metrics', [], []],
  ['absent', 'no schedule: an hour, kept', [without('schedule_interval_seconds'), next(at - 300 - 3600)], []],
  [
    'absent',
    'no schedule: an hour, exceeded',
    [without('schedule_interval_seconds'), next(at - 301 - 3600)],
    late('1h 5m 1s'),
  ],
);

const off = [{ labels: job, summary: 'CronJob backup/prod-backup-inventory-sync is suspended' }];

const isSuspended = cases(
  ['quiet', 'not suspended', [suspended(0)], []],
  ['fires', 'names the job', [suspended(1)], off],
  ['boundary', 'since a quarter of an hour', [suspended(step(0, 3, 1))], off],
  ['boundary', 'since ten minutes', [suspended(step(0, 4, 1))], []],
  ['quiet', 'jobs of others', [suspended(1, { cronjob: 'postgres-backup' })], []],
  ['fires', 'of two observers, one does not know yet', [suspended(0), suspended(1, { job: 'other' })], off],
  ['stale', 'the job was deleted', [suspended(vanishing(1, 2))], []],
  ['absent', 'no kube-state-metrics', [], []],
);

export const cronJob: readonly Suite[] = [
  { rule: 'BackupInventoryCronJobLate', cases: notStarted },
  { rule: 'BackupInventoryCronJobSuspended', cases: isSuspended },
];
