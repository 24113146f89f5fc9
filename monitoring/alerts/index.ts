// The list of the rules that are shipped.

import { pages } from './pages.ts';
import { recordings } from './recordings.ts';
import type { Alert, Recording } from './rule.ts';
import { tickets } from './tickets.ts';

export interface Rules {
  recordings: readonly Recording[];
  alerts: readonly Alert[];
}

export const rules: Rules = { recordings, alerts: [...pages, ...tickets] };
