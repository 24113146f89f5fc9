// When runs happen: cron expressions in UTC. One run at a time: a time that falls into a run is skipped, not queued, but
// for a full run that falls into a recent one: only full runs prove anything, so it comes right after.

import { createTask } from 'node-cron';
import type { SweepMode } from '../inventory/model.ts';

export interface ScheduleInput {
  /** Five-field cron expressions. */
  full: string;
  recent: string | null;
  /** Told of each time that comes; the scheduler waits for it. Must not throw. */
  onTime(mode: SweepMode): Promise<void>;
}

/** Starts the schedule. Disposing stops it; a run under way is not its business. */
export function startSchedule(input: ScheduleInput): AsyncDisposable {
  const fire = inTurn(input.onTime);
  const tasks = [taskOf(input.full, 'full', fire)];
  if (input.recent !== null) tasks.push(taskOf(input.recent, 'recent', fire));
  for (const task of tasks) void task.start();
  return {
    async [Symbol.asyncDispose]() {
      for (const task of tasks) await task.destroy();
    },
  };
}

/** What a time that comes does, whatever is under way. */
export function inTurn(run: (mode: SweepMode) => Promise<void>): (mode: SweepMode) => Promise<void> {
  let underWay: SweepMode | null = null;
  let fullIsNext = false;
  return async (mode) => {
    if (underWay !== null) {
      if (mode === 'full' && underWay === 'recent') fullIsNext = true;
      return;
    }
    try {
      underWay = mode;
      await run(mode);
      if (!fullIsNext) return;
      underWay = 'full';
      await run('full');
    } finally {
      underWay = null;
      fullIsNext = false;
    }
  };
}

function taskOf(expression: string, mode: SweepMode, fire: (mode: SweepMode) => Promise<void>) {
  const quiet = { info() {}, warn() {}, error() {}, debug() {} }; // a late second of a busy loop is no news
  return createTask(expression, () => fire(mode), { timezone: 'UTC', noOverlap: true, name: mode, logger: quiet });
}

/** Seconds between the next two full runs: what the schedule promises. */
export function scheduleIntervalSeconds(expression: string): number {
  const task = createTask(expression, () => {}, { timezone: 'UTC' });
  void task.start(); // it does not tell its times before
  const [first, second] = task.getNextRuns(2);
  void task.destroy();
  return first === undefined || second === undefined ? 86_400 : (second.getTime() - first.getTime()) / 1000;
}

/** When the schedule comes next. */
export function nextRunAt({ full, recent }: Pick<ScheduleInput, 'full' | 'recent'>): Date | null {
  const expressions = recent === null ? [full] : [full, recent];
  const times = expressions.flatMap((expression) => {
    const task = createTask(expression, () => {}, { timezone: 'UTC' });
    void task.start();
    const [next] = task.getNextRuns(1);
    void task.destroy();
    return next === undefined ? [] : [next.getTime()];
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}
