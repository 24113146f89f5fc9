// Some hours of schedule; `npm run soak` lives through a day.

import { expect, test } from 'vitest';
import { randomOf } from '../inventory/moving-list.ts';
import { liveThrough } from './living.ts';

test('hours of runs over a cloud that churns and misbehaves: never a falsehood, nothing leaks, exact at the end', async () => {
  const outcome = await liveThrough({ hours: 5, recentRuns: 2, random: randomOf(7) });
  expect(outcome.falsehoods).toEqual([]);
  expect(outcome.inexact).toEqual([]);
  expect(outcome.certified).toBeGreaterThan(10);
  const [first, last] = [outcome.samples[1], outcome.samples.at(-1)];
  expect(last?.handles).toBeLessThanOrEqual((first?.handles ?? 0) + 5);
  expect(last?.descriptors).toBeLessThanOrEqual((first?.descriptors ?? 0) + 5);
}, 240_000);
