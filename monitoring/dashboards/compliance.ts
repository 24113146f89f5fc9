// Compliance: what the controls find, whether the data under it is complete, and what the reports say. All of it is SQL
// over the views of the schema compliance, for the role backup_inventory_reader.

import { chosen, chosenControls, days, instance, project, words } from './compliance-columns.ts';
import {
  certificates,
  completeness,
  coverage,
  failures,
  gone,
  jobs,
  readings,
  rules,
  summary,
} from './compliance-reports.ts';
import { alertAnnotation, postgresVariable, prometheusVariable, render, sqlVariable } from './dashboard.ts';
import { noneAllowed, verdictColors } from './looks.ts';
import { stat, steps } from './panel.ts';
import { postgres, sql } from './query.ts';
import { sqlTable } from './table.ts';

const verdictMeaning = {
  NON_COMPLIANT: 'Findings: an instance does not do what a control requires.',
  UNKNOWN: 'It cannot be said, because the data is too old or incomplete. Never counted as compliant.',
  COMPLIANT: 'An instance does what a control requires.',
  EXEMPT: 'The configuration exempts the instance from the control, with an owner and an end.',
} as const;

const verdicts = Object.entries(verdictMeaning).map(([verdict, description]) =>
  stat({
    title: verdict.replace('_', ' ').toLowerCase(),
    description,
    width: 4,
    unit: 'none',
    datasource: postgres,
    steps:
      verdict === 'NON_COMPLIANT'
        ? noneAllowed
        : [{ value: null, color: verdictColors[verdict as keyof typeof verdictMeaning] }],
    targets: [
      sql(
        `select count(*) as "${verdict}" from compliance.finding\nwhere verdict = '${verdict}' and ${chosen} and ${chosenControls}`,
      ),
    ],
  }),
);

const share = stat({
  title: 'Compliant, of what can be judged',
  description: 'Compliant over compliant and non-compliant. What is unknown or exempt is in neither.',
  width: 4,
  unit: 'percentunit',
  datasource: postgres,
  steps: [
    { value: null, color: 'red' },
    { value: 0.95, color: 'orange' },
    { value: 1, color: 'green' },
  ],
  targets: [
    sql(`select count(*) filter (where verdict = 'COMPLIANT')::double precision
  / nullif(count(*) filter (where verdict in ('COMPLIANT', 'NON_COMPLIANT')), 0) as share
from compliance.finding where ${chosen} and ${chosenControls}`),
  ],
});

const complete = stat({
  title: 'Lists not proved complete in the range',
  description:
    'Lists whose readings within the range do not prove that nothing was overlooked. The completeness report says why.',
  width: 4,
  unit: 'none',
  datasource: postgres,
  steps: noneAllowed,
  targets: [
    sql(
      `select count(*) filter (where complete is distinct from 'yes') as lists\nfrom compliance.report_completeness(${days}) where ${chosen}`,
    ),
  ],
});

const controls = sqlTable({
  title: 'Controls',
  description: 'Each control and project: how many instances comply. Percent of those that can be judged.',
  width: 24,
  query: `select control_id, control_title, question, project_id, project_name, compliant, non_compliant, unknown, exempt, not_applicable,
  compliant_percent / 100 as share
from compliance.report_control_compliance()
where ${chosen} and ${chosenControls}
order by non_compliant desc, unknown desc, control_id, project_name`,
  columns: {
    control_id: { title: 'Control', width: 80 },
    control_title: { title: 'Title' },
    question: { title: 'Question', width: 420 },
    ...project,
    compliant: { title: 'Compliant', unit: 'none' },
    non_compliant: { title: 'At fault', unit: 'none', steps: noneAllowed },
    unknown: { title: 'Unknown', unit: 'none', steps: steps([1, 'orange']) },
    exempt: { title: 'Exempt', unit: 'none' },
    not_applicable: { title: 'Not applicable', unit: 'none' },
    share: { title: 'Compliant', unit: 'percentunit' },
  },
});

const findings = sqlTable({
  title: 'Findings',
  description:
    'Every instance that a control finds at fault or cannot judge, with what was measured and what is required.',
  width: 24,
  query: `select control_id, control_title, project_id, project_name, instance_id, instance_name, verdict, reason_code,
  measured_value, threshold_value, unit, data_as_of
from compliance.report_resource_compliance()
where verdict in ('NON_COMPLIANT', 'UNKNOWN') and ${chosen} and ${chosenControls}
order by verdict, control_id, project_name, instance_name
limit 1000`,
  columns: {
    control_id: { title: 'Control', width: 80 },
    control_title: { title: 'Title' },
    ...instance,
    verdict: { title: 'Verdict', values: words(verdictColors) },
    reason_code: { title: 'Reason' },
    measured_value: { title: 'Measured' },
    threshold_value: { title: 'Required' },
    unit: { title: 'Unit' },
    data_as_of: { title: 'Data as of', unit: 'dateTimeAsIso' },
  },
});

export const compliance = render({
  uid: 'backup-inventory-compliance',
  title: 'Backup inventory: compliance',
  description: 'What the controls find, what the reports say, and whether the data under them is complete.',
  from: 'now-30d',
  prepare: (builder) => {
    builder
      .withVariable(postgresVariable())
      .withVariable(prometheusVariable())
      .withVariable(
        sqlVariable(
          'project',
          'Project',
          'select name as __text, project_id as __value from inventory.project where configured order by name',
        ),
      )
      .withVariable(
        sqlVariable(
          'control',
          'Control',
          "select control_id || ' ' || title as __text, control_id as __value from compliance.control order by control_id",
        ),
      );
    builder.annotation(alertAnnotation(`project_id=~"\${project:regex}|"`));
  },
  sections: [
    { height: 4, panels: [...verdicts, share, complete] },
    { height: 9, panels: [controls] },
    { height: 10, panels: [findings] },
    { title: 'Coverage', height: 14, panels: [coverage] },
    { height: 9, panels: [summary, jobs] },
    { title: 'Failures and losses', height: 9, panels: [failures, gone] },
    { title: 'Certificates', height: 8, panels: [completeness] },
    { height: 9, panels: [readings, certificates] },
    { title: 'Rules', height: 8, panels: [rules] },
  ],
});
