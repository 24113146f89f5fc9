// The pages of the web surface, in order, with what they read.

import type { Config } from '../config.ts';
import type { Clock, Log } from '../inventory/ports.ts';
import type { Database } from '../postgres/database.ts';
import { newestCommitAt, readOverview } from '../postgres/pages.ts';
import { readInstanceView } from '../postgres/pages-instance.ts';
import { readJudgement } from '../postgres/pages-judgement.ts';
import { isTimeZone, runReport } from '../postgres/report.ts';
import type { Page } from '../web/answers.ts';
import { reportPages } from '../web/pages/reports.ts';
import { statusPages } from '../web/pages/routes.ts';
import { createBoard } from './board.ts';
import { nextRunAt } from './schedule.ts';

export interface PagesInput {
  config: Config;
  database: Database;
  clock: Clock;
  log: Log;
  /** This process makes scheduled runs. */
  schedules: boolean;
}

/** Disposing stops what is being found. */
export interface Pages extends AsyncDisposable {
  pages: readonly Page[];
  /** Finds the verdicts for the pages where something new was committed; what fails is logged. */
  warm(): Promise<void>;
}

const instancesPerPage = 25;
const backupsPerPage = 50;
const reportTimeoutMs = 2 * 60_000;

/** `/`, the instances and the reports. */
export function pagesOf({ config, database, clock, log, schedules }: PagesInput): Pages {
  const board = createBoard({
    judge: (now, signal) => readJudgement(database, { now, signal }),
    newestCommitAt: () => newestCommitAt(database),
    clock,
    log,
  });
  const pages = [
    ...statusPages({
      overview: async (query) => {
        const judgement = await board.read();
        return await readOverview(database, { now: clock.now(), query, pageSize: instancesPerPage, judgement });
      },
      instance: async (request) => {
        const judgement = request.asOf === null ? await board.read() : null;
        return await readInstanceView(database, { ...request, now: clock.now(), pageSize: backupsPerPage, judgement });
      },
      nextRun: () => ({ at: schedules ? nextRunAt(config.schedule) : null }),
      now: () => clock.now(),
    }),
    ...reportPages({
      report: (definition, request) =>
        runReport(database, definition, { ...request, now: clock.now(), statementTimeoutMs: reportTimeoutMs }),
      isTimeZone: (name) => isTimeZone(database, name),
      now: () => clock.now(),
    }),
  ];
  return { pages, warm: () => board.warm(), [Symbol.asyncDispose]: () => board[Symbol.asyncDispose]() };
}
