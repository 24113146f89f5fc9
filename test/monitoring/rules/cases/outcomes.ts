// BackupInventoryThrottled and BackupInventoryAuthenticationFailing.

import { appearing, gap, rest, set, step, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { at, cases, ended, every, gapCases, hourly, late, lateNow, now, outcomeCases, overdue, p1 } from './outcome.ts';

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
