// Serves what the database says and, on a schedule, makes runs. Order of life: listen, prepare the database, load a
// snapshot, then keep it fresh. A database that cannot be reached costs readiness, never the process.

import { StoreError } from '../inventory/errors.ts';
import type { SweepMode } from '../inventory/model.ts';
import type { Clock, Log } from '../inventory/ports.ts';
import { startSchedule } from './schedule.ts';

export interface ServeDeps {
  clock: Clock;
  log: Log;
  listen(): Promise<{ port: number; close(deadlineMs: number): Promise<void> }>;
  /** Brings the schema up to date, or checks it. Throws StoreError. */
  prepare(): Promise<void>;
  /** Reads and renders a snapshot. Throws StoreError. */
  refresh(): Promise<void>;
  /** Turns verdicts unknown that the served snapshot no longer supports. */
  judge(): Promise<void>;
  /** Watches for committed changes until aborted. */
  watch(options: {
    signal: AbortSignal;
    tellFirst: boolean;
    onChange(): Promise<void>;
    onTrouble(error: Error): void;
  }): Promise<void>;
  /** One run; null = this process only serves. Never throws: a run's failure is logged where it happens. */
  run: ((mode: SweepMode, signal: AbortSignal) => Promise<void>) | null;
  /** When the newest full run began; null = never. */
  lastFullRunAt(): Promise<Date | null>;
}

export interface ServeInput {
  schedule: { full: string; recent: string | null; intervalSeconds: number };
  signal: AbortSignal;
  /** Called with the port once requests are answered. */
  onListening?(port: number): void;
}

const retryMs = 5000;
/** Verdicts change with time alone: a recovery point gets too old between two runs. */
const refreshMs = 60_000;
const closeDeadlineMs = 3000;

/** Serves until the signal aborts. Throws ListenError, and StoreError where waiting would not help. */
export async function serve(deps: ServeDeps, input: ServeInput): Promise<void> {
  const { log } = deps;
  const listening = await deps.listen();
  log.info({ port: listening.port }, 'listening');
  input.onListening?.(listening.port);
  const life = new AbortController();
  const signal = AbortSignal.any([input.signal, life.signal]);
  try {
    await untilReady(deps, signal);
    await Promise.all([keepFresh(deps, signal), keepRunning(deps, input, signal)]);
  } catch (error) {
    if (!input.signal.aborted) throw error;
  } finally {
    life.abort();
    await listening.close(closeDeadlineMs);
    log.info({}, 'stopped');
  }
}

/** Tries until the database can be reached; other faults do not heal by waiting. */
async function untilReady(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await deps.prepare();
      return await deps.refresh();
    } catch (error) {
      if (!(error instanceof StoreError) || !passing.has(error.code)) throw error;
      deps.log.warn({ err: error }, 'the database is not ready, trying again');
    }
    await deps.clock.sleep(retryMs, signal);
  }
}

const passing: ReadonlySet<string> = new Set(['DATABASE_UNREACHABLE', 'DATABASE_TIMEOUT', 'SCHEMA_BEHIND']);

async function keepFresh(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  const told = new WeakSet<Error>();
  /** Throws what it told, so that whoever watches tries again. */
  const refresh = oneAtATime(async () => {
    try {
      await deps.refresh();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      deps.log.warn({ err: error }, 'the snapshot could not be refreshed, the last one is served');
      told.add(error);
      await deps.judge();
      throw error;
    }
  });
  const byTime = async (): Promise<void> => {
    while (!signal.aborted) {
      await deps.clock.sleep(refreshMs, signal);
      await refresh().catch(unlessTold(told));
    }
  };
  const onTrouble = (error: Error) => {
    if (!told.has(error)) deps.log.warn({ err: error }, 'watching for runs is disturbed');
  };
  const watching = deps.watch({ signal, tellFirst: true, onChange: refresh, onTrouble });
  await Promise.all([watching, byTime().catch(ignoreAbort(signal))]);
}

function unlessTold(told: WeakSet<Error>): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error) || !told.has(error)) throw error;
  };
}

/** Calls that come while one is under way share a single further one. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  const loop = async (): Promise<void> => {
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = null;
    }
  };
  return () => {
    again = true;
    running ??= loop();
    return running;
  };
}

async function keepRunning(deps: ServeDeps, input: ServeInput, signal: AbortSignal): Promise<void> {
  const { run } = deps;
  if (run === null) return;
  let underWay: Promise<void> = Promise.resolve();
  const start = (mode: SweepMode): Promise<void> => {
    underWay = signal.aborted ? Promise.resolve() : run(mode, signal);
    return underWay;
  };
  if (await isDue(deps, input)) await start('full');
  await using _schedule = startSchedule({ ...input.schedule, onTime: start });
  await aborted(signal);
  await underWay; // it stops asking, commits what is whole, and ends
}

/** After a start, the first run does not wait for the schedule where the newest one is older than its interval. */
async function isDue(deps: ServeDeps, { schedule }: ServeInput): Promise<boolean> {
  let last: Date | null;
  try {
    last = await deps.lastFullRunAt();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    deps.log.warn({ err: error }, 'the newest run is not known, one is made');
    return true;
  }
  return last === null || deps.clock.now().getTime() - last.getTime() >= schedule.intervalSeconds * 1000;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
