// The list of families, in the order of the exposition.

import type { Family, StateView } from '../family.ts';
import { backupFamilies } from './backups.ts';
import { stateCounters, workCounters } from './counters.ts';
import { exporterFamilies, readingFamilies } from './exporter.ts';
import { instanceFamilies } from './instances.ts';
import { projectFamilies, sweepFamilies } from './projects.ts';

/** What the inventory says of projects and instances; the series budget counts these. */
export const stateFamilies: readonly Family<StateView>[] = [
  ...projectFamilies,
  ...instanceFamilies,
  ...backupFamilies,
  ...stateCounters,
];

/** What our own readings say of themselves. */
export const workFamilies: readonly Family<StateView>[] = [...sweepFamilies, ...readingFamilies, ...workCounters];

const fromSnapshot = [...stateFamilies, ...workFamilies];

/** Written the same way in both formats, so rendered once. */
export const gauges = fromSnapshot.filter((family) => family.type === 'gauge');

/** Counters and histograms: their metadata differs between the formats. */
export const counters = fromSnapshot.filter((family) => family.type !== 'gauge');

/** Without what makes samples: all there is to say about each. */
export const allFamilies: readonly Omit<Family<never>, 'samples'>[] = [...fromSnapshot, ...exporterFamilies];

export { exporterFamilies };
