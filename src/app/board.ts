// Keeps the newest judgement for the pages: judging a large estate takes seconds, a page must not. One judgement at a
// time; a page waits for a new one a moment only and is otherwise shown the last one, with its instant.

import type { Judgement } from '../inventory/overview.ts';
import type { Clock, Log } from '../inventory/ports.ts';

export interface BoardDeps {
  /** Throws StoreError. */
  judge(now: Date, signal: AbortSignal): Promise<Judgement>;
  /** What a judgement would rest on now. Throws StoreError. */
  newestCommitAt(): Promise<Date | null>;
  clock: Clock;
  log: Log;
}

/** Disposing stops a judgement that is under way. */
export interface Board extends AsyncDisposable {
  /** The newest judgement; null while there is none. */
  read(): Promise<Judgement | null>;
  /** Judges where something new was committed. Not waited for by whoever calls it. */
  warm(): Promise<void>;
}

/** A page waits this long for a new judgement. */
const patienceMs = 250;
/** A judgement is taken as of now for this long. */
const keptMs = 60_000;

export function createBoard({ judge, newestCommitAt, clock, log }: BoardDeps): Board {
  const life = new AbortController();
  let newest: Judgement | null = null;
  let judging: Promise<void> | null = null;

  const judgeOnce = (): Promise<void> => {
    judging ??= judge(clock.now(), life.signal)
      .then((judgement) => {
        newest = judgement;
      })
      .catch((error: unknown) => {
        if (!life.signal.aborted) log.warn({ err: error }, 'verdicts for the pages could not be judged');
      })
      .finally(() => {
        judging = null;
      });
    return judging;
  };
  const isOld = async (): Promise<boolean> =>
    newest === null || (await newestCommitAt())?.getTime() !== newest.committedAt?.getTime();

  return {
    async read() {
      if ((await isOld()) || clock.now().getTime() - (newest?.judgedAt.getTime() ?? 0) > keptMs) {
        const patience = new AbortController();
        await Promise.race([judgeOnce(), clock.sleep(patienceMs, patience.signal).catch(() => undefined)]);
        patience.abort();
      }
      return newest;
    },
    async warm() {
      try {
        if (await isOld()) await judgeOnce();
      } catch (error) {
        if (!life.signal.aborted) log.warn({ err: error }, 'the database could not be asked for news');
      }
    },
    async [Symbol.asyncDispose]() {
      life.abort();
      await judging;
    },
  };
}
