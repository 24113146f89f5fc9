// Builds and runs the long-lived program: what `serve` and `demo` have in common.

import type { CloudConfig, Config } from '../config.ts';
import { LockHeldError } from '../inventory/errors.ts';
import type { SweepMode } from '../inventory/model.ts';
import { watchRuns } from '../postgres/changes.ts';
import type { Database } from '../postgres/database.ts';
import { migrate, requireCurrentSchema } from '../postgres/migrator.ts';
import { createSelfMetrics, type SelfMetrics } from '../prometheus/self.ts';
import type { CommandContext } from './commands/command.ts';
import { scheduleIntervalSeconds } from './schedule.ts';
import { serve } from './serve.ts';
import { openConfiguredDatabase } from './wire.ts';
import { pagesOf } from './wire-pages.ts';
import { createRunner } from './wire-run.ts';
import { createServing } from './wire-serve.ts';

export type ServeProgram =
  | { kind: 'serves'; config: Config }
  /** `database` and `self` where a caller has them open already. */
  | { kind: 'schedules'; config: CloudConfig; database?: Database; self?: SelfMetrics };

/** Serves until the context's signal aborts. */
export async function serveProgram(
  context: CommandContext,
  program: ServeProgram,
  onListening?: (port: number) => void,
): Promise<void> {
  const { clock, log, signal } = context;
  const { config } = program;
  const given = program.kind === 'schedules' ? program.database : undefined;
  await using opened = given === undefined ? await openConfiguredDatabase(config) : null;
  const database = given ?? opened;
  if (database === null) throw new Error('no database'); // one of the two is there
  const self = (program.kind === 'schedules' ? program.self : undefined) ?? createSelfMetrics();
  const schedules = program.kind === 'schedules';
  await using pages = pagesOf({ config, database, clock, log, schedules });
  await using serving = await createServing({
    config,
    database,
    self,
    clock,
    log,
    schedules,
    pages: pages.pages,
  });
  await serve(
    {
      clock,
      log,
      listen: () => serving.web.listen(),
      prepare: async () => void (schedules ? await migrate(database) : await requireCurrentSchema(database)),
      refresh: async () => {
        await serving.refresh();
        void pages.warm();
      },
      judge: () => serving.judge(),
      watch: (options) => watchRuns(database, options),
      run: program.kind === 'schedules' ? scheduledRun(context, program.config, database, self) : null,
      lastFullRunAt: () => lastFullRunAt(database, clock.now()),
    },
    {
      schedule: { ...config.schedule, intervalSeconds: scheduleIntervalSeconds(config.schedule.full) },
      signal,
      ...(onListening === undefined ? {} : { onListening }),
    },
  );
}

/** A run of the schedule: what goes wrong is logged, and the next time is another chance. */
function scheduledRun(context: CommandContext, config: CloudConfig, database: Database, self: SelfMetrics) {
  const { clock, log, secrets } = context;
  const runner = createRunner({ config, database, self, clock, log, scrub: (text) => secrets.scrub(text) });
  return async (mode: SweepMode, signal: AbortSignal): Promise<void> => {
    try {
      await runner.run({ trigger: 'schedule', mode, signal });
    } catch (error) {
      if (error instanceof LockHeldError) log.info({ holder: error.holder }, 'another run holds the lock, skipped');
      else log.error({ err: error, mode }, 'the run failed');
      return;
    }
    try {
      await runner.prune(signal);
    } catch (error) {
      log.error({ err: error }, 'pruning failed');
    }
  };
}

/** A failed run counts for ten minutes: a process that is restarted over and over spares a key that is refused. */
async function lastFullRunAt(database: Database, now: Date): Promise<Date | null> {
  const lately = new Date(now.getTime() - 10 * 60_000);
  const row = await database.db
    .selectFrom('inventory.run')
    .select((eb) => eb.fn.max('started_at').as('at'))
    .where('mode', '=', 'full')
    .where('shard', 'is', null)
    .where((eb) =>
      eb.or([
        eb('outcome', 'in', ['certified', 'partial']),
        eb.and([eb('outcome', '=', 'failed'), eb('started_at', '>', lately)]),
      ]),
    )
    .executeTakeFirst();
  return row?.at ?? null;
}
