// Runs that are told to stop, and runs that meet each other.

import { describe, expect, test } from 'vitest';
import { silentProgress } from '../../src/app/progress.ts';
import { LockHeldError } from '../../src/inventory/errors.ts';
import { beginStory, type Story } from '../support/story.ts';
import { expectExact, trustedRun } from './api-matrix.ts';

/** A run that is stopped after so many requests of a kind; with the seconds that it took to end. */
async function stopAfter(story: Story, requests: number, operation: string) {
  const stop = new AbortController();
  let stoppedMs = Number.POSITIVE_INFINITY;
  const abort = () => {
    stoppedMs = performance.now();
    stop.abort(new Error('stopped'));
  };
  story.simulator.afterRequests(requests, abort, { operation });
  const summary = await trustedRun(story, { signal: stop.signal });
  return { summary, seconds: (performance.now() - stoppedMs) / 1000 };
}

describe('a run that is stopped', () => {
  test('between two lists is not certified, though the lists that it read were', async () => {
    await using story = await beginStory();
    const stop = new AbortController();
    const progress = { ...silentProgress, finish: () => stop.abort(new Error('stopped')) };
    const summary = await trustedRun(story, { signal: stop.signal, progress });
    expect(summary).toMatchObject({ outcome: 'cancelled', exitCode: 3 });
    expect(summary.scopes).toMatchObject([{ scope: 'instances', certified: true }]);
    const runs = await story.query('select outcome from inventory.run');
    expect(runs).toEqual([{ outcome: 'cancelled' }]);
    await expectExact(story);
  });

  test('in the middle of a list stores what it saw, strikes nothing, and certifies nothing', async () => {
    await using story = await beginStory({ cloud: { backupsPerProject: 450 }, settings: { concurrency: 1 } });
    const { summary } = await stopAfter(story, 2, 'list_backups');
    expect(summary).toMatchObject({ outcome: 'cancelled', exitCode: 3 });
    expect(summary.scopes[1]).toMatchObject({ certified: false, reason: 'cancelled', struck: 0 });
    expect(summary.scopes[1]?.inserted).toBeGreaterThanOrEqual(100);
    expect(summary.scopes).toHaveLength(2);
    await expectExact(story);
  });

  test('in a list of which it has more than it can commit in time keeps nothing of it, and ends at once', async () => {
    await using story = await beginStory({ cloud: { backupsPerProject: 21_500 }, settings: { concurrency: 8 } });
    const { summary, seconds } = await stopAfter(story, 212, 'list_backups');
    expect(summary.scopes[1]).toMatchObject({ reason: 'cancelled', inserted: 0 });
    expect(summary.scopes[1]?.listed).toBeGreaterThan(20_000);
    expect(seconds).toBeLessThan(5);
    expect(await story.query("select from inventory.sweep where scope = 'instance_backups'")).toEqual([]);
    expect(await story.query('select from inventory.backup')).toEqual([]);
  }, 120_000);

  test('over two hundred projects does not begin with those that wait', async () => {
    await using story = await beginStory({ cloud: { projects: 200, instances: 1, days: 2 } });
    const { summary, seconds } = await stopAfter(story, 20, 'list_instances');
    expect(summary.outcome).toBe('cancelled');
    expect(summary.scopes.length).toBeLessThan(60);
    expect(seconds).toBeLessThan(5);
    expect(summary.exitCode).toBe(3);
  }, 60_000);

  test('before the first answer has certified nothing: exit 4', async () => {
    await using story = await beginStory();
    const summary = await trustedRun(story, { signal: AbortSignal.abort(new Error('stopped')) });
    expect(summary).toMatchObject({ outcome: 'cancelled', exitCode: 4, scopes: [] });
  });
});

test('of runs that start at once one writes and the others say so', async () => {
  await using story = await beginStory({ cloud: { backupsPerProject: 230 } });
  for (let round = 0; round < 3; round += 1) {
    const ends = await Promise.allSettled([story.run(), story.run(), story.run(), story.run()]);
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toBeInstanceOf(LockHeldError);
    expect(ends.length - refused.length).toBeGreaterThan(0);
  }
  await expectExact(story);
});
