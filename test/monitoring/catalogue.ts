// Names and labels that PromQL may use: our own catalogue, kube-state-metrics as far as it is read, and what a scrape adds.

import { recordings } from '../../monitoring/alerts/recordings.ts';
import { allFamilies } from '../../src/prometheus/families/index.ts';
import { prefix } from '../../src/prometheus/family.ts';
import { groupingLabelsOf, selectorsOf } from './promql.ts';

/** Name → labels. A histogram is read through its series. */
const known: ReadonlyMap<string, readonly string[]> = new Map([
  ...allFamilies.flatMap(({ name, type, labels }): [string, readonly string[]][] =>
    type === 'histogram'
      ? [
          [`${prefix}${name}_bucket`, [...labels, 'le']],
          [`${prefix}${name}_sum`, labels],
          [`${prefix}${name}_count`, labels],
        ]
      : [[`${prefix}${name}`, labels]],
  ),
  ...recordings.map(({ record }): [string, readonly string[]] => [record, ['project_id']]),
  ['kube_cronjob_next_schedule_time', ['namespace', 'cronjob']],
  ['kube_cronjob_spec_suspend', ['namespace', 'cronjob']],
  ['ALERTS', ['alertname', 'alertstate', 'severity', 'project_id', 'instance_id']],
]);

/** What prom-client and Node tell of the process. */
const process = /^(?:process|nodejs)_\w+$/;
/** Every scraped series has them. */
const scraped = ['job', 'instance'];

/** What is wrong with the names and labels of an expression; empty where nothing is. */
export function unknownIn(expr: string): string[] {
  const faults: string[] = [];
  const labels = new Set(scraped);
  for (const selector of selectorsOf(expr)) {
    const own = known.get(selector.metric) ?? (process.test(selector.metric) ? [] : null);
    if (own === null) faults.push(`no metric ${selector.metric}`);
    for (const label of own ?? []) labels.add(label);
    for (const label of selector.labels) {
      if (own !== null && ![...own, ...scraped].includes(label))
        faults.push(`${selector.metric} has no label ${label}`);
    }
  }
  for (const label of groupingLabelsOf(expr)) if (!labels.has(label)) faults.push(`nothing has the label ${label}`);
  return faults;
}
