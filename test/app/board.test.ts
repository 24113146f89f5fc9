// When verdicts are found for the pages, and when the last ones are shown.

import { expect, test } from 'vitest';
import { createBoard } from '../../src/app/board.ts';
import type { Judgement } from '../../src/inventory/overview.ts';

function judgementOf(judgedAt: Date, committedAt: Date | null): Judgement {
  return { judgedAt, committedAt, days: [], findings: [], standings: [], growth: [] };
}

/** A board with a clock and a database that the test moves. */
function boardOf({ slow = false, fails = false }: { slow?: boolean; fails?: boolean } = {}) {
  const world = { nowMs: 0, committedAt: new Date(0), judged: 0, warnings: [] as string[], finish: () => {} };
  const note = (_fields: object, message: string) => void world.warnings.push(message);
  const board = createBoard({
    clock: { now: () => new Date(world.nowMs), sleep: async () => {} },
    log: { debug() {}, info() {}, warn: note, error: note },
    newestCommitAt: async () => world.committedAt,
    judge: async (now, signal) => {
      world.judged += 1;
      const { committedAt } = world;
      if (fails) throw new Error('no database');
      if (slow) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        world.finish = resolve;
        signal.addEventListener('abort', () => reject(signal.reason));
        await promise;
      }
      return judgementOf(now, committedAt);
    },
  });
  return { world, board };
}

/** A sleep that never ends before the judgement does. */
async function patientRead(board: ReturnType<typeof boardOf>['board']) {
  await board.read();
  return await board.read();
}

test('verdicts are found once and kept for a minute', async () => {
  const { world, board } = boardOf();
  expect(await patientRead(board)).toMatchObject({ judgedAt: new Date(0) });
  world.nowMs = 60_000;
  await patientRead(board);
  expect(world.judged).toBe(1);
  world.nowMs = 60_001;
  expect(await patientRead(board)).toMatchObject({ judgedAt: new Date(60_001) });
  expect(world.judged).toBe(2);
});

test('verdicts are found anew once something was committed', async () => {
  const { world, board } = boardOf();
  await patientRead(board);
  world.committedAt = new Date(5);
  expect(await patientRead(board)).toMatchObject({ committedAt: new Date(5) });
  await board.warm();
  expect(world.judged).toBe(2);
});

test('a page is not kept waiting: it is shown the last verdicts, or none', async () => {
  const { world, board } = boardOf({ slow: true });
  expect(await board.read()).toBeNull();
  expect(await board.read()).toBeNull();
  expect(world.judged).toBe(1); // many readers, one judgement
  world.finish();
  await new Promise(setImmediate);
  expect(await board.read()).toMatchObject({ judgedAt: new Date(0) });
  world.nowMs = 100_000;
  expect(await board.read()).toMatchObject({ judgedAt: new Date(0) });
  expect(world.judged).toBe(2);
  await board[Symbol.asyncDispose]();
});

test('disposing stops a judgement under way, and that is no trouble', async () => {
  const { world, board } = boardOf({ slow: true });
  await board.read();
  await board[Symbol.asyncDispose]();
  expect(world.warnings).toEqual([]);
});

test('a judgement that fails is logged and tried again by the next page', async () => {
  const { world, board } = boardOf({ fails: true });
  expect(await patientRead(board)).toBeNull();
  await board.warm();
  expect(world.judged).toBeGreaterThan(1);
  expect(new Set(world.warnings)).toEqual(new Set(['verdicts for the pages could not be judged']));
});
