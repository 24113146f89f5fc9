// The fleet: is the inventory fresh, how many instances are protected, and which are worst off.

import { indent, lines } from '../alerts/promql.ts';
import { alertAnnotation, projectVariable, prometheusVariable, render, toExporter, toInstance } from './dashboard.ts';
import { controls, history, outcomes, retired, stored } from './fleet-graphs.ts';
import { noneAllowed, noneExpected, onOff, shareOfLimit, stateColors, stateWords } from './looks.ts';
import { bars, type Placed, stat } from './panel.ts';
import { chosenProjects, newest, one, over, protectionState, withNames, withProjectName } from './query.ts';
import { metricTable } from './table.ts';

const instance = ['project_id', 'instance_id'];

/** Age of the oldest complete list of each project. */
const age = `time() - min by (project_id) (${one('sweep_last_certified_timestamp_seconds', ['project_id', 'scope'], chosenProjects)})`;
const limit = 'max(backup_inventory_freshness_limit_seconds)';

/** Projects with a list that was never complete, or not within the limit. */
const notComplete = lines(
  'count(',
  `  group by (project_id) (backup_inventory_project_info{${chosenProjects}})`,
  `  unless (${age} <= on () group_left () ${limit})`,
  '  or group by (project_id) (',
  `    ${one('sweep_last_attempt_timestamp_seconds', ['project_id', 'scope'], chosenProjects)}`,
  `    unless ${one('sweep_last_certified_timestamp_seconds', ['project_id', 'scope'], chosenProjects)}`,
  '  )',
  ') or vector(0)',
);

const lastGood = one('last_success_timestamp_seconds', instance, chosenProjects);

/** Age of the newest good backup, or of the instance where there is none, as a share of the RPO. */
const rpoUsed = lines(
  '(',
  `  time() - (${lastGood}`,
  `    or ${one('instance_created_timestamp_seconds', instance, chosenProjects)})`,
  `) / ${one('objective_rpo_seconds', instance, chosenProjects)}`,
  `unless on (project_id, instance_id) ${one('instance_protection_state', instance, 'state="exempt"', chosenProjects)} == 1`,
);
const worst = lines('topk(25,', indent(rpoUsed), ')');
const ofTheWorst = (expr: string) => withNames(lines('(', indent(expr), ') and on (project_id, instance_id)', worst));

const firing =
  'max by (alertname, severity, project_id, instance_id) (ALERTS{alertname=~"BackupInventory.+",alertstate="firing",project_id=~"$project|"})';

function verdicts(): Placed[] {
  const meaning = {
    unprotected: 'Instances that could not be restored as required. Look at them in the table below.',
    unknown: 'Instances about which nothing can be said: their facts are too old, or they are too new.',
    protected: 'Instances with a good backup within their recovery point objective.',
    exempt: 'Instances that the configuration exempts, with an owner and an end.',
  } as const;
  return Object.entries(meaning).map(([state, description]) => {
    const color = stateColors[state as keyof typeof stateColors];
    const isAim = state === 'protected' || state === 'exempt';
    return stat({
      title: `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`,
      description,
      width: 3,
      unit: 'none',
      trend: true,
      steps: isAim
        ? [{ value: null, color }]
        : [
            { value: null, color: 'green' },
            { value: 1, color },
          ],
      targets: [
        over(
          `sum(${one('instance_protection_state', [...instance, 'state'], `state="${state}"`, chosenProjects)})`,
          state,
        ),
      ],
    });
  });
}

const freshness = bars({
  title: 'Age of the inventory, as a share of the limit',
  description:
    'How long ago the oldest list of the project was complete. From 100 % on, verdicts about its instances are unknown. A project that was never complete has no bar.',
  width: 8,
  unit: 'percentunit',
  max: 1,
  decimals: 0,
  steps: shareOfLimit,
  targets: [newest(withProjectName(`(${age}) / on () group_left () ${limit}`), '{{project_name}}')],
});

const incomplete = stat({
  title: 'Projects not complete',
  description: 'Projects with a list that was never complete, or not within the freshness limit.',
  width: 4,
  unit: 'none',
  trend: true,
  steps: noneAllowed,
  targets: [over(notComplete, 'projects')],
});

const offenders = metricTable({
  title: 'Worst offenders',
  description:
    'The 25 instances that have used up most of their recovery point objective. Those without any good backup count from their creation. Exempt ones are left out.',
  width: 24,
  labels: [
    { label: 'instance_name', title: 'Instance', link: toInstance },
    { label: 'project_name', title: 'Project' },
    { label: 'project_id', title: 'Project id', hidden: true },
    { label: 'instance_id', title: 'Instance id', hidden: true },
  ],
  columns: [
    { title: 'RPO used', unit: 'percentunit', decimals: 0, steps: shareOfLimit, expr: withNames(worst) },
    { title: 'State', values: [stateWords], expr: ofTheWorst(protectionState(chosenProjects)) },
    { title: 'Newest good backup, age', unit: 's', expr: ofTheWorst(`time() - ${lastGood}`) },
    { title: 'RPO', unit: 's', expr: ofTheWorst(one('objective_rpo_seconds', instance, chosenProjects)) },
    {
      title: 'Failures in a row',
      unit: 'none',
      steps: noneExpected,
      expr: ofTheWorst(one('consecutive_failures', instance, chosenProjects)),
    },
    { title: 'Policy', values: [onOff], expr: ofTheWorst(one('policy_enabled', instance, chosenProjects)) },
    {
      title: 'Stored',
      unit: 'bytes',
      expr: ofTheWorst(
        `sum by (project_id, instance_id) (${one('stored_bytes', [...instance, 'backup_type', 'backup_scope'], chosenProjects)})`,
      ),
    },
  ],
});

const projects = metricTable({
  title: 'Projects',
  description: 'One row per project. The age is that of its oldest complete list.',
  width: 14,
  labels: [
    { label: 'project_name', title: 'Project', link: toExporter },
    { label: 'project_id', title: 'Project id', hidden: true },
  ],
  columns: [
    {
      title: 'Unprotected',
      unit: 'none',
      steps: noneAllowed,
      expr: withProjectName(
        `sum by (project_id) (${one('instance_protection_state', instance, 'state="unprotected"', chosenProjects)})`,
      ),
    },
    {
      title: 'Instances',
      unit: 'none',
      expr: withProjectName(`count by (project_id) (${one('available', instance, chosenProjects)})`),
    },
    { title: 'Age', unit: 's', expr: withProjectName(age) },
    {
      title: 'Stored',
      unit: 'bytes',
      expr: withProjectName(
        `sum by (project_id) (${one('stored_bytes', [...instance, 'backup_type', 'backup_scope'], chosenProjects)})`,
      ),
    },
    {
      title: 'Orphans',
      unit: 'none',
      steps: noneExpected,
      expr: withProjectName(one('orphan_backups', ['project_id'], chosenProjects)),
    },
  ],
});

const alerts = metricTable({
  title: 'Alerts that fire',
  description:
    'Alerts of the shipped rules that fire now. Empty where all is well, or where Prometheus has not loaded the rules.',
  width: 10,
  empty: 'No alert fires',
  sortBy: 'Severity',
  ascending: true,
  labels: [
    { label: 'alertname', title: 'Alert' },
    { label: 'severity', title: 'Severity' },
    { label: 'instance_name', title: 'Instance', link: toInstance },
    { label: 'project_name', title: 'Project' },
    { label: 'project_id', title: 'Project id', hidden: true },
    { label: 'instance_id', title: 'Instance id', hidden: true },
  ],
  columns: [{ title: 'Fires', hidden: true, expr: withNames(firing) }],
});

export const fleet = render({
  uid: 'backup-inventory-fleet',
  title: 'Backup inventory: fleet',
  description: 'Is the inventory fresh, are all instances protected, and which are worst off?',
  from: 'now-7d',
  prepare: (builder) => {
    builder.withVariable(prometheusVariable()).withVariable(projectVariable());
    builder.annotation(alertAnnotation('project_id=~"$project|"'));
  },
  sections: [
    { height: 5, panels: [freshness, incomplete, ...verdicts()] },
    { height: 10, panels: [offenders] },
    { height: 10, panels: [history, controls] },
    { height: 8, panels: [projects, alerts] },
    { title: 'Volume', height: 8, panels: [stored, outcomes, retired] },
  ],
});
