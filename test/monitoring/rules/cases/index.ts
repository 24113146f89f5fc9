// All cases, rule by rule.

import type { Suite } from '../scenario.ts';
import { cloud } from './cloud.ts';
import { cronJob } from './cron-job.ts';
import { failures } from './failures.ts';
import { inventory } from './inventory.ts';
import { outcomes } from './outcomes.ts';
import { policy } from './policy.ts';
import { recoveryPoint } from './recovery-point.ts';

export const suites: readonly Suite[] = [
  ...inventory,
  ...recoveryPoint,
  ...failures,
  ...policy,
  ...outcomes,
  ...cloud,
  ...cronJob,
];
