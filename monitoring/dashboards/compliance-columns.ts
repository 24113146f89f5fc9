// What the tables of the compliance dashboard share: the choice of rows, and columns with names, links and words.

import { toInstance } from './dashboard.ts';
import { mapping } from './panel.ts';
import type { Column } from './table.ts';

export const chosen = `project_id in (\${project:sqlstring})`;
export const chosenControls = `control_id in (\${control:sqlstring})`;
/** The days of the dashboard's range, both included. */
export const days =
  "($__timeFrom()::timestamptz at time zone 'UTC')::date, ($__timeTo()::timestamptz at time zone 'UTC')::date";

export const words = (colors: Readonly<Record<string, string>>) => [
  mapping(Object.fromEntries(Object.entries(colors).map(([text, color]) => [text, { text, color }]))),
];
export const yesNoUnknown = words({ yes: 'green', no: 'red', unknown: 'orange', not_required: 'text' });
export const isTrue = [mapping({ true: { text: 'yes', color: 'green' }, false: { text: 'no', color: 'red' } })];

export const project: Readonly<Record<string, Column>> = {
  project_id: { title: 'Project id', hidden: true },
  project_name: { title: 'Project' },
};
export const instance: Readonly<Record<string, Column>> = {
  ...project,
  instance_id: { title: 'Instance id', hidden: true },
  instance_name: { title: 'Instance', link: toInstance },
};
