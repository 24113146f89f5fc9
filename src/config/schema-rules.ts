// The part of the configuration file that says what is required of instances, and of which it is not.

import { z } from 'zod';
import { day, duration, flag, glob, number, text } from './scalars.ts';

const match = z
  .strictObject({
    project: glob({ description: 'Project, by name or id.', 'x-example': 'prod' }).optional(),
    instance: glob({ description: 'Instance, by name.', 'x-example': 'orders-*' }).optional(),
    datastore: glob({ description: 'Kind of database.', 'x-example': 'cassandra' }).optional(),
  })
  .prefault({})
  .meta({ description: 'Which instances are meant: all given globs must match. Empty: all.' });

export const objective = z.strictObject({
  match,
  rpo: duration({ description: 'How old the newest completed backup may be.' }).prefault('26h'),
  retention: duration({ description: 'How long backups must be kept.' }).prefault('7d'),
  minimumCopies: number(
    { description: 'How many restorable copies there must be.' },
    { min: 1, max: 100_000, whole: true },
  ).prefault(1),
  countManual: flag({ description: 'Manual backups count for RPO and coverage.' }).prefault(true),
});

export const exemption = z.strictObject({
  match,
  control: text(
    { description: 'The control that is not judged.', 'x-example': 'BK-01' },
    'write the id of a control, such as BK-01',
    { form: /^BK-\d\d$/, problem: 'is not the id of a control' },
  ),
  owner: text(
    { description: 'Who answers for it.', 'x-example': 'dba@example.org' },
    'say who answers for the exemption',
  ),
  reason: text({ description: 'Why.', 'x-example': 'rebuilt nightly' }, 'say why'),
  expires: day({
    description: 'Its last day, UTC. After it the control is NON_COMPLIANT.',
    'x-example': '2027-03-31',
  }),
});
