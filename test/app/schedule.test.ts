// Which times of the schedule become runs.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurn } from '../../src/app/schedule.ts';
import type { SweepMode } from '../../src/inventory/model.ts';

function schedule() {
  const started: SweepMode[] = [];
  const ends: (() => void)[] = [];
  const come = inTurn((mode) => {
    started.push(mode);
    return new Promise((resolve) => ends.push(resolve));
  });
  const end = async () => {
    ends.shift()?.();
    await turn();
  };
  return { started, come: (mode: SweepMode) => void come(mode), end };
}

test('a time that falls into a run is skipped', async () => {
  const { started, come, end } = schedule();
  come('full');
  come('full');
  come('recent');
  await end();
  expect(started).toEqual(['full']);
  come('recent');
  come('recent');
  await end();
  expect(started).toEqual(['full', 'recent']);
});

test('a full run that falls into a recent one comes right after it, once', async () => {
  const { started, come, end } = schedule();
  come('recent');
  come('full'); // both at the full hour, the recent one first
  come('full');
  expect(started).toEqual(['recent']);
  await end();
  expect(started).toEqual(['recent', 'full']);
  come('recent');
  await end();
  come('full');
  expect(started).toEqual(['recent', 'full', 'full']);
});

test('a run that fails does not stop the times after it', async () => {
  let runs = 0;
  const come = inTurn(async () => {
    runs += 1;
    throw new Error('failed');
  });
  await expect(come('full')).rejects.toThrow('failed');
  await expect(come('full')).rejects.toThrow('failed');
  expect(runs).toBe(2);
});
