// The exporter itself: does it run, does it read every list to the end, how does the cloud answer, what does it write.

import { alertAnnotation, projectVariable, prometheusVariable, render } from './dashboard.ts';
import { noneExpected, quarantine, shareOfLimit, yesNo } from './looks.ts';
import { graph, plain, stat, steps } from './panel.ts';
import { chosenProjects, grownBy, newest, one, over, withProjectName } from './query.ts';
import { metricTable } from './table.ts';

const list = ['project_id', 'scope'];
const step = '$__rate_interval';
/** Only the processes that are exporters; their names are the scraper's. */
const ours = 'and on (job, instance) backup_inventory_build_info';
const schedule = 'max(backup_inventory_schedule_interval_seconds)';

const running = stat({
  title: 'A run is being made',
  description: 'Whether one of the exporters makes a run now.',
  width: 4,
  unit: 'none',
  values: [yesNo],
  targets: [newest('max(backup_inventory_run_in_progress)')],
});

const snapshot = stat({
  title: 'Age of the served facts',
  description: 'How long ago the exporter last read its database. It grows while the database cannot be reached.',
  width: 4,
  unit: 's',
  steps: plain,
  trend: true,
  targets: [over('time() - min(backup_inventory_snapshot_timestamp_seconds)', 'age')],
});

const attempts = stat({
  title: 'Last attempt, share of the schedule',
  description:
    'How long ago the newest run began, compared with the time between two runs. Far above 100 %: runs do not start.',
  width: 4,
  unit: 'percentunit',
  steps: steps([1.5, 'orange'], [2, 'red']),
  targets: [newest(`(time() - max(backup_inventory_sweep_last_attempt_timestamp_seconds)) / ${schedule}`)],
});

const skew = stat({
  title: 'Clock, ahead of the cloud',
  description: 'At 15 minutes the cloud refuses signed requests.',
  width: 4,
  unit: 's',
  decimals: 1,
  steps: [
    { value: null, color: 'red' },
    { value: -300, color: 'green' },
    { value: 300, color: 'red' },
  ],
  targets: [newest('max(backup_inventory_clock_skew_seconds)')],
});

const credential = stat({
  title: 'Token, time left',
  description:
    'Until the credentials of the newest run expire; a run renews them. Empty where they do not expire, as access keys.',
  width: 4,
  unit: 's',
  empty: 'does not expire',
  steps: [
    { value: null, color: 'red' },
    { value: 0, color: 'green' },
  ],
  targets: [newest('max(backup_inventory_credential_expiry_timestamp_seconds) - time()')],
});

const anomaliesNow = stat({
  title: 'Anomalies in the range',
  description:
    'Rows or fields that were not as the API promises. The runbook of BackupInventorySchemaAnomaly says what to do.',
  width: 4,
  unit: 'none',
  decimals: 0,
  steps: noneExpected,
  targets: [newest(`sum(${grownBy('anomalies_total', ['kind'], '$__range')})`)],
});

const build = metricTable({
  title: 'Exporters',
  description: 'What runs where, and how many series it serves.',
  width: 24,
  labels: [
    { label: 'job', title: 'Job' },
    { label: 'instance', title: 'Target' },
    { label: 'version', title: 'Version' },
    { label: 'revision', title: 'Revision' },
    { label: 'node_version', title: 'Node' },
    { label: 'schema_version', title: 'Schema' },
  ],
  columns: [
    {
      title: 'Series',
      unit: 'none',
      expr: 'sum by (job, instance, version, revision, node_version, schema_version) (backup_inventory_build_info * on (job, instance) group_left () backup_inventory_series)',
    },
  ],
});

const perList = (metric: string) => withProjectName(one(metric, list, chosenProjects));
const lists = metricTable({
  title: 'Lists',
  description:
    'Every list of every project: when it was last complete and last tried, and whether what came is what was told. A list whose newest complete reading missed too much is in quarantine: nothing of it is declared gone.',
  width: 24,
  labels: [
    { label: 'project_name', title: 'Project' },
    { label: 'scope', title: 'List' },
    { label: 'project_id', title: 'Project id', hidden: true },
  ],
  columns: [
    {
      title: 'Share of the limit',
      unit: 'percentunit',
      steps: shareOfLimit,
      expr: withProjectName(
        `(time() - ${one('sweep_last_certified_timestamp_seconds', list, chosenProjects)}) / on () group_left () max(backup_inventory_freshness_limit_seconds)`,
      ),
    },
    {
      title: 'Complete, age',
      unit: 's',
      expr: withProjectName(`time() - ${one('sweep_last_certified_timestamp_seconds', list, chosenProjects)}`),
    },
    {
      title: 'Tried, age',
      unit: 's',
      expr: withProjectName(`time() - ${one('sweep_last_attempt_timestamp_seconds', list, chosenProjects)}`),
    },
    { title: 'Told', unit: 'none', expr: perList('sweep_reported_backups') },
    { title: 'Received', unit: 'none', expr: perList('sweep_distinct_backups') },
    { title: 'Took', unit: 's', expr: perList('sweep_last_duration_seconds') },
    { title: 'Quarantined', values: [quarantine], expr: perList('quarantined') },
  ],
});

const outcomes = graph({
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

const durations = graph({
  title: 'Duration of the newest reading',
  description: 'How long reading the whole list took.',
  width: 8,
  unit: 's',
  targets: [over(perList('sweep_last_duration_seconds'), '{{project_name}} {{scope}}')],
});

const pages = graph({
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

const requests = graph({
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

const latency = graph({
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

const throttled = graph({
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

const retries = graph({
  title: 'Requests sent again, by reason',
  description: 'Few are normal. Many of one reason: look at its error in the log.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [over(grownBy('api_retries_total', ['reason'], step), '{{reason}}')],
});

const anomalies = graph({
  title: 'Anomalies, by kind',
  description: 'Rows or fields from the cloud that were not as its API promises.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [over(grownBy('anomalies_total', ['kind'], step), '{{kind}}')],
});

const written = graph({
  title: 'Rows written',
  description: 'Rows of the inventory written within each step. A run that finds no change writes none.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1m',
  targets: [over(grownBy('rows_written_total', ['table', 'action'], step), '{{table}} {{action}}')],
});

const reading = graph({
  title: 'Reading the facts',
  description: 'How long the exporter took to read the facts of its snapshot from the database.',
  width: 8,
  unit: 's',
  targets: [over('max by (job, instance) (backup_inventory_snapshot_duration_seconds)', '{{instance}}')],
});

const series = graph({
  title: 'Series served',
  description: 'At most 40 per instance and 60 per project.',
  width: 8,
  unit: 'none',
  targets: [over('max by (job, instance) (backup_inventory_series)', '{{instance}}')],
});

const memory = graph({
  title: 'Memory',
  description: 'Resident memory of the exporters.',
  width: 8,
  unit: 'bytes',
  targets: [over(`process_resident_memory_bytes ${ours}`, '{{instance}}')],
});

const cpu = graph({
  title: 'Processor',
  description: 'Seconds of processor time per second.',
  width: 8,
  unit: 'percentunit',
  targets: [over(`rate(process_cpu_seconds_total[${step}]) ${ours}`, '{{instance}}')],
});

const lag = graph({
  title: 'Event loop lag, 99th percentile',
  description: 'How long the process was too busy to answer.',
  width: 8,
  unit: 's',
  targets: [over(`nodejs_eventloop_lag_p99_seconds ${ours}`, '{{instance}}')],
});

export const exporter = render({
  uid: 'backup-inventory-exporter',
  title: 'Backup inventory: exporter',
  description: 'Does the exporter run, does it read every list to the end, and how does the cloud answer?',
  from: 'now-24h',
  prepare: (builder) => {
    builder.withVariable(prometheusVariable()).withVariable(projectVariable());
    builder.annotation(alertAnnotation('project_id=~"$project|",instance_id=""'));
  },
  sections: [
    { height: 4, panels: [running, snapshot, attempts, skew, credential, anomaliesNow] },
    { height: 5, panels: [build] },
    { title: 'Lists', height: 9, panels: [lists] },
    { height: 8, panels: [outcomes, durations, pages] },
    { title: 'The API of the cloud', height: 9, panels: [requests, latency] },
    { height: 8, panels: [throttled, retries, anomalies] },
    { title: 'Database', height: 8, panels: [written, reading, series] },
    { title: 'Process', height: 8, panels: [memory, cpu, lag] },
  ],
});
