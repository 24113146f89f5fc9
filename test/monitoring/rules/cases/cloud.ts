// BackupInventoryThrottled, -AuthenticationFailing, -CredentialExpiring, -ClockSkew and -SchemaAnomaly.

import { appearing, type Change, fleet, freshness, gap, rest, set, step, vanishing, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault } from './verdict.ts';

const p1 = { project_id: 'p1' };
// Four hours at one sample in five minutes: the window of outcomes is 2 h, 24 samples.
const at = 4 * 3600;
const every = 300;
const now = at / every;

type Row = readonly [Case['kind'], string, readonly Change[], Case['expect']];

function cases(when: number, interval: number, ...list: readonly Row[]): Case[] {
  return list.map(([kind, name, changes, expect]) => ({
    kind,
    name,
    series: fleet(when, ...changes),
    expect,
    at: when,
    interval,
  }));
}

const complete = (value: number, labels: Record<string, string> = {}) =>
  set('sweep_last_certified_timestamp_seconds', { ...p1, ...labels }, value);
const ended = (outcome: string, values: number | string, labels: Record<string, string> = {}) =>
  set('sweeps_total', { ...p1, scope: 'instances', outcome, ...labels }, values);
const overdue = complete(at - 7000);

/** What holds for every outcome that leaves a list incomplete. */
function outcomeCases(outcome: string, firing: (project?: string) => Case['expect']): Case[] {
  const grew = ended(outcome, step(5, now - 6, 6));
  const tables = { scope: 'database_table_backups' };
  return cases(
    at,
    every,
    ['quiet', 'a healthy fleet', [], []],
    ['fires', 'names the project', [grew, overdue], firing()],
    ['quiet', 'a complete run since', [grew], []],
    ['quiet', 'overdue for another reason', [overdue], []],
    ['quiet', 'long before', [ended(outcome, step(5, 4, 6)), overdue], []],
    ['quiet', 'the other project is overdue', [grew, complete(at - 7000, { project_id: 'p2' })], []],
    [
      'fires',
      'one list suffices',
      [ended(outcome, step(5, now - 6, 6), tables), complete(at - 7000, tables)],
      firing(),
    ],
    [
      'fires',
      'the outcome is new: its series begins with it',
      [without('sweeps_total', { ...p1, outcome }), ended(outcome, appearing(now - 6, 1)), overdue],
      firing(),
    ],
    ['boundary', 'ten minutes ago', [ended(outcome, step(5, now - 2, 6)), overdue], firing()],
    ['boundary', 'five minutes ago', [ended(outcome, step(5, now - 1, 6)), overdue], []],
    ['boundary', 'just within two hours', [ended(outcome, step(5, now - 23, 6)), overdue], firing()],
    ['boundary', 'two hours ago', [ended(outcome, step(5, now - 24, 6)), overdue], []],
    ['boundary', 'overdue by a second, ten minutes ago', [grew, complete(at - 600 - 5401)], firing()],
    ['boundary', 'just not overdue, ten minutes ago', [grew, complete(at - 600 - 5400)], []],
    ['quiet', 'a longer schedule', [grew, complete(at - 9000), set('schedule_interval_seconds', {}, 7200)], []],
    [
      'quiet',
      'the longer schedule of two',
      [grew, complete(at - 9000), set('schedule_interval_seconds', { pod: 'b' }, 7200)],
      [],
    ],
    ['stale', 'one replica knows of a newer complete run', [grew, complete(at - 7000, { pod: 'a' })], []],
    ['stale', 'one replica does not count yet', [ended(outcome, step(5, now - 6, 6), { pod: 'b' }), overdue], firing()],
    [
      'stale',
      'a replica went and another came',
      [
        ended(outcome, vanishing(5, now - 8), { pod: 'a' }),
        ended(outcome, vanishing(5, now - 8), { pod: 'b' }),
        ended(outcome, appearing(now - 8, 5), { pod: 'c', job: 'x' }),
        overdue,
      ],
      [],
    ],
    ['stale', 'nothing scraped meanwhile', [ended(outcome, gap(5, 6, 36, 6)), overdue], firing()],
    ['absent', 'never complete', [grew, without('sweep_last_certified_timestamp_seconds', p1)], firing()],
    [
      'absent',
      'not even tried until now',
      [
        grew,
        without('sweep_last_certified_timestamp_seconds', p1),
        without('sweep_last_attempt_timestamp_seconds', p1),
      ],
      firing(),
    ],
    [
      'absent',
      'no schedule: an hour, overdue',
      [without('schedule_interval_seconds'), grew, complete(at - 600 - 5401)],
      firing(),
    ],
    [
      'absent',
      'no schedule: an hour, not overdue',
      [without('schedule_interval_seconds'), grew, complete(at - 600 - 5400)],
      [],
    ],
    ['absent', 'no name: it fires with the id', [without('project_info'), grew, overdue], firing('p1')],
    ['absent', 'no series', [without('sweeps_total')], []],
  );
}

const refused = (project = 'prod') => [
  { labels: p1, summary: `The cloud refuses the credentials for project ${project}` },
];

const authentication: Case[] = [
  ...outcomeCases('auth', refused),
  ...cases(
    at,
    every,
    ['fires', 'forbidden', [ended('forbidden', step(0, now - 6, 1)), overdue], refused()],
    ['quiet', 'throttled is another alert', [ended('throttled', step(5, now - 6, 6)), overdue], []],
  ),
];

const throttledIn = (project = 'prod') => [
  { labels: p1, summary: `The cloud throttles the backup inventory of project ${project}` },
];
const throttledAtAll = [{ labels: {}, summary: 'The cloud throttles the backup inventory' }];
const waited = (values: number | string, labels: Record<string, string> = {}) =>
  set('api_throttle_wait_seconds_total', { reason: 'throttled', ...labels }, values);
// A longer look for the windows of 2 h and 6 h: an interval is half an hour, 4 and 12 of them are the windows.
const late = 36 * 3600;
const half = 1800;
const lateNow = late / half;

const throttled: Case[] = [
  ...outcomeCases('throttled', throttledIn),
  ...cases(
    late,
    half,
    ['fires', 'waits add up to more than half of an hour', [waited(step(12, lateNow - 2, 2000))], throttledAtAll],
    ['boundary', 'just half of an hour', [waited(step(12, lateNow - 2, 1812))], []],
    ['boundary', 'a second more', [waited(step(12, lateNow - 2, 1813))], throttledAtAll],
    ['boundary', 'within two hours', [waited(step(12, lateNow - 3, 2000))], throttledAtAll],
    ['boundary', 'two hours ago', [waited(step(12, lateNow - 4, 2000))], []],
    [
      'quiet',
      'our own limit is no throttling',
      [set('api_throttle_wait_seconds_total', { reason: 'rate_limit' }, `12+100x${rest}`)],
      [],
    ],
    [
      'quiet',
      'a longer schedule',
      [waited(step(12, lateNow - 2, 2000)), set('schedule_interval_seconds', {}, 7200)],
      [],
    ],
    [
      'quiet',
      'the longer schedule of two',
      [waited(step(12, lateNow - 2, 2000)), set('schedule_interval_seconds', { pod: 'a' }, 7200)],
      [],
    ],
    [
      'absent',
      'no schedule: an hour, kept',
      [without('schedule_interval_seconds'), waited(step(12, lateNow - 2, 1812))],
      [],
    ],
    [
      'absent',
      'no schedule: an hour, exceeded',
      [without('schedule_interval_seconds'), waited(step(12, lateNow - 2, 1813))],
      throttledAtAll,
    ],
    [
      'absent',
      'the first wait ever',
      [without('api_throttle_wait_seconds_total'), waited(appearing(lateNow - 2, 2000))],
      throttledAtAll,
    ],
    [
      'absent',
      'a first installation does not report the past',
      [waited(appearing(lateNow - 2, 2000)), set('build_info', {}, appearing(lateNow - 2, 1))],
      [],
    ],
    ['stale', 'one replica does not count yet', [waited(step(12, lateNow - 2, 2000), { pod: 'b' })], throttledAtAll],
    ['stale', 'nothing scraped meanwhile', [waited(gap(12, 24, 47, 2000))], throttledAtAll],
  ),
];

const short = atDefault;
const expiry = (value: number, labels: Record<string, string> = {}) =>
  set('credential_expiry_timestamp_seconds', labels, value);
const expires = (when: string) => [{ labels: {}, summary: `The credentials of the backup inventory expire ${when}` }];

const credential = cases(
  short,
  60,
  ['quiet', 'a healthy fleet', [], []],
  ['fires', 'soon', [expiry(short + 3600)], expires('in 1h 0m 0s')],
  ['fires', 'expired', [expiry(short - 60)], expires('now')],
  ['boundary', 'just not soon, five minutes ago', [expiry(short - 300 + freshness)], []],
  ['boundary', 'soon since five minutes', [expiry(short - 301 + freshness)], expires('in 2h 54m 59s')],
  ['boundary', 'just now', [expiry(short)], expires('now')],
  ['stale', 'one replica knows of a newer token', [expiry(short - 60, { pod: 'b' })], []],
  ['quiet', 'a shorter limit', [expiry(short + 3600), set('freshness_limit_seconds', {}, 600)], []],
  [
    'fires',
    'the longer limit of two',
    [expiry(short + 3600), set('freshness_limit_seconds', { pod: 'a' }, 600)],
    expires('in 1h 0m 0s'),
  ],
  ['absent', 'no limit: 3 h, kept', [expiry(short - 300 + 10_800), without('freshness_limit_seconds')], []],
  [
    'absent',
    'no limit: 3 h, exceeded',
    [expiry(short - 301 + 10_800), without('freshness_limit_seconds')],
    expires('in 2h 54m 59s'),
  ],
  ['absent', 'permanent keys do not expire', [without('credential_expiry_timestamp_seconds')], []],
);

const skew = (values: number | string, labels: Record<string, string> = {}) =>
  set('clock_skew_seconds', labels, values);
const differs = (duration: string) => [
  { labels: {}, summary: `The clock of the backup inventory differs from the cloud by ${duration}` },
];

const clock = cases(
  short,
  60,
  ['quiet', 'a healthy fleet', [], []],
  ['fires', 'ahead', [skew(700)], differs('11m 40s')],
  ['fires', 'behind', [skew(-700)], differs('11m 40s')],
  ['boundary', 'just five minutes', [skew(300)], []],
  ['boundary', 'a second over five minutes', [skew(301)], differs('5m 1s')],
  ['boundary', 'since ten minutes', [skew(step(0, 20, 400))], differs('6m 40s')],
  ['boundary', 'since nine minutes', [skew(step(0, 21, 400))], []],
  ['stale', 'one of two replicas', [skew(700, { pod: 'b' })], differs('11m 40s')],
  ['absent', 'not measured', [without('clock_skew_seconds')], []],
);

const odd = (values: number | string, labels: Record<string, string> = {}) =>
  set('anomalies_total', { kind: 'bad_time', ...labels }, values);
const sent = (count: number) => [
  { labels: { kind: 'bad_time' }, summary: `The cloud sent ${count} values that are not as documented: bad_time` },
];

const schema = cases(
  late,
  half,
  ['quiet', 'a healthy fleet', [], []],
  ['fires', 'new anomalies', [odd(step(1, lateNow - 2, 4))], sent(3)],
  ['boundary', 'just within six hours', [odd(step(1, lateNow - 11, 2))], sent(1)],
  ['boundary', 'six hours ago', [odd(step(1, lateNow - 12, 2))], []],
  ['boundary', 'at once', [odd(step(1, lateNow, 2))], sent(1)],
  ['absent', 'the first one ever', [without('anomalies_total'), odd(appearing(lateNow - 2, 2))], sent(2)],
  [
    'absent',
    'a first installation does not report the past',
    [odd(appearing(lateNow - 2, 2)), set('build_info', {}, appearing(lateNow - 2, 1))],
    [],
  ],
  ['absent', 'no series', [without('anomalies_total')], []],
  [
    'stale',
    'one replica does not count yet',
    [odd(2), odd(step(1, lateNow - 2, 2), { pod: 'a' }), odd(1, { pod: 'b' })],
    sent(1),
  ],
  ['stale', 'nothing scraped meanwhile', [odd(gap(1, 15, 50, 3))], sent(2)],
);

export const cloud: readonly Suite[] = [
  { rule: 'BackupInventoryAuthenticationFailing', cases: authentication },
  { rule: 'BackupInventoryThrottled', cases: throttled },
  { rule: 'BackupInventoryCredentialExpiring', cases: credential },
  { rule: 'BackupInventoryClockSkew', cases: clock },
  { rule: 'BackupInventorySchemaAnomaly', cases: schema },
];
