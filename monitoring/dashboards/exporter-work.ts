// The graphs of the exporter dashboard: readings, requests, waits, writes, and the process.

import { graph } from './panel.ts';
import { chosenProjects, grownBy, one, over, withProjectName } from './query.ts';

const list = ['project_id', 'scope'];
const step = '$__rate_interval';
/** Only the processes that are exporters; their names are the scraper's. */
const ours = 'and on (job, instance) backup_inventory_build_info';

/** A fact of each list, with the name of its project. */
export const perList = (metric: string) => withProjectName(one(metric, list, chosenProjects));

export const outcomes = graph({
  title: 'Readings, by outcome',
  description: 'Lists that were read within each step: certified, or the reason why not.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  colors: { certified: 'green' },
  targets: [
    over(`sum by (outcome) (${grownBy('sweeps_total', [...list, 'outcome'], step, chosenProjects)})`, '{{outcome}}'),
  ],
});

export const durations = graph({
  title: 'Duration of the newest reading',
  description: 'How long reading the whole list took.',
  width: 8,
  unit: 's',
  targets: [over(perList('sweep_last_duration_seconds'), '{{project_name}} {{scope}}')],
});

export const pages = graph({
  title: 'Pages and repairs',
  description:
    'Pages received, pages read again to close a gap, and items received twice: lists that move under the reader.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [
    over(`sum(${grownBy('sweep_pages_total', ['project_id'], step, chosenProjects)})`, 'pages'),
    over(`sum(${grownBy('sweep_rescans_total', ['project_id'], step, chosenProjects)})`, 'read again'),
    over(`sum(${grownBy('sweep_duplicates_total', ['project_id'], step, chosenProjects)})`, 'duplicates'),
  ],
});

export const requests = graph({
  title: 'Requests, by answer',
  description:
    'Requests to the cloud by HTTP status, or by failure where no answer came. They count when a run stores its work.',
  width: 12,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  legend: 'table',
  targets: [
    over(
      `sum by (operation, code) (${grownBy('api_requests_total', ['operation', 'code'], step)})`,
      '{{operation}} {{code}}',
    ),
  ],
});

export const latency = graph({
  title: 'Duration of requests, 95th percentile',
  description: 'Of the requests within the range up to each moment, by operation.',
  width: 12,
  unit: 's',
  legend: 'table',
  targets: [
    over(
      `histogram_quantile(0.95, ${grownBy('api_request_duration_seconds_bucket', ['operation', 'le'], '$__range')})`,
      '{{operation}}',
    ),
  ],
});

export const throttled = graph({
  title: 'Time that requests waited',
  description:
    'Waits for our own rate limit, and because the cloud throttled. Much of the latter: lower requestsPerSecond.',
  width: 8,
  unit: 's',
  look: 'counts',
  interval: '1m',
  colors: { throttled: 'red' },
  targets: [over(`${grownBy('api_throttle_wait_seconds_total', ['reason'], step)}`, '{{reason}}')],
});

export const retries = graph({
  title: 'Requests sent again, by reason',
  description: 'Few are normal. Many of one reason: look at its error in the log.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [over(grownBy('api_retries_total', ['reason'], step), '{{reason}}')],
});

export const anomalies = graph({
  title: 'Anomalies, by kind',
  description: 'Rows or fields from the cloud that were not as its API promises.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [over(grownBy('anomalies_total', ['kind'], step), '{{kind}}')],
});

export const written = graph({
  title: 'Rows written',
  description: 'Rows of the inventory written within each step. A run that finds no change writes none.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [over(grownBy('rows_written_total', ['table', 'action'], step), '{{table}} {{action}}')],
});

export const reading = graph({
  title: 'Reading the facts',
  description: 'How long the exporter took to read the facts of its snapshot from the database.',
  width: 8,
  unit: 's',
  targets: [over('max by (job, instance) (backup_inventory_snapshot_duration_seconds)', '{{instance}}')],
});

export const series = graph({
  title: 'Series served',
  description: 'At most 40 per instance and 60 per project.',
  width: 8,
  unit: 'none',
  targets: [over('max by (job, instance) (backup_inventory_series)', '{{instance}}')],
});

export const memory = graph({
  title: 'Memory',
  description: 'Resident memory of the exporters.',
  width: 8,
  unit: 'bytes',
  targets: [over(`process_resident_memory_bytes ${ours}`, '{{instance}}')],
});

export const cpu = graph({
  title: 'Processor',
  description: 'Seconds of processor time per second.',
  width: 8,
  unit: 'percentunit',
  targets: [over(`rate(process_cpu_seconds_total[${step}]) ${ours}`, '{{instance}}')],
});

export const lag = graph({
  title: 'Event loop lag, 99th percentile',
  description: 'How long the process was too busy to answer.',
  width: 8,
  unit: 's',
  targets: [over(`nodejs_eventloop_lag_p99_seconds ${ours}`, '{{instance}}')],
});
