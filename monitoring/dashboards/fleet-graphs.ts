// The graphs and bars of the fleet dashboard: states over time, controls, volume.

import { backupColors, controlTitles, noneAllowed, stateColors } from './looks.ts';
import { bars, graph, plain } from './panel.ts';
import { chosenProjects, grownBy, newest, one, over, withProjectName } from './query.ts';

const instance = ['project_id', 'instance_id'];

export const history = graph({
  title: 'Instances by state',
  description: 'The headline of every instance over time. Red at the bottom is what nobody wants to see.',
  width: 12,
  unit: 'none',
  look: 'stacked',
  colors: stateColors,
  targets: ['unprotected', 'unknown', 'exempt', 'protected'].map((state) =>
    over(`sum(${one('instance_protection_state', [...instance, 'state'], `state="${state}"`, chosenProjects)})`, state),
  ),
});

export const controls = bars({
  title: 'Instances at fault, per control',
  description: 'How many instances each control finds at fault. The compliance dashboard names them.',
  width: 12,
  unit: 'none',
  steps: noneAllowed,
  targets: Object.entries(controlTitles).map(([control, title]) =>
    newest(
      `sum(${one('control_instances', ['project_id', 'control'], `control="${control}"`, 'verdict="NON_COMPLIANT"', chosenProjects)})`,
      `${control} ${title}`,
    ),
  ),
});

export const stored = graph({
  title: 'Stored',
  description: 'Sum of the sizes of completed backups that are listed now, per project.',
  width: 8,
  unit: 'bytes',
  look: 'stacked',
  targets: [
    over(
      withProjectName(
        `sum by (project_id) (${one('stored_bytes', [...instance, 'backup_type', 'backup_scope'], chosenProjects)})`,
      ),
      '{{project_name}}',
    ),
  ],
});

export const outcomes = graph({
  title: 'Backups completed and failed',
  description: 'Backups that were seen completed or failed within each step. They count when a run sees them.',
  width: 8,
  unit: 'none',
  look: 'counts',
  interval: '1h',
  colors: { completed: backupColors.COMPLETED, failed: backupColors.FAILED },
  targets: [
    over(`sum(${grownBy('completions_total', instance, '$__rate_interval', chosenProjects)})`, 'completed'),
    over(`sum(${grownBy('failures_total', instance, '$__rate_interval', chosenProjects)})`, 'failed'),
  ],
});

export const retired = bars({
  title: 'Backups gone, by reason',
  description:
    'Backups that vanished from the cloud within the range. "early" should not happen: somebody or something deleted them.',
  width: 8,
  unit: 'none',
  decimals: 0,
  steps: plain,
  colors: { early: 'red', unknown: 'orange' },
  targets: [
    newest(
      `sum by (reason) (${grownBy('retired_total', ['project_id', 'reason'], '$__range', chosenProjects)})`,
      '{{reason}}',
    ),
  ],
});
