// BackupInventoryInstanceUnprotected.

import { fleet, rpo, set, step, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault as at, i1, verdictCases } from './verdict.ts';

const auto = { ...i1, backup_type: 'auto' };
const success = (value: number, labels: Record<string, string> = auto) =>
  set('last_success_timestamp_seconds', labels, value);
const none = [set('available', i1, 0), without('last_success_timestamp_seconds', i1)];
const created = (value: number, labels: Record<string, string> = i1) =>
  set('instance_created_timestamp_seconds', labels, value);
const state = (name: string, values: number | string) =>
  set('instance_protection_state', { ...i1, state: name }, values);
const noneThatCounts = [{ labels: i1, summary: 'orders in project prod has no completed backup that counts' }];
const nothingAtAll = [{ labels: i1, summary: 'orders in project prod has no completed backup at all' }];

const unprotected: Case[] = [
  ...verdictCases({
    changes: none,
    summary: (instance, project) => `${instance} in project ${project} has no completed backup at all`,
  }),
  {
    kind: 'boundary',
    name: 'just as old as the objective, fifteen minutes ago: it still has its grace',
    series: fleet(at, ...none, created(at - 900 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'a second older than the objective, fifteen minutes ago',
    series: fleet(at, ...none, created(at - 901 - rpo)),
    at,
    expect: nothingAtAll,
  },
  {
    kind: 'absent',
    name: 'without a time of creation there is no grace',
    series: fleet(at, ...none, without('instance_created_timestamp_seconds')),
    at,
    expect: nothingAtAll,
  },
  {
    kind: 'absent',
    name: 'without an objective there is no grace',
    series: fleet(at, ...none, created(at - 3600), without('objective_rpo_seconds')),
    at,
    expect: nothingAtAll,
  },
  {
    kind: 'fires',
    name: 'backups are there and none counts: SQL says unprotected',
    series: fleet(at, state('unprotected', 1)),
    at,
    expect: noneThatCounts,
  },
  {
    kind: 'boundary',
    name: 'unprotected by SQL since a quarter of an hour',
    series: fleet(at, state('unprotected', step(0, 3, 1))),
    at,
    expect: noneThatCounts,
  },
  {
    kind: 'boundary',
    name: 'unprotected by SQL since ten minutes: the verdict may lag behind the backup',
    series: fleet(at, state('unprotected', step(0, 4, 1))),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'unknown to SQL is not unprotected',
    series: fleet(at, state('unknown', 1)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'the newest backup is too old: that is for another alert',
    series: fleet(at, state('unprotected', 1), success(at - 1 - rpo)),
    at,
    expect: [],
  },
  {
    kind: 'boundary',
    name: 'the newest backup is just not too old, and does not count',
    series: fleet(at, state('unprotected', 1), success(at - rpo)),
    at,
    expect: noneThatCounts,
  },
  {
    kind: 'stale',
    name: 'a replica that lags behind shows an older backup',
    series: fleet(at, state('unprotected', 1), success(at - 2 * rpo, { ...auto, pod: 'b' })),
    at,
    expect: noneThatCounts,
  },
  {
    kind: 'stale',
    name: 'the larger objective holds for the newest backup while replicas differ',
    series: fleet(
      at,
      state('unprotected', 1),
      success(at - rpo - 1000),
      set('objective_rpo_seconds', { ...i1, pod: 'a' }, 2 * rpo),
    ),
    at,
    expect: noneThatCounts,
  },
  {
    kind: 'stale',
    name: 'one replica has not judged yet',
    series: fleet(at, set('instance_protection_state', { ...i1, state: 'unprotected', pod: 'a' }, 1)),
    at,
    expect: noneThatCounts,
  },
  {
    kind: 'stale',
    name: 'one replica knows of a backup',
    series: fleet(at, set('available', { ...i1, pod: 'a' }, 0)),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'the later time of creation and the larger objective hold while replicas differ',
    series: fleet(at, ...none, created(at - 27 * 3600), created(at - 3600, { ...i1, pod: 'a' })),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'the larger objective holds while replicas differ',
    series: fleet(at, ...none, created(at - 27 * 3600), set('objective_rpo_seconds', { ...i1, pod: 'b' }, 2 * rpo)),
    at,
    expect: [],
  },
];

export const protection: readonly Suite[] = [{ rule: 'BackupInventoryInstanceUnprotected', cases: unprotected }];
