// BackupInventoryRpoBreached.

import { fleet, rpo, schedule, set, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault as at, i1, verdictCases } from './verdict.ts';

const auto = { ...i1, backup_type: 'auto' };
const success = (value: number, labels: Record<string, string> = auto) =>
  set('last_success_timestamp_seconds', labels, value);
const looked = (value: number, labels: Record<string, string> = {}) =>
  set('sweep_last_certified_timestamp_seconds', { project_id: 'p1', scope: 'instance_backups', ...labels }, value);
const old = (age: string, instance = 'orders', project = 'prod') => [
  {
    labels: i1,
    summary: `The newest good backup of ${instance} in project ${project} is ${age} old, allowed are 1d 2h 0m 0s`,
  },
];

const breached: Case[] = [
  ...verdictCases({
    changes: [success(at - 27 * 3600)],
    summary: (instance, project) => old('1d 3h 0m 0s', instance, project)[0]?.summary ?? '',
  }),
  {
    kind: 'quiet',
    name: 'a manual backup counts',
    series: fleet(at, success(at - 27 * 3600), success(at - 3600, { ...i1, backup_type: 'manual' })),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'exactly as old as allowed, five minutes ago',
    series: fleet(at, looked(at), success(at - 300 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'a second older than allowed, five minutes ago',
    series: fleet(at, looked(at), success(at - 301 - rpo)),
    at,
    expect: old('1d 2h 5m 1s'),
  },
  {
    kind: 'boundary',
    name: 'the newest complete list was read at the deadline: a backup in time may be unseen',
    series: fleet(at, looked(at - 1200), success(at - 1200 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'the newest complete list was read a second after the deadline',
    series: fleet(at, looked(at - 1199), success(at - 1200 - rpo)),
    at,
    expect: old('1d 2h 20m 0s'),
  },
  {
    kind: 'boundary',
    name: 'not seen since the deadline, and the next run is just not overdue',
    series: fleet(at, looked(at - 300 - schedule), success(at - 2000 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'not seen since the deadline, and the next run is overdue by a second',
    series: fleet(at, looked(at - 301 - schedule), success(at - 2000 - rpo)),
    at,
    expect: old('1d 2h 33m 20s'),
  },
  {
    kind: 'absent',
    name: 'without a schedule, an hour is the time between two runs',
    series: fleet(at, without('schedule_interval_seconds'), looked(at - 300 - schedule), success(at - 2000 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'absent',
    name: 'without a schedule, a run is overdue after an hour',
    series: fleet(at, without('schedule_interval_seconds'), looked(at - 301 - schedule), success(at - 2000 - rpo)),
    at,
    expect: old('1d 2h 33m 20s'),
  },
  {
    kind: 'quiet',
    name: 'a longer schedule leaves more time until the next run is overdue',
    series: fleet(at, set('schedule_interval_seconds', {}, 7200), looked(at - 7000), success(at - 2000 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind does not alert',
    series: fleet(at, success(at - 27 * 3600, { ...auto, pod: 'b' }), looked(at - 5000, { pod: 'b' })),
    at,
    expect: [],
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind does not hide what the other one knows',
    series: fleet(at, success(at - 3000 - rpo), looked(at - 3200, { pod: 'b' })),
    at,
    expect: old('1d 2h 50m 0s'),
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind does not make the next run overdue',
    series: fleet(at, success(at - 400 - rpo), looked(at - 5000, { pod: 'b' })),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'the larger objective holds while replicas differ',
    series: fleet(
      at,
      success(at - 27 * 3600),
      looked(at - 5000),
      set('objective_rpo_seconds', { ...i1, pod: 'a' }, 2 * rpo),
    ),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'the deadline is that of the larger objective while replicas differ',
    series: fleet(at, success(at - 400 - rpo), set('objective_rpo_seconds', { ...i1, pod: 'a' }, rpo - 3600)),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'the longer schedule of two leaves more time until the next run is overdue',
    series: fleet(
      at,
      set('schedule_interval_seconds', { pod: 'b' }, 7200),
      looked(at - 7000),
      success(at - 2000 - rpo),
    ),
    at,
    expect: [],
  },
  {
    kind: 'absent',
    name: 'nothing is required of the instance',
    series: fleet(at, success(at - 27 * 3600), without('objective_rpo_seconds', i1)),
    at,
    expect: [],
  },
  {
    kind: 'absent',
    name: 'never backed up: that is for another alert',
    series: fleet(at, without('last_success_timestamp_seconds', i1)),
    at,
    expect: [],
  },
];

export const recoveryPoint: readonly Suite[] = [{ rule: 'BackupInventoryRpoBreached', cases: breached }];
