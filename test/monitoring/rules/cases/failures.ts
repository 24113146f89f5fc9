// BackupInventoryBackupFailed, BackupInventoryBackupFailedRepeatedly and BackupInventoryBackupStuck.

import { fleet, set, step, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault as at, i1, verdictCases } from './verdict.ts';

const failed = (values: number | string, labels: Record<string, string> = i1) =>
  set('consecutive_failures', labels, values);
const oneFailed = [{ labels: i1, summary: 'The newest backup of orders in project prod failed' }];

const once: Case[] = [
  ...verdictCases({
    changes: [failed(1)],
    summary: (instance, project) => `The newest backup of ${instance} in project ${project} failed`,
  }),
  { kind: 'boundary', name: 'two failures', series: fleet(at, failed(2)), at, expect: oneFailed },
  { kind: 'boundary', name: 'three failures page instead', series: fleet(at, failed(3)), at, expect: [] },
  {
    kind: 'boundary',
    name: 'failed five minutes ago',
    series: fleet(at, failed(step(0, 5, 1))),
    at,
    expect: oneFailed,
  },
  { kind: 'boundary', name: 'failed just now', series: fleet(at, failed(step(0, 6, 1))), at, expect: [] },
  {
    kind: 'stale',
    name: 'one replica does not know yet',
    series: fleet(at, failed(1, { ...i1, pod: 'b' })),
    at,
    expect: oneFailed,
  },
  {
    kind: 'absent',
    name: 'no such instance any more',
    series: fleet(at, without('consecutive_failures')),
    at,
    expect: [],
  },
];

const threeFailed = [{ labels: i1, summary: 'The last 3 backups of orders in project prod failed' }];

const repeatedly: Case[] = [
  ...verdictCases({
    control: 'BK-05',
    changes: [failed(4)],
    summary: (instance, project) => `The last 4 backups of ${instance} in project ${project} failed`,
  }),
  { kind: 'boundary', name: 'three failures', series: fleet(at, failed(3)), at, expect: threeFailed },
  { kind: 'boundary', name: 'two failures', series: fleet(at, failed(2)), at, expect: [] },
  { kind: 'boundary', name: 'since five minutes', series: fleet(at, failed(step(2, 5, 3))), at, expect: threeFailed },
  { kind: 'boundary', name: 'since just now', series: fleet(at, failed(step(2, 6, 3))), at, expect: [] },
  {
    kind: 'stale',
    name: 'one replica does not know of the third yet',
    series: fleet(at, failed(3), failed(2, { ...i1, pod: 'a' })),
    at,
    expect: threeFailed,
  },
  {
    kind: 'absent',
    name: 'no such instance any more',
    series: fleet(at, without('consecutive_failures')),
    at,
    expect: [],
  },
];

const building = (value: number, labels: Record<string, string> = i1) =>
  set('oldest_building_timestamp_seconds', labels, value);
const took = (values: number | string, labels: Record<string, string> = { ...i1, backup_type: 'auto' }) =>
  set('last_duration_seconds', labels, values);
const runsFor = (duration: string) => [
  { labels: i1, summary: `A backup of orders in project prod has been running for ${duration}` },
];
const days = 86400;

const stuck: Case[] = [
  ...verdictCases({
    control: 'BK-06',
    changes: [building(at - 8 * 3600)],
    summary: (instance, project) => `A backup of ${instance} in project ${project} has been running for 8h 0m 0s`,
  }),
  {
    kind: 'boundary',
    name: 'just 6 h, a quarter of an hour ago',
    series: fleet(at, building(at - 900 - 21600)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'a second over 6 h, a quarter of an hour ago',
    series: fleet(at, building(at - 901 - 21600)),
    at,
    expect: runsFor('6h 15m 1s'),
  },
  {
    kind: 'boundary',
    name: 'just twice as long as usual',
    series: fleet(at, took(15_000), building(at - 900 - 30_000)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'a second more than twice as long as usual',
    series: fleet(at, took(15_000), building(at - 901 - 30_000)),
    at,
    expect: runsFor('8h 35m 1s'),
  },
  {
    kind: 'quiet',
    name: 'what took long in one of thirteen days is usual',
    series: fleet(14 * days, took(step(50_000, 4, 900)), building(14 * days - 24 * 3600)),
    at: 14 * days,
    interval: 43_200,
    expect: [],
  },
  {
    kind: 'fires',
    name: 'one of 28 that took long is not usual',
    series: fleet(14 * days, took(step(50_000, 1, 900)), building(14 * days - 24 * 3600)),
    at: 14 * days,
    interval: 43_200,
    expect: runsFor('1d 0h 0m 0s'),
  },
  {
    kind: 'fires',
    name: 'what took long more than 14 days ago does not count',
    series: fleet(20 * days, took(step(50_000, 4, 900)), building(20 * days - 24 * 3600)),
    at: 20 * days,
    interval: 43_200,
    expect: runsFor('1d 0h 0m 0s'),
  },
  {
    kind: 'quiet',
    name: 'the longer of two backup types counts',
    series: fleet(at, took(20_000, { ...i1, backup_type: 'manual' }), building(at - 8 * 3600)),
    at,
    expect: [],
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind still shows a backup that has ended',
    series: fleet(at, building(at - 8 * 3600, { ...i1, pod: 'b' }), building(at - 60, { ...i1, pod: 'a' })),
    at,
    expect: [],
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind shows an older one: the newer word is told',
    series: fleet(at, building(at - 8 * 3600), building(at - 9 * 3600, { ...i1, pod: 'b' })),
    at,
    expect: runsFor('8h 0m 0s'),
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind shows an older one: the newer one is not unusual',
    series: fleet(at, took(15_000), building(at - 8 * 3600), building(at - 9 * 3600, { ...i1, pod: 'b' })),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'the 95th percentile of seven samples lies between the two longest: just below twice that',
    series: fleet(at, took('900+0x5 50000'), building(at - 70_539)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'the 95th percentile of seven samples lies between the two longest: just above twice that',
    series: fleet(at, took('900+0x5 50000'), building(at - 70_541)),
    at,
    expect: runsFor('19h 35m 41s'),
  },
  {
    kind: 'absent',
    name: 'without any completed backup the floor of 6 h holds',
    series: fleet(at, without('last_duration_seconds', i1), building(at - 900 - 21600)),
    at,
    expect: [],
  },
  {
    kind: 'absent',
    name: 'without any completed backup it fires over 6 h',
    series: fleet(at, without('last_duration_seconds', i1), building(at - 901 - 21600)),
    at,
    expect: runsFor('6h 15m 1s'),
  },
];

export const failures: readonly Suite[] = [
  { rule: 'BackupInventoryBackupFailed', cases: once },
  { rule: 'BackupInventoryBackupFailedRepeatedly', cases: repeatedly },
  { rule: 'BackupInventoryBackupStuck', cases: stuck },
];
