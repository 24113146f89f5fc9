// Families about a configured project: who it is, how its lists were read, what the controls say.

import type { ControlCount, ProjectState, ScopeState } from '../../inventory/snapshot.ts';
import { type Family, known, type Sample, type StateView } from '../family.ts';
import { expiredVerdicts } from './instances.ts';

const ofProjects = { type: 'gauge', stability: 'stable', per: 'project' } as const;

function eachProject(each: (labels: readonly string[], project: ProjectState) => Iterable<Sample>) {
  return function* samples({ snapshot }: StateView): Generator<Sample> {
    for (const project of snapshot.projects) yield* each([project.projectId], project);
  };
}

function eachScope(value: (scope: ScopeState) => number | null) {
  return eachProject(function* (labels, { scopes }) {
    for (const scope of scopes) yield* known([...labels, scope.scope], value(scope));
  });
}

export const projectFamilies: readonly Family<StateView>[] = [
  {
    ...ofProjects,
    name: 'project_info',
    unit: null,
    labels: ['project_id', 'project_name', 'region_id'],
    help: 'A configured project, for joins; always 1, also while the project cannot be reached.',
    samples: eachProject(function* (labels, { name, region }) {
      yield { labels: [...labels, name, region], value: 1 };
    }),
  },
  {
    ...ofProjects,
    name: 'orphan_backups',
    unit: null,
    labels: ['project_id'],
    help: 'Backups listed now whose instance is not live; they make no series of an instance. Absent until a list of instances was certified.',
    samples: eachProject((labels, { orphans }) => known(labels, orphans?.backups)),
  },
  {
    ...ofProjects,
    name: 'orphan_stored_bytes',
    unit: 'bytes',
    labels: ['project_id'],
    help: 'Sum of the known sizes of these backups.',
    samples: eachProject((labels, { orphans }) => known(labels, orphans?.sizeBytes)),
  },
  {
    ...ofProjects,
    name: 'control_instances',
    unit: null,
    labels: ['project_id', 'control', 'verdict'],
    help: 'Instances per control and verdict. All are UNKNOWN while the data is too old for a verdict. Of COMPLIANT, EXEMPT and NOT_APPLICABLE only what occurs.',
    *samples({ snapshot, now }) {
      const expired = expiredVerdicts(snapshot.projects, now);
      for (const project of snapshot.projects) yield* controlSamples(project, !expired.has(project.projectId));
    },
  },
];

function* controlSamples({ projectId, controls }: ProjectState, holds: boolean): Generator<Sample> {
  for (const [control, counts] of Map.groupBy(controls, (count) => count.control)) {
    const all = counts.reduce((sum, count) => sum + count.instances, 0);
    const shown: Pick<ControlCount, 'verdict' | 'instances'>[] = holds
      ? counts.filter((count) => count.instances > 0)
      : [{ verdict: 'UNKNOWN', instances: all }];
    for (const verdict of ['NON_COMPLIANT', 'UNKNOWN'] as const) {
      if (!shown.some((count) => count.verdict === verdict)) shown.push({ verdict, instances: 0 });
    }
    for (const { verdict, instances } of shown) yield { labels: [projectId, control, verdict], value: instances };
  }
}

const ofScopes = { ...ofProjects, labels: ['project_id', 'scope'] } as const;

/** About our own readings, but per project. */
export const sweepFamilies: readonly Family<StateView>[] = [
  {
    ...ofScopes,
    name: 'sweep_last_attempt_timestamp_seconds',
    unit: 'seconds',
    help: 'When the newest reading of the list began, whatever came of it. Absent where it was never read.',
    samples: eachScope((scope) => scope.lastAttempt),
  },
  {
    ...ofScopes,
    name: 'sweep_last_certified_timestamp_seconds',
    unit: 'seconds',
    help: 'When the newest certified reading of the list began: the copy is complete as of then. Absent where there is none.',
    samples: eachScope((scope) => scope.lastCertified),
  },
  {
    ...ofScopes,
    name: 'sweep_reported_backups',
    unit: null,
    help: 'Items that the newest reading of the whole list was told by the cloud (instances, in the scope instances).',
    samples: eachScope((scope) => scope.reportedItems),
  },
  {
    ...ofScopes,
    name: 'sweep_distinct_backups',
    unit: null,
    help: 'Distinct items that the newest reading of the whole list received.',
    samples: eachScope((scope) => scope.distinctItems),
  },
  {
    ...ofScopes,
    name: 'sweep_last_duration_seconds',
    unit: 'seconds',
    help: 'How long the newest reading of the whole list took.',
    samples: eachScope((scope) => scope.durationSeconds),
  },
  {
    ...ofScopes,
    name: 'quarantined',
    unit: null,
    help: '1 where the newest certified reading missed so much that nothing was retired and an operator must look.',
    samples: eachScope((scope) => Number(scope.quarantined)),
  },
];
