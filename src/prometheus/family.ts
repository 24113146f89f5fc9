// What a metric is here: one entry with its documentation and a pure function from what is known to samples.
// Not how it is written on the wire (exposition.ts, text.ts).

import type { Snapshot } from '../inventory/snapshot.ts';

/** Every name of ours starts with it. */
export const prefix = 'backup_inventory_';

export interface Sample {
  /** Values in the order of the family's labels. */
  labels: readonly string[];
  value: number;
  /** Of a histogram: which of its series, and for buckets the upper bound. */
  part?: { suffix: '_bucket'; le: number } | { suffix: '_sum' | '_count' };
}

export interface Family<Input> {
  /** Without prefix. A counter ends in `_total`. */
  name: string;
  type: 'gauge' | 'counter' | 'histogram';
  /** One sentence; also the reference page's text. */
  help: string;
  labels: readonly string[];
  /** Base unit, the last word of the name (before `_total`); null = a count or a flag. */
  unit: 'seconds' | 'bytes' | null;
  /** stable: name, labels and meaning stay within a major version. */
  stability: 'stable' | 'experimental';
  /** What one set of its series stands for; the series budget counts by it. */
  per: 'instance' | 'project' | 'exporter';
  samples(input: Input): Iterable<Sample>;
}

/** What the state families are made from: the facts, and the instant at which they are judged fresh or not. */
export interface StateView {
  snapshot: Snapshot;
  now: Date;
}

/** A sample where the value is known; a missing value is a missing sample, never 0. */
export function* known(labels: readonly string[], value: number | null | undefined): Generator<Sample> {
  if (value !== null && value !== undefined) yield { labels, value };
}
