// The benchmarks, in the order in which they run.

import { load } from './load.ts';
import type { Bench } from './support/report.ts';

export const benches: readonly Bench[] = [load];
