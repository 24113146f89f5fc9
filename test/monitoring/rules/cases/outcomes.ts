// BackupInventoryThrottled and BackupInventoryAuthenticationFailing: how the readings of lists ended.

import { appearing, type Change, fleet, gap, rest, set, step, vanishing, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';

const p1 = { project_id: 'p1' };
// 160 min at one sample in ten: the window of outcomes is 2 h, 12 samples.
const at = 9600;
const every = 600;
const now = at / every;

// A longer look for the windows of 2 h and 6 h: an interval is an hour.
const late = 36 * 3600;
const hourly = 3600;
const lateNow = late / hourly;

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
const known = (since: number) => set('project_info', p1, appearing(since, 1));
const overdue = complete(at - 7000);

/** What holds for every outcome that leaves a list incomplete. */
function outcomeCases(outcome: string, firing: (count?: number, project?: string) => Case['expect']): Case[] {
  const grew = ended(outcome, step(5, now - 3, 6));
  const none: Change = (series) =>
    series.filter(({ metric, labels }) => metric !== 'sweeps_total' || labels.outcome === 'certified');
  const tables = { scope: 'database_table_backups' };
  return cases(
    at,
    every,
    ['quiet', 'a healthy fleet', [], []],
    ['fires', 'names the project', [grew, overdue], firing()],
    ['quiet', 'a complete run since', [grew], []],
    ['quiet', 'overdue for another reason', [overdue], []],
    ['quiet', 'long before', [ended(outcome, step(5, 2, 6)), overdue], []],
    ['quiet', 'the other project is overdue', [grew, complete(at - 7000, { project_id: 'p2' })], []],
    [
      'fires',
      'one list suffices',
      [ended(outcome, step(5, now - 3, 6), tables), complete(at - 7000, tables)],
      firing(),
    ],
    [
      'stale',
      'a replica that lagged behind until now',
      [ended(outcome, step(4, now - 3, 5), { pod: 'a' }), overdue],
      [],
    ],
    ['quiet', 'other outcomes', [ended('certified', `700+1x${rest}`), overdue], []],
    [
      'absent',
      'a project known for just two hours',
      [none, ended(outcome, appearing(now - 3, 1)), known(now - 13), overdue],
      firing(),
    ],
    [
      'absent',
      'a new project does not report the past',
      [none, ended(outcome, appearing(now - 3, 9)), known(now - 12), overdue],
      [],
    ],
    [
      'fires',
      'the outcome is new: its series begins with it',
      [none, ended(outcome, appearing(now - 3, 1)), overdue],
      firing(),
    ],
    [
      'fires',
      'the outcome is new, for two lists; one replica does not count all of them yet',
      [
        none,
        ended(outcome, appearing(now - 3, 2)),
        ended(outcome, appearing(now - 3, 1), { scope: 'instance_backups', pod: 'a', job: 'x' }),
        ended(outcome, appearing(now - 3, 3), { scope: 'instance_backups', pod: 'b', job: 'x' }),
        overdue,
      ],
      firing(5),
    ],
    ['boundary', 'ten minutes ago', [ended(outcome, step(5, now - 1, 6)), overdue], firing()],
    ['boundary', 'just now', [ended(outcome, step(5, now, 6)), overdue], []],
    ['boundary', 'just within two hours', [ended(outcome, step(5, now - 11, 6)), overdue], firing()],
    ['boundary', 'two hours ago', [ended(outcome, step(5, now - 12, 6)), overdue], []],
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
    ['stale', 'one replica does not count yet', [ended(outcome, step(5, now - 3, 6), { pod: 'b' }), overdue], firing()],
    [
      'stale',
      'a replica went and another came',
      [
        ended(outcome, vanishing(5, now - 4), { pod: 'a' }),
        ended(outcome, vanishing(5, now - 4), { pod: 'b' }),
        ended(outcome, appearing(now - 4, 5), { pod: 'c', job: 'x' }),
        overdue,
      ],
      [],
    ],
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
    ['absent', 'no name: it fires with the id', [without('project_info'), grew, overdue], firing(1, 'p1')],
    ['absent', 'no series', [without('sweeps_total')], []],
  );
}

const refused = (count = 1, project = 'prod') => [
  { labels: p1, summary: `The cloud refuses the credentials for project ${project}, lists not read: ${count}` },
];

const authentication: Case[] = [
  ...outcomeCases('auth', refused),
  ...gapCases('auth', refused(3)),
  ...cases(
    at,
    every,
    ['fires', 'forbidden', [ended('forbidden', step(4, now - 3, 5)), overdue], refused()],
    [
      'fires',
      'refused and forbidden in one list',
      [ended('forbidden', step(4, now - 3, 6)), ended('auth', step(5, now - 3, 6)), overdue],
      refused(3),
    ],
    [
      'absent',
      'refused and forbidden for the first time',
      [
        ...['auth', 'forbidden'].map((outcome) => without('sweeps_total', { ...p1, outcome })),
        ended('forbidden', appearing(now - 3, 2)),
        ended('auth', appearing(now - 3, 1)),
        overdue,
      ],
      refused(3),
    ],
    ['quiet', 'throttled is another alert', [ended('throttled', step(5, now - 3, 6)), overdue], []],
  ),
];

const throttledIn = (count = 1, project = 'prod') => [
  {
    labels: p1,
    summary: `The cloud throttles the backup inventory, lists of project ${project} given up: ${count}`,
  },
];
const waitedFor = (duration: string) => [
  { labels: {}, summary: `The cloud throttles the backup inventory, requests waited ${duration}` },
];
const throttledAtAll = waitedFor('33m 8s');
const waited = (values: number | string, labels: Record<string, string> = {}) =>
  set('api_throttle_wait_seconds_total', { reason: 'throttled', ...labels }, values);
const exporterGap = (before: number, missing: number) => set('build_info', {}, gap(1, before, missing, 1));

/** Two days at one sample an hour. */
function gapCases(outcome: string, firing: Case['expect']): Case[] {
  const gone = (before: number, missing: number) => [
    without('sweeps_total', { ...p1, outcome: 'forbidden' }),
    set('sweeps_total', { ...p1, outcome }, gap(5, before, missing, 6)),
    set('project_info', p1, gap(1, before, missing, 1)),
    complete(late - 10_000),
  ];
  return cases(
    late,
    hourly,
    ['stale', 'what happened in a day without a scrape', gone(13, 22), firing],
    ['stale', 'what happened in two days without a scrape is not told', gone(8, 27), []],
  );
}

const throttled: Case[] = [
  ...gapCases('throttled', throttledIn(3)),
  ...outcomeCases('throttled', throttledIn),
  ...cases(
    late,
    hourly,
    ['fires', 'waits add up to more than half of an hour', [waited(step(12, lateNow - 1, 2000))], throttledAtAll],
    ['boundary', 'just half of an hour', [waited(step(12, lateNow - 1, 1812))], []],
    ['boundary', 'a second more', [waited(step(12, lateNow - 1, 1813))], waitedFor('30m 1s')],
    ['boundary', 'within two hours', [waited(step(12, lateNow - 1, 2000))], throttledAtAll],
    ['boundary', 'two hours ago', [waited(step(12, lateNow - 2, 2000))], []],
    [
      'quiet',
      'our own limit is no throttling',
      [set('api_throttle_wait_seconds_total', { reason: 'rate_limit' }, `12+100x${rest}`)],
      [],
    ],
    [
      'quiet',
      'a longer schedule',
      [waited(step(12, lateNow - 1, 2000)), set('schedule_interval_seconds', {}, 7200)],
      [],
    ],
    [
      'quiet',
      'the longer schedule of two',
      [waited(step(12, lateNow - 1, 2000)), set('schedule_interval_seconds', { pod: 'a' }, 7200)],
      [],
    ],
    [
      'absent',
      'no schedule: an hour, kept',
      [without('schedule_interval_seconds'), waited(step(12, lateNow - 1, 1812))],
      [],
    ],
    [
      'absent',
      'no schedule: an hour, exceeded',
      [without('schedule_interval_seconds'), waited(step(12, lateNow - 1, 1813))],
      waitedFor('30m 1s'),
    ],
    [
      'absent',
      'the first wait ever',
      [
        without('api_throttle_wait_seconds_total', { reason: 'throttled' }),
        set('api_throttle_wait_seconds_total', { reason: 'rate_limit' }, 9000),
        waited(appearing(lateNow - 1, 2000)),
        waited(appearing(lateNow - 1, 1900), { pod: 'b' }),
      ],
      waitedFor('33m 20s'),
    ],
    [
      'absent',
      'a first installation does not report the past',
      [waited(appearing(lateNow - 1, 2000)), set('build_info', {}, appearing(lateNow - 1, 1))],
      [],
    ],
    ['stale', 'one replica does not count yet', [waited(step(12, lateNow - 1, 2000), { pod: 'b' })], throttledAtAll],
    [
      'stale',
      'what happened in a day without a scrape',
      [waited(gap(12, 13, 22, 2000)), exporterGap(13, 22)],
      throttledAtAll,
    ],
    [
      'stale',
      'what happened in two days without a scrape is not told',
      [waited(gap(12, 8, 27, 2000)), exporterGap(8, 27)],
      [],
    ],
    [
      'stale',
      'a replica that lagged behind until now',
      [waited(2000), waited(step(12, lateNow - 1, 2000), { pod: 'b' })],
      [],
    ],
    [
      'absent',
      'an exporter known for just two hours',
      [waited(appearing(lateNow - 1, 2000)), set('build_info', {}, appearing(lateNow - 3, 1))],
      waitedFor('33m 20s'),
    ],
    [
      'absent',
      'an exporter known for less',
      [waited(appearing(lateNow - 1, 2000)), set('build_info', {}, appearing(lateNow - 2, 1))],
      [],
    ],
  ),
];

export const outcomes: readonly Suite[] = [
  { rule: 'BackupInventoryAuthenticationFailing', cases: authentication },
  { rule: 'BackupInventoryThrottled', cases: throttled },
];
