// The benchmarks, in the order in which they run.

import { changes } from './changes.ts';
import { growth } from './growth.ts';
import { load } from './load.ts';
import { refresh } from './refresh.ts';
import type { Bench } from './support/report.ts';

export const benches: readonly Bench[] = [load, changes, growth, refresh];
