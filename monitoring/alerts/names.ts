// Names of projects and instances in annotations: a join on the info series at the moment of firing. As an annotation it
// cannot drop the alert where the info series is absent or doubled, and a rename neither ends nor repeats an alert.

import { prefix } from './promql.ts';

function lookUp(selector: string, name: string, otherwise: string): string {
  const labels = [...selector.matchAll(/(\w+)=%q/g)].map(([, label]) => `$labels.${label}`).join(' ');
  const found = `{{ with first . }}{{ or .Labels.${name} ${otherwise} }}{{ end }}`;
  return `{{ with printf "${selector}" ${labels} | query }}${found}{{ else }}{{ ${otherwise} }}{{ end }}`;
}

/** The project's name, or its id. */
export const projectName = lookUp(`${prefix}project_info{project_id=%q}`, 'project_name', '$labels.project_id');

/** The name of a project that is not exported any more, or its id. */
export const formerProjectName = lookUp(
  `last_over_time(${prefix}project_info{project_id=%q}[1d])`,
  'project_name',
  '$labels.project_id',
);

/** The instance's name, or its id. */
export const instanceName = lookUp(
  `${prefix}instance_info{project_id=%q,instance_id=%q}`,
  'instance_name',
  '$labels.instance_id',
);

/** The value of a metric of the instance, formatted by a template function. Empty where there is none. */
export function readingOf(metric: string, format: string): string {
  const query = `max(${prefix}${metric}{project_id=%q,instance_id=%q})`;
  return `{{ with printf "${query}" $labels.project_id $labels.instance_id | query }}{{ first . | value | ${format} }}{{ end }}`;
}
