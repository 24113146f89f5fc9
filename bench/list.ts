// The benchmarks, in the order in which they run.

import { changes } from './changes.ts';
import { compliance } from './compliance.ts';
import { curves } from './curves.ts';
import { exporter } from './exporter.ts';
import { growth } from './growth.ts';
import { lists } from './lists.ts';
import { load } from './load.ts';
import { loop } from './loop.ts';
import { memory } from './memory.ts';
import { metrics } from './metrics.ts';
import { peers } from './peers.ts';
import { rate } from './rate.ts';
import { recent } from './recent.ts';
import { refresh } from './refresh.ts';
import { shards } from './shards.ts';
import { start } from './start.ts';
import type { Bench } from './support/report.ts';

export const benches: readonly Bench[] = [
  ...[load, changes, growth, memory, lists, rate, recent],
  ...[metrics, loop, refresh, start, compliance, peers, exporter, curves, shards],
];
