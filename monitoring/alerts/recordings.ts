// Series recorded for the alerts, in the order in which they must be evaluated: before them.

import { freshnessLimit, indent, lines, neverComplete, perScope, staleProjects, verdictScopes } from './promql.ts';
import type { Recording } from './rule.ts';

export const recordings: readonly Recording[] = [
  {
    record: staleProjects,
    expr: () =>
      lines(
        'group by (project_id) (',
        `  time() - ${perScope(`sweep_last_certified_timestamp_seconds${verdictScopes}`)}`,
        `    > on () group_left () ${freshnessLimit}`,
        ')',
        'or',
        'group by (project_id) (',
        indent(neverComplete(verdictScopes)),
        ')',
      ),
  },
];
