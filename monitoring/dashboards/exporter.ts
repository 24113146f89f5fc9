// The exporter itself: does it run, does it read every list to the end, how does the cloud answer, what does it write.

import { alertAnnotation, projectVariable, prometheusVariable, render } from './dashboard.ts';
import {
  anomalies,
  cpu,
  durations,
  lag,
  latency,
  memory,
  outcomes,
  pages,
  perList,
  reading,
  requests,
  retries,
  series,
  throttled,
  written,
} from './exporter-work.ts';
import { noneExpected, quarantine, shareOfLimit, yesNo } from './looks.ts';
import { plain, stat, steps } from './panel.ts';
import { chosenProjects, grownBy, newest, one, over, withProjectName } from './query.ts';
import { metricTable } from './table.ts';

const list = ['project_id', 'scope'];
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
      decimals: 0,
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
