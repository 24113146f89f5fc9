// The list of families, in the order of the exposition.

import type { Family, StateView } from '../family.ts';
import { backupFamilies } from './backups.ts';
import { stateCounters, workCounters } from './counters.ts';
import { exporterFamilies, readingFamilies } from './exporter.ts';
import { instanceFamilies } from './instances.ts';
import { projectFamilies, sweepFamilies } from './projects.ts';

/** Gauges from the snapshot: written the same way in both formats, so rendered once. */
export const gauges: readonly Family<StateView>[] = [
  ...projectFamilies,
  ...instanceFamilies,
  ...backupFamilies,
  ...sweepFamilies,
  ...readingFamilies,
];

/** Counters and histograms from the snapshot: their metadata differs between the formats. */
export const counters: readonly Family<StateView>[] = [...stateCounters, ...workCounters];

/** Everything that is made from the snapshot. */
export const stateFamilies: readonly Family<StateView>[] = [...gauges, ...counters];

export { exporterFamilies };
