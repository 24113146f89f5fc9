// What a process says of itself on /metrics and in a push.

import type { Config } from '../config.ts';
import type { Process } from '../prometheus/exposition.ts';
import { programVersion } from '../version.ts';
import { scheduleIntervalSeconds } from './schedule.ts';

export interface ProcessInput {
  config: Config;
  schemaVersion: string;
  runInProgress: boolean;
  /** This process makes scheduled runs. */
  schedules: boolean;
}

export function describeProcess({ config, schemaVersion, runInProgress, schedules }: ProcessInput): Process {
  return {
    version: programVersion(),
    revision: process.env.BACKUP_INVENTORY_REVISION ?? '',
    nodeVersion: process.version,
    schemaVersion,
    runInProgress,
    scheduleIntervalSeconds: schedules ? scheduleIntervalSeconds(config.schedule.full) : null,
    freshnessLimitSeconds: config.freshnessSeconds,
  };
}
