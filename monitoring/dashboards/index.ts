// The dashboards that are shipped. Files are named for folders that other dashboards share.

import { compliance } from './compliance.ts';
import { exporter } from './exporter.ts';
import { fleet } from './fleet.ts';
import { instanceDashboard } from './instance.ts';

/** Name of the file → JSON. */
export const dashboards: ReadonlyMap<string, string> = new Map([
  ['backup-inventory-fleet.json', fleet],
  ['backup-inventory-instance.json', instanceDashboard],
  ['backup-inventory-exporter.json', exporter],
  ['backup-inventory-compliance.json', compliance],
]);
