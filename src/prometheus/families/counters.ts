// Counters: sums over durable rows, so that they survive restarts and short-lived processes and only grow.

import { anomalyKinds, retiredReasons, scopes, sweepReasons } from '../../inventory/model.ts';
import { type CounterValue, foldInto } from '../../inventory/snapshot.ts';
import { apiCodes, operationLabel, retryReasons, throttleReasons } from '../api-labels.ts';
import { type Family, known, type Sample, type StateView } from '../family.ts';
import { durationHistogram } from './histogram.ts';
import { eachInstance, identity } from './instances.ts';

type LabelOf = (value: CounterValue) => string;
const projectId: LabelOf = (value) => value.projectId;

/** The sum of a counter per set of labels; `always` are sets that are shown as 0 before their first event. */
function sums(counter: string, labelsOf: readonly LabelOf[], always: (view: StateView) => Iterable<readonly string[]>) {
  return function* samples(view: StateView): Generator<Sample> {
    const configured = new Set(view.snapshot.projects.map((project) => project.projectId));
    const byLabels = new Map<string, { labels: readonly string[]; value: number }>();
    for (const labels of always(view)) byLabels.set(labels.join('\n'), { labels, value: 0 });
    for (const value of view.snapshot.counters.get(counter) ?? []) {
      if (labelsOf.includes(projectId) && !configured.has(value.projectId)) continue;
      const labels = labelsOf.map((labelOf) => labelOf(value));
      const sum = byLabels.get(labels.join('\n'));
      if (sum === undefined) byLabels.set(labels.join('\n'), { labels, value: value.value });
      else sum.value += value.value;
    }
    yield* byLabels.values();
  };
}

function* eachProjectWith(view: StateView, values: readonly string[]): Generator<readonly string[]> {
  for (const project of view.snapshot.projects) for (const value of values) yield [project.projectId, value];
}

function* eachProject(view: StateView): Generator<readonly string[]> {
  for (const project of view.snapshot.projects) yield [project.projectId];
}

function* eachProjectScope(view: StateView): Generator<readonly string[]> {
  for (const project of view.snapshot.projects)
    for (const scope of scopes) yield [project.projectId, scope, 'certified'];
}

const nothing = () => [];
const stable = { type: 'counter', stability: 'stable', unit: null } as const;
const outcomes = ['certified', ...sweepReasons] as const;

/** State: what happened to instances and projects. */
export const stateCounters: readonly Family<StateView>[] = [
  {
    ...stable,
    name: 'failures_total',
    per: 'instance',
    labels: identity,
    help: 'Distinct backups that were seen failed since the instance was first listed; gone with the instance.',
    samples: eachInstance((labels, instance) => known(labels, instance.failures)),
  },
  {
    ...stable,
    name: 'completions_total',
    per: 'instance',
    labels: identity,
    help: 'Distinct backups that were seen completed since the instance was first listed.',
    samples: eachInstance((labels, instance) => known(labels, instance.completions)),
  },
  {
    ...stable,
    name: 'retired_total',
    per: 'project',
    labels: ['project_id', 'reason'],
    help: 'Backups declared gone from the cloud, by reason; early is the one that should not happen.',
    samples: sums('retired_total', [projectId, (v) => foldInto(retiredReasons, v.label1)], (view) =>
      eachProjectWith(view, retiredReasons),
    ),
  },
];

/** About ourselves: readings, requests, rows. */
export const workCounters: readonly Family<StateView>[] = [
  {
    ...stable,
    name: 'sweeps_total',
    per: 'project',
    labels: ['project_id', 'scope', 'outcome'],
    help: 'Readings of a list by outcome: certified, or the reason why not.',
    samples: sums(
      'sweeps_total',
      [projectId, (v) => foldInto(scopes, v.label1), (v) => foldInto(outcomes, v.label2)],
      eachProjectScope,
    ),
  },
  {
    ...stable,
    name: 'sweep_rescans_total',
    per: 'project',
    labels: ['project_id'],
    help: 'Pages read again to close a gap or to reconcile a count.',
    samples: sums('sweep_rescans_total', [projectId], eachProject),
  },
  {
    ...stable,
    name: 'sweep_duplicates_total',
    per: 'project',
    labels: ['project_id'],
    help: 'Items received more than once in a reading.',
    samples: sums('sweep_duplicates_total', [projectId], eachProject),
  },
  {
    ...stable,
    name: 'sweep_pages_total',
    per: 'project',
    labels: ['project_id'],
    help: 'Pages received.',
    samples: sums('sweep_pages_total', [projectId], eachProject),
  },
  {
    ...stable,
    name: 'api_requests_total',
    per: 'exporter',
    labels: ['operation', 'code'],
    help: 'Requests to the cloud by operation and HTTP status, or by failure where no answer came. Grows when a run stores its work.',
    samples: sums('api_requests_total', [(v) => operationLabel(v.label1), (v) => apiCodes(v.label2)], nothing),
  },
  durationHistogram,
  {
    ...stable,
    name: 'api_retries_total',
    per: 'exporter',
    labels: ['reason'],
    help: 'Requests to the cloud that were sent again, by reason.',
    samples: sums('api_retries_total', [(v) => foldInto(retryReasons, v.label1)], nothing),
  },
  {
    ...stable,
    name: 'api_throttle_wait_seconds_total',
    per: 'exporter',
    unit: 'seconds',
    labels: ['reason'],
    help: 'Time that requests waited: for our own rate limit, or because the cloud throttled.',
    samples: sums('api_throttle_wait_seconds_total', [(v) => foldInto(throttleReasons, v.label1)], () =>
      throttleReasons.map((reason) => [reason]),
    ),
  },
  {
    ...stable,
    name: 'anomalies_total',
    per: 'exporter',
    labels: ['kind'],
    help: 'Rows or fields from the cloud that were not as its API promises, by kind.',
    samples: sums('anomalies_total', [(v) => foldInto(anomalyKinds, v.label1)], () =>
      anomalyKinds.map((kind) => [kind]),
    ),
  },
  {
    ...stable,
    name: 'rows_written_total',
    per: 'exporter',
    labels: ['table', 'action'],
    help: 'Rows of the inventory written, by table and action.',
    samples: sums(
      'rows_written_total',
      [(v) => foldInto(['instance', 'backup'], v.label1), (v) => foldInto(rowActions, v.label2)],
      nothing,
    ),
  },
];

const rowActions = ['insert', 'update'] as const;
