// BackupInventoryCredentialExpiring, -SnapshotStale, -ClockSkew and -SchemaAnomaly.

import { appearing, gap, schedule, set, step, vanishing, without } from '../fleet.ts';
import type { Suite } from '../scenario.ts';
import { cases } from './outcome.ts';
import { atDefault as short } from './verdict.ts';

const expiry = (value: number, labels: Record<string, string> = {}) =>
  set('credential_expiry_timestamp_seconds', labels, value);
const expired = (ago: string) => [
  { labels: {}, summary: `The token of the backup inventory ended ${ago} ago and was not renewed` },
];

const credential = cases(
  short,
  300,
  ['quiet', 'a healthy fleet', [], []],
  ['quiet', 'it ended, and the next run will renew it', [expiry(short - 3000)], []],
  ['fires', 'it ended, and no run renewed it', [expiry(short - 7200)], expired('2h 0m 0s')],
  ['boundary', 'the next run is just due, five minutes ago', [expiry(short - 300 - schedule)], []],
  ['boundary', 'the next run is overdue by a second', [expiry(short - 301 - schedule)], expired('1h 5m 1s')],
  ['stale', 'one replica knows of a newer token', [expiry(short - 7200, { pod: 'b' })], []],
  ['quiet', 'a longer schedule', [expiry(short - 5000), set('schedule_interval_seconds', {}, 7200)], []],
  [
    'quiet',
    'the longer schedule of two',
    [expiry(short - 5000), set('schedule_interval_seconds', { pod: 'a' }, 7200)],
    [],
  ],
  ['absent', 'no schedule: an hour, kept', [expiry(short - 300 - 3600), without('schedule_interval_seconds')], []],
  [
    'absent',
    'no schedule: an hour, exceeded',
    [expiry(short - 301 - 3600), without('schedule_interval_seconds')],
    expired('1h 5m 1s'),
  ],
  ['absent', 'access keys have no end that we know', [without('credential_expiry_timestamp_seconds')], []],
);

const taken = (value: number | string, labels: Record<string, string> = {}) =>
  set('snapshot_timestamp_seconds', labels, value);
const serves = (age: string) => [
  { labels: {}, summary: `A backup inventory exporter serves facts that are ${age} old` },
];

const snapshot = cases(
  short,
  300,
  ['quiet', 'a healthy fleet', [], []],
  ['fires', 'the database is gone', [taken(short - 9000)], serves('2h 30m 0s')],
  ['boundary', 'just as old as the schedule, five minutes ago', [taken(short - 300 - schedule)], []],
  ['boundary', 'a second older, five minutes ago', [taken(short - 301 - schedule)], serves('1h 5m 1s')],
  ['stale', 'one of two replicas lost the database', [taken(short - 9000, { pod: 'a' })], serves('2h 30m 0s')],
  ['stale', 'the replica that lost the database is gone', [taken(vanishing(short - 9000, 2), { pod: 'a' })], []],
  ['quiet', 'a longer schedule', [taken(short - 5000), set('schedule_interval_seconds', {}, 7200)], []],
  [
    'quiet',
    'the longer schedule of two',
    [taken(short - 5000), set('schedule_interval_seconds', { pod: 'a' }, 7200)],
    [],
  ],
  ['absent', 'no schedule: an hour, kept', [taken(short - 300 - 3600), without('schedule_interval_seconds')], []],
  [
    'absent',
    'no schedule: an hour, exceeded',
    [taken(short - 301 - 3600), without('schedule_interval_seconds')],
    serves('1h 5m 1s'),
  ],
  ['absent', 'no snapshot yet', [without('snapshot_timestamp_seconds')], []],
);

const skew = (values: number | string, labels: Record<string, string> = {}) =>
  set('clock_skew_seconds', labels, values);
const differs = (duration: string) => [
  { labels: {}, summary: `The clock of the backup inventory differs from the cloud by ${duration}` },
];

const clock = cases(
  short,
  300,
  ['quiet', 'a healthy fleet', [], []],
  ['fires', 'ahead', [skew(700)], differs('11m 40s')],
  ['fires', 'behind', [skew(-700)], differs('11m 40s')],
  ['boundary', 'just five minutes', [skew(300)], []],
  ['boundary', 'a tenth of a second over five minutes', [skew(300.1)], differs('5m 0s')],
  ['boundary', 'since ten minutes', [skew(step(0, 4, 400))], differs('6m 40s')],
  ['boundary', 'since five minutes', [skew(step(0, 5, 400))], []],
  ['stale', 'one of two replicas', [skew(700, { pod: 'b' })], differs('11m 40s')],
  ['absent', 'not measured', [without('clock_skew_seconds')], []],
);

// An interval is an hour: six of them are the window.
const late = 36 * 3600;
const hourly = 3600;
const lateNow = late / hourly;
const exporterGap = (before: number, missing: number) => set('build_info', {}, gap(1, before, missing, 1));
const odd = (values: number | string, labels: Record<string, string> = {}) =>
  set('anomalies_total', { kind: 'bad_time', ...labels }, values);
const sent = (count: number) => [
  { labels: { kind: 'bad_time' }, summary: `The cloud sent values that are not as documented: ${count} × bad_time` },
];

const schema = cases(
  late,
  hourly,
  ['quiet', 'a healthy fleet', [], []],
  ['fires', 'new anomalies', [odd(step(1, lateNow - 2, 4))], sent(3)],
  ['boundary', 'just within six hours', [odd(step(1, lateNow - 5, 2))], sent(1)],
  ['boundary', 'six hours ago', [odd(step(1, lateNow - 6, 2))], []],
  ['boundary', 'at once', [odd(step(1, lateNow, 2))], sent(1)],
  ['absent', 'the first one ever', [without('anomalies_total'), odd(appearing(lateNow - 2, 2))], sent(2)],
  [
    'absent',
    'an exporter known for less does not report the past',
    [odd(appearing(lateNow - 2, 2)), set('build_info', {}, appearing(lateNow - 5, 1))],
    [],
  ],
  ['absent', 'no series', [without('anomalies_total')], []],
  [
    'stale',
    'the first ones ever, and one replica does not count all of them yet',
    [odd(appearing(lateNow - 2, 2)), odd(appearing(lateNow - 2, 1), { pod: 'a' })],
    sent(2),
  ],
  [
    'stale',
    'one replica does not count yet',
    [odd(2), odd(step(1, lateNow - 2, 2), { pod: 'a' }), odd(1, { pod: 'b' })],
    sent(1),
  ],
  ['stale', 'what happened in a day without a scrape', [odd(gap(1, 9, 25, 3)), exporterGap(9, 25)], sent(2)],
  ['stale', 'what happened in two days without a scrape is not told', [odd(gap(1, 5, 29, 3)), exporterGap(5, 29)], []],
  ['stale', 'a replica that lagged behind until now', [odd(2), odd(step(1, lateNow - 2, 2), { pod: 'b' })], []],
  [
    'absent',
    'an exporter known for just six hours',
    [odd(appearing(lateNow - 2, 2)), set('build_info', {}, appearing(lateNow - 6, 1))],
    sent(2),
  ],
);

export const cloud: readonly Suite[] = [
  { rule: 'BackupInventoryCredentialExpiring', cases: credential },
  { rule: 'BackupInventorySnapshotStale', cases: snapshot },
  { rule: 'BackupInventoryClockSkew', cases: clock },
  { rule: 'BackupInventorySchemaAnomaly', cases: schema },
];
