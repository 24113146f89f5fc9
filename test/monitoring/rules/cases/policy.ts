// BackupInventoryPolicyDisabled, BackupInventoryRetentionShort and BackupInventorySizeAnomaly.

import { fleet, freshness, retention, set, step, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault as at, i1, verdictCases } from './verdict.ts';

const enabled = (values: number | string, labels: Record<string, string> = i1) => set('policy_enabled', labels, values);
const off = [{ labels: i1, summary: 'Automated backups of orders in project prod are switched off' }];

const disabled: Case[] = [
  ...verdictCases({
    control: 'BK-02',
    changes: [enabled(0)],
    summary: (instance, project) => `Automated backups of ${instance} in project ${project} are switched off`,
  }),
  {
    kind: 'boundary',
    name: 'off since a quarter of an hour',
    series: fleet(at, enabled(step(1, 3, 0))),
    at,
    expect: off,
  },
  { kind: 'boundary', name: 'off since ten minutes', series: fleet(at, enabled(step(1, 4, 0))), at, expect: [] },
  {
    kind: 'stale',
    name: 'one replica knows it on',
    series: fleet(at, enabled(0, { ...i1, pod: 'b' })),
    at,
    expect: [],
  },
  { kind: 'absent', name: 'the policy is not known', series: fleet(at, without('policy_enabled')), at, expect: [] },
];

const kept = (value: number | string, labels: Record<string, string> = i1) =>
  set('policy_retention_seconds', labels, value);
const required = (value: number, labels: Record<string, string> = i1) =>
  set('objective_retention_seconds', labels, value);
const keptFor = (duration: string, instance = 'orders', project = 'prod') =>
  `Backups of ${instance} in project ${project} are kept for ${duration}, required are 7d 0h 0m 0s`;

const short: Case[] = [
  ...verdictCases({
    control: 'BK-03',
    changes: [kept(3 * 86400)],
    summary: (instance, project) => keptFor('3d 0h 0m 0s', instance, project),
  }),
  { kind: 'boundary', name: 'kept just as long as required', series: fleet(at, kept(retention)), at, expect: [] },
  {
    kind: 'boundary',
    name: 'kept a second less than required',
    series: fleet(at, kept(retention - 1)),
    at,
    expect: [{ labels: i1, summary: keptFor('6d 23h 59m 59s') }],
  },
  {
    kind: 'boundary',
    name: 'short since a quarter of an hour',
    series: fleet(at, kept(step(retention, 3, 3 * 86400))),
    at,
    expect: [{ labels: i1, summary: keptFor('3d 0h 0m 0s') }],
  },
  {
    kind: 'boundary',
    name: 'short since ten minutes',
    series: fleet(at, kept(step(retention, 4, 3 * 86400))),
    at,
    expect: [],
  },
  {
    kind: 'quiet',
    name: 'a policy that is off has its own alert',
    series: fleet(at, kept(0), enabled(0)),
    at,
    expect: [],
  },
  {
    kind: 'fires',
    name: 'the policy of another instance is off',
    series: fleet(at, kept(3 * 86400), enabled(0, { instance_id: 'i2' }), enabled(0, { instance_id: 'i3' })),
    at,
    expect: [{ labels: i1, summary: keptFor('3d 0h 0m 0s') }],
  },
  {
    kind: 'fires',
    name: 'not known whether the policy is on',
    series: fleet(at, kept(3 * 86400), without('policy_enabled')),
    at,
    expect: [{ labels: i1, summary: keptFor('3d 0h 0m 0s') }],
  },
  {
    kind: 'stale',
    name: 'one replica does not know of the change yet',
    series: fleet(at, kept(3 * 86400, { ...i1, pod: 'b' })),
    at,
    expect: [],
  },
  {
    kind: 'stale',
    name: 'one replica still knows the policy on',
    series: fleet(at, kept(3 * 86400), enabled(0, { ...i1, pod: 'a' })),
    at,
    expect: [{ labels: i1, summary: keptFor('3d 0h 0m 0s') }],
  },
  {
    kind: 'stale',
    name: 'the larger requirement holds while replicas differ',
    series: fleet(at, kept(retention - 1), required(retention - 2, { ...i1, pod: 'a' })),
    at,
    expect: [{ labels: i1, summary: keptFor('6d 23h 59m 59s') }],
  },
  {
    kind: 'absent',
    name: 'nothing is required',
    series: fleet(at, kept(1), without('objective_retention_seconds')),
    at,
    expect: [],
  },
  {
    kind: 'absent',
    name: 'the policy is not known',
    series: fleet(at, without('policy_retention_seconds')),
    at,
    expect: [],
  },
];

const p1 = { project_id: 'p1' };
const odd = (values: number | string, labels: Record<string, string> = {}) =>
  set('control_instances', { ...p1, control: 'BK-08', verdict: 'NON_COMPLIANT', ...labels }, values);
const unusual = (project = 'prod', count = 2) => [
  { labels: p1, summary: `Instances in project ${project} whose newest backup has an unusual size: ${count}` },
];

const size: Case[] = [
  { kind: 'quiet', name: 'a healthy fleet', series: fleet(at), at, expect: [] },
  { kind: 'fires', name: 'names the project', series: fleet(at, odd(2)), at, expect: unusual() },
  {
    kind: 'absent',
    name: 'without a name it fires with the id',
    series: fleet(at, odd(2), without('project_info')),
    at,
    expect: unusual('p1'),
  },
  {
    kind: 'boundary',
    name: 'one instance since a quarter of an hour',
    series: fleet(at, odd(step(0, 3, 1))),
    at,
    expect: unusual('prod', 1),
  },
  { kind: 'boundary', name: 'one instance since ten minutes', series: fleet(at, odd(step(0, 4, 1))), at, expect: [] },
  {
    kind: 'stale',
    name: 'one replica does not know yet',
    series: fleet(at, odd(2), odd(0, { pod: 'a' })),
    at,
    expect: unusual(),
  },
  {
    kind: 'stale',
    name: 'muted while the inventory of the project is too old',
    series: fleet(at, odd(2), set('sweep_last_certified_timestamp_seconds', p1, -freshness - 1)),
    at,
    expect: [],
  },
  {
    kind: 'stale',
    name: 'the inventory of another project is too old',
    series: fleet(at, odd(2), set('sweep_last_certified_timestamp_seconds', { project_id: 'p2' }, -freshness - 1)),
    at,
    expect: unusual(),
  },
  {
    kind: 'absent',
    name: 'the control is not counted',
    series: fleet(at, without('control_instances')),
    at,
    expect: [],
  },
];

export const policy: readonly Suite[] = [
  { rule: 'BackupInventoryPolicyDisabled', cases: disabled },
  { rule: 'BackupInventoryRetentionShort', cases: short },
  { rule: 'BackupInventorySizeAnomaly', cases: size },
];
