// Pushes what the database says after a run. A gateway that is down costs a line, never the run.

import type { Config } from '../config.ts';
import { StoreError } from '../inventory/errors.ts';
import type { Clock, Log } from '../inventory/ports.ts';
import type { Database } from '../postgres/database.ts';
import { requireCurrentSchema } from '../postgres/migrator.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { pushSnapshot } from '../prometheus/push.ts';
import { describeProcess } from './wire-process.ts';

export interface PushDeps {
  config: Config;
  database: Database;
  clock: Clock;
  log: Log;
}

/** Reads a snapshot and pushes it. Resolves to the line that says how it went; what went wrong is also logged. */
export async function pushAfterRun(deps: PushDeps, url: string, signal: AbortSignal): Promise<string> {
  const { config, database, clock, log } = deps;
  try {
    const schemaVersion = String(await requireCurrentSchema(database));
    const now = clock.now();
    const snapshot = await readSnapshot(database, { now });
    const process = describeProcess({ config, schemaVersion, runInProgress: false, schedules: false });
    const result = await pushSnapshot({ url, snapshot, now, process, signal });
    if (result.ok) return `push: ${result.pushed} groups pushed, ${result.deleted} deleted`;
    log.warn({ code: result.code, pushed: result.pushed }, 'the metrics were not pushed');
    return `push: FAILED (${result.code}) ${result.message}`;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.warn({ err: error }, 'the metrics were not pushed');
    return `push: FAILED (${error.code}) ${error.message}`;
  }
}
