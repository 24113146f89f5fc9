// One instance: what holds now and held when, how old, large and long its backups are, what failed.

import { alertAnnotation, instanceVariable, projectVariable, prometheusVariable, render } from './dashboard.ts';
import { backupColors, onOff, shareOfLimit, stateColors, stateWords } from './looks.ts';
import { calendar, graph, plain, stat, steps, timeline } from './panel.ts';
import { chosenInstance, grownBy, newest, one, over, protectionState, withNames } from './query.ts';
import { metricTable } from './table.ts';

const instance = ['project_id', 'instance_id'];
const of = (metric: string) => `max(${one(metric, instance, chosenInstance)})`;
const perType = (metric: string) => one(metric, ['backup_type'], chosenInstance);

const state = stat({
  title: 'State',
  description:
    'The headline: protected, unprotected, unknown (the facts are too old or the instance too new), or exempt.',
  width: 4,
  unit: 'none',
  nameOnly: true,
  colors: stateColors,
  targets: [newest(`max by (state) (backup_inventory_instance_protection_state{${chosenInstance}}) == 1`, '{{state}}')],
});

const used = stat({
  title: 'RPO used',
  description: 'Age of the newest good backup as a share of the recovery point objective. Empty where there is none.',
  width: 4,
  unit: 'percentunit',
  empty: 'no good backup',
  decimals: 0,
  steps: shareOfLimit,
  targets: [newest(`(time() - ${of('last_success_timestamp_seconds')}) / ${of('objective_rpo_seconds')}`)],
});

const failures = stat({
  title: 'Failures in a row',
  description: 'Failed backups that began after the newest completed one.',
  width: 4,
  unit: 'none',
  steps: steps([1, 'orange'], [3, 'red']),
  targets: [newest(of('consecutive_failures'))],
});

const policy = stat({
  title: 'Policy',
  description: 'Whether automated backups are on. Empty where the cloud does not say.',
  width: 4,
  unit: 'none',
  empty: 'not said',
  values: [onOff],
  targets: [newest(of('policy_enabled'))],
});

const retention = stat({
  title: 'Retention of the policy, of what is required',
  description: 'How long the policy keeps automated backups, as a share of the retention objective.',
  width: 4,
  unit: 'percentunit',
  empty: 'not said',
  decimals: 0,
  steps: [
    { value: null, color: 'red' },
    { value: 1, color: 'green' },
  ],
  targets: [newest(`${of('policy_retention_seconds')} / ${of('objective_retention_seconds')}`)],
});

const storedNow = stat({
  title: 'Stored',
  description: 'Sum of the sizes of the completed backups listed now.',
  width: 4,
  unit: 'bytes',
  steps: plain,
  targets: [newest(`sum(${one('stored_bytes', ['backup_type', 'backup_scope'], chosenInstance)})`)],
});

const stateTimeline = timeline({
  title: 'State over time',
  description: 'What the headline was when.',
  width: 24,
  unit: 'none',
  values: [stateWords],
  targets: [over(withNames(protectionState(chosenInstance)), '{{instance_name}}')],
});

const days = calendar({
  title: 'Backups per day',
  description:
    'Backups that were seen completed and failed within each day. The calendar on the compliance dashboard goes back further and shows the day on which they began.',
  width: 24,
  unit: 'none',
  interval: '1d',
  decimals: 0,
  steps: [
    { value: null, color: 'text' },
    { value: 0.5, color: 'green' },
  ],
  targets: [
    over(`max(${grownBy('completions_total', instance, '1d', chosenInstance)})`, 'completed'),
    over(`max(${grownBy('failures_total', instance, '1d', chosenInstance)})`, 'failed'),
  ],
});

const age = graph({
  title: 'Age of the newest good backup',
  description: 'A saw: it falls with every good backup. Above the red line the recovery point objective is breached.',
  width: 12,
  unit: 's',
  colors: { 'allowed (RPO)': 'red' },
  targets: [
    over(`time() - ${perType('last_success_timestamp_seconds')}`, '{{backup_type}}'),
    over(of('objective_rpo_seconds'), 'allowed (RPO)'),
  ],
});

const depth = graph({
  title: 'Depth of history',
  description: 'How far back the oldest completed backup reaches, beside what is required and what the policy keeps.',
  width: 12,
  unit: 's',
  colors: { required: 'red', policy: 'blue' },
  targets: [
    over(`time() - ${perType('oldest_completed_timestamp_seconds')}`, '{{backup_type}}'),
    over(of('objective_retention_seconds'), 'required'),
    over(of('policy_retention_seconds'), 'policy'),
  ],
});

const sizes = graph({
  title: 'Size of the newest backup',
  description: 'A jump or a collapse is worth a look; control BK-08 judges it.',
  width: 8,
  unit: 'bytes',
  targets: [over(perType('last_size_bytes'), '{{backup_type}}')],
});

const stored = graph({
  title: 'Stored, by type and scope',
  description: 'Sum of the sizes of the completed backups listed.',
  width: 8,
  unit: 'bytes',
  look: 'stacked',
  targets: [
    over(one('stored_bytes', ['backup_type', 'backup_scope'], chosenInstance), '{{backup_type}} {{backup_scope}}'),
  ],
});

const listed = graph({
  title: 'Backups listed, by status',
  description: 'All backups that the cloud lists, of any type and scope.',
  width: 8,
  unit: 'none',
  look: 'stacked',
  colors: backupColors,
  targets: [
    over(
      `sum by (status) (${one('backups', ['backup_type', 'backup_scope', 'status'], chosenInstance)})`,
      '{{status}}',
    ),
  ],
});

const durations = graph({
  title: 'Duration of the newest backup',
  description: 'How long the newest completed backup took, and how long the oldest unfinished one has been running.',
  width: 8,
  unit: 's',
  colors: { 'still running': 'orange' },
  targets: [
    over(perType('last_duration_seconds'), '{{backup_type}}'),
    over(`time() - ${of('oldest_building_timestamp_seconds')}`, 'still running'),
  ],
});

const failed = graph({
  title: 'Failed backups',
  description: 'Backups that were seen failed within each step, and the length of the current streak.',
  width: 8,
  unit: 'none',
  colors: { 'in a row': 'orange', failed: 'red' },
  targets: [
    over(of('consecutive_failures'), 'in a row'),
    over(`max(${grownBy('failures_total', instance, '$__rate_interval', chosenInstance)})`, 'failed'),
  ],
});

const lastFailure = stat({
  title: 'Newest failure, age',
  description: 'When the newest failed backup that is still listed began.',
  width: 8,
  unit: 's',
  empty: 'none is listed',
  steps: plain,
  targets: [newest(`time() - ${perType('last_failure_timestamp_seconds')}`, '{{backup_type}}')],
});

const about = metricTable({
  title: 'About the instance',
  description: 'What the cloud lists now.',
  width: 24,
  labels: [
    { label: 'instance_name', title: 'Instance' },
    { label: 'instance_id', title: 'Id' },
    { label: 'project_name', title: 'Project' },
    { label: 'project_id', title: 'Project id' },
    { label: 'datastore', title: 'Engine' },
    { label: 'datastore_version', title: 'Version' },
    { label: 'mode', title: 'Mode' },
    { label: 'status', title: 'Status' },
  ],
  columns: [
    {
      title: 'Age',
      unit: 's',
      expr: withNames(
        [
          `(time() - ${one('instance_created_timestamp_seconds', instance, chosenInstance)})`,
          `* on (project_id, instance_id) group_left (datastore, datastore_version, mode) topk by (project_id, instance_id) (1, ${one('instance_info', [...instance, 'datastore', 'datastore_version', 'mode'], chosenInstance)})`,
          `* on (project_id, instance_id) group_left (status) topk by (project_id, instance_id) (1, ${one('instance_status', [...instance, 'status'], chosenInstance)})`,
        ].join('\n'),
      ),
    },
  ],
});

export const instanceDashboard = render({
  uid: 'backup-inventory-instance',
  title: 'Backup inventory: instance',
  description: 'One instance: is it protected, since when, and how are its backups?',
  from: 'now-14d',
  prepare: (builder) => {
    builder.withVariable(prometheusVariable()).withVariable(projectVariable()).withVariable(instanceVariable());
    builder.annotation(alertAnnotation('project_id=~"$project|",instance_id=~"$instance|"'));
  },
  sections: [
    { height: 4, panels: [state, used, failures, policy, retention, storedNow] },
    { height: 4, panels: [stateTimeline] },
    { height: 5, panels: [days] },
    { height: 8, panels: [age, depth] },
    { title: 'Size', height: 8, panels: [sizes, stored, listed] },
    { title: 'Duration and failures', height: 8, panels: [durations, failed, lastFailure] },
    { title: 'About', height: 5, panels: [about] },
  ],
});
