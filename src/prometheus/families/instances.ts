// Families that say what an instance is, how its policy stands and what is required of it.

import { type InstanceState, protectionStates } from '../../inventory/snapshot.ts';
import { type Family, known, type Sample, type StateView } from '../family.ts';

/** Series of an instance are identified by these alone. */
export const identity = ['project_id', 'instance_id'] as const;

const daySeconds = 86_400;

/** The parts that every family about instances shares. */
const ofInstances = { stability: 'stable', per: 'instance' } as const;

/** Samples of every live instance, in order. */
export function eachInstance(each: (labels: readonly string[], instance: InstanceState) => Iterable<Sample>) {
  return function* samples({ snapshot }: StateView): Generator<Sample> {
    for (const instance of snapshot.instances) yield* each([instance.projectId, instance.instanceId], instance);
  };
}

export const instanceFamilies: readonly Family<StateView>[] = [
  {
    ...ofInstances,
    name: 'instance_info',
    type: 'gauge',
    unit: null,
    labels: [...identity, 'instance_name', 'datastore', 'datastore_version', 'mode', 'cloud_service'],
    help: 'Who a live instance is, for joins; always 1. A rename changes this series alone.',
    samples: eachInstance(function* (labels, instance) {
      const { name, datastoreType, datastoreVersion, mode } = instance;
      yield {
        labels: [...labels, name ?? '', datastoreType ?? '', datastoreVersion ?? '', mode ?? '', 'geminidb'],
        value: 1,
      };
    }),
  },
  {
    ...ofInstances,
    name: 'instance_status',
    type: 'gauge',
    unit: null,
    labels: [...identity, 'status'],
    help: 'The status that the cloud lists now; always 1. A status that is new to this program is other.',
    samples: eachInstance(function* (labels, { status }) {
      if (status !== null) yield { labels: [...labels, status], value: 1 };
    }),
  },
  {
    ...ofInstances,
    name: 'instance_created_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: identity,
    help: 'When the instance was created, for the grace of new ones.',
    samples: eachInstance((labels, { createdAt }) => known(labels, createdAt)),
  },
  {
    ...ofInstances,
    name: 'policy_enabled',
    type: 'gauge',
    unit: null,
    labels: identity,
    help: '1 where automated backups are on (kept for at least a day), 0 where they are off; absent where the cloud does not say.',
    samples: eachInstance((labels, { backupKeepDays: days }) => known(labels, days === null ? null : Number(days > 0))),
  },
  {
    ...ofInstances,
    name: 'policy_retention_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: identity,
    help: 'How long the policy keeps automated backups; 0 where it is off; absent where the cloud does not say.',
    samples: eachInstance((labels, { backupKeepDays: days }) =>
      known(labels, days === null ? null : days * daySeconds),
    ),
  },
  {
    ...ofInstances,
    name: 'objective_rpo_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: identity,
    help: 'How old the newest recovery point of the instance may be, as configured.',
    samples: eachInstance((labels, { objective }) => known(labels, objective.rpoSeconds)),
  },
  {
    ...ofInstances,
    name: 'objective_retention_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: identity,
    help: 'How long backups of the instance must be kept, as configured.',
    samples: eachInstance((labels, { objective }) => known(labels, objective.retentionSeconds)),
  },
  {
    ...ofInstances,
    name: 'instance_protection_state',
    type: 'gauge',
    unit: null,
    labels: [...identity, 'state'],
    help: 'The headline: 1 for the state that holds, 0 for the other three. unknown while the data is too old for a verdict.',
    *samples({ snapshot, now }) {
      const expired = expiredVerdicts(snapshot.projects, now);
      for (const { projectId, instanceId, protection } of snapshot.instances) {
        const holds = expired.has(projectId) ? 'unknown' : protection;
        for (const state of protectionStates) {
          yield { labels: [projectId, instanceId, state], value: Number(state === holds) };
        }
      }
    },
  },
];

/** The projects whose verdicts held when the snapshot was read, and no longer do: their facts grew too old since. */
export function expiredVerdicts(projects: StateView['snapshot']['projects'], now: Date): ReadonlySet<string> {
  const nowSeconds = now.getTime() / 1000;
  return new Set(
    projects.filter((p) => p.verdictsUntil !== null && nowSeconds > p.verdictsUntil).map((p) => p.projectId),
  );
}
