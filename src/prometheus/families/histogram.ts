// The histogram of request durations, kept in the database as one durable sum per bucket.

import type { CounterValue } from '../../inventory/snapshot.ts';
import { operationLabel } from '../api-labels.ts';
import type { Family, Sample, StateView } from '../family.ts';

/** Upper bounds in seconds; a page takes 0.1 to 1 s, the request timeout is 30 s by default. */
export const durationBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, Number.POSITIVE_INFINITY] as const;

/** Names of the durable sums; buckets are stored by themselves, not cumulated. */
export const durationCounters = {
  bucket: 'api_request_duration_seconds_bucket',
  sum: 'api_request_duration_seconds_sum',
} as const;

export const durationHistogram: Family<StateView> = {
  name: 'api_request_duration_seconds',
  type: 'histogram',
  unit: 'seconds',
  stability: 'stable',
  per: 'exporter',
  labels: ['operation'],
  help: 'Duration of requests to the cloud, from sending to the end of the answer.',
  *samples({ snapshot }) {
    const operations = new Map<string, { buckets: number[]; sum: number }>();
    const of = (value: CounterValue) => {
      const operation = operationLabel(value.label1);
      const known = operations.get(operation) ?? { buckets: durationBounds.map(() => 0), sum: 0 };
      operations.set(operation, known);
      return known;
    };
    for (const value of snapshot.counters.get(durationCounters.sum) ?? []) of(value).sum += value.value;
    for (const value of snapshot.counters.get(durationCounters.bucket) ?? []) {
      // A bound of an older version counts in the next greater one of today.
      const upper = value.label2 === '+Inf' ? Number.POSITIVE_INFINITY : Number(value.label2);
      const index = durationBounds.findIndex((bound) => upper <= bound);
      const { buckets } = of(value);
      if (index >= 0) buckets[index] = (buckets[index] ?? 0) + value.value;
    }
    for (const [operation, { buckets, sum }] of operations) yield* samplesOf([operation], buckets, sum);
  },
};

function* samplesOf(labels: readonly string[], buckets: readonly number[], sum: number): Generator<Sample> {
  let count = 0;
  for (const [index, le] of durationBounds.entries()) {
    count += buckets[index] ?? 0;
    yield { labels, value: count, part: { suffix: '_bucket', le } };
  }
  yield { labels, value: sum, part: { suffix: '_sum' } };
  yield { labels, value: count, part: { suffix: '_count' } };
}
