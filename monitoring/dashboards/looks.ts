// Colours and words that mean the same on every dashboard.

import type { Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { mapping, steps } from './panel.ts';
import { stateNumbers } from './query.ts';

/** Of the headline. */
export const stateColors = { protected: 'green', exempt: 'blue', unknown: 'orange', unprotected: 'red' } as const;

/** The headline's numbers as words. */
export const stateWords = mapping(
  Object.fromEntries(
    Object.entries(stateNumbers).map(([state, number]) => [
      String(number),
      { text: state, color: stateColors[state as keyof typeof stateColors] },
    ]),
  ),
);

/** What a full list says of itself. */
export const yesNo = mapping({ '0': { text: 'no', color: 'text' }, '1': { text: 'yes', color: 'green' } });
export const onOff = mapping({ '0': { text: 'off', color: 'red' }, '1': { text: 'on', color: 'green' } });
export const quarantine = mapping({ '0': { text: 'no', color: 'green' }, '1': { text: 'yes', color: 'red' } });

/** Share of an allowed age: the limit is in the data, so one set of colours fits every instance. */
export const shareOfLimit: readonly Threshold[] = steps([0.75, 'orange'], [1, 'red']);

/** Nothing of this should be. */
export const noneAllowed: readonly Threshold[] = steps([1, 'red']);

/** Worth a look. */
export const noneExpected: readonly Threshold[] = steps([1, 'orange']);

export const backupColors = { COMPLETED: 'green', FAILED: 'red', BUILDING: 'blue', other: 'purple' } as const;

export const verdictColors = {
  COMPLIANT: 'green',
  NON_COMPLIANT: 'red',
  UNKNOWN: 'orange',
  EXEMPT: 'blue',
  NOT_APPLICABLE: 'text',
} as const;

/** Titles of the controls, as compliance.control has them; a test compares. */
export const controlTitles = {
  'BK-01': 'Recovery point',
  'BK-02': 'Policy on',
  'BK-03': 'Policy retention',
  'BK-04': 'Retention achieved',
  'BK-05': 'Failures',
  'BK-06': 'Stuck',
  'BK-07': 'Unprotected',
  'BK-08': 'Size',
  'BK-09': 'Gone early',
  'BK-10': 'Daily coverage',
  'BK-11': 'Copies',
  'BK-12': 'Orphans',
  'BK-13': 'Monitoring',
} as const;
