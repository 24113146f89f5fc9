// How far a run is, for somebody who watches: a bar on a terminal, nothing elsewhere. Never a place for results.

import { SingleBar } from 'cli-progress';
import type { Scope } from '../inventory/model.ts';
import type { ProgramLog } from '../log.ts';
import type { Output } from '../output.ts';
import { plainLine } from '../terminal-text.ts';

/** One scope of a run. */
export interface ProgressScope {
  projectId: string;
  projectName: string;
  scope: Scope;
}

/** What a run tells while it goes. Scopes may be swept several at a time. */
export interface RunProgress {
  /** How many scopes the run will sweep. */
  start(scopes: number): void;
  /** Distinct ids seen so far, and how many the cloud says there are. */
  advance(scope: ProgressScope, seen: number, total: number | null): void;
  finish(scope: ProgressScope): void;
  stop(): void;
}

/** For logs, tests and pipes. */
export const silentProgress: RunProgress = { start() {}, advance() {}, finish() {}, stop() {} };

/** A bar where stderr is a terminal and the log is for people; silent otherwise. */
export function runProgress(stderr: Output, log: ProgramLog): RunProgress {
  return stderr.isTTY === true && log.format === 'pretty' ? barProgress(stderr, log) : silentProgress;
}

function barProgress(stderr: Output, log: ProgramLog): RunProgress {
  const bar = new SingleBar({
    format: '{bar} {done}/{scopes} scopes  {current}',
    stream: stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    fps: 10,
    gracefulExit: false,
  });
  const level = log.level;
  const underWay = new Map<string, number>();
  let done = 0;
  const show = (current: string) => {
    const parts = [...underWay.values()].reduce((sum, share) => sum + share, 0);
    bar.update(done + parts, { done, current });
  };
  const keyOf = ({ projectId, scope }: ProgressScope) => `${projectId} ${scope}`;
  return {
    start(scopes) {
      bar.start(scopes, 0, { done: 0, scopes, current: '' });
      // The bar says what the info lines say. Warnings still come, above the bar.
      if (level === 'info') log.level = 'warn';
      log.divert((line) => void stderr.write(`\r\u001b[K${line}`));
    },
    advance(scope, seen, total) {
      underWay.set(keyOf(scope), total === null || total === 0 ? 0 : Math.min(seen / total, 0.99));
      show(`${plainLine(scope.projectName).slice(0, 32)} ${scope.scope} ${seen}${total === null ? '' : `/${total}`}`);
    },
    finish(scope) {
      underWay.delete(keyOf(scope));
      done += 1;
      show('');
    },
    stop() {
      bar.stop();
      log.divert(null);
      log.level = level;
    },
  };
}
