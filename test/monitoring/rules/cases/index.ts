// All cases, rule by rule.

import type { Suite } from '../scenario.ts';
import { cloud } from './cloud.ts';
import { cronJob } from './cron-job.ts';
import { failures } from './failures.ts';
import { inventory } from './inventory.ts';
import { outcomes } from './outcomes.ts';
import { policy } from './policy.ts';
import { recoveryPoint } from './recovery-point.ts';
import { retirement } from './retired-early.ts';
import { protection } from './unprotected.ts';

export const suites: readonly Suite[] = [
  ...inventory,
  ...recoveryPoint,
  ...protection,
  ...retirement,
  ...failures,
  ...policy,
  ...outcomes,
  ...cloud,
  ...cronJob,
];
