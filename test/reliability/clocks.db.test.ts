// Clocks that are wrong, jump, and are set right again. The program's clock is the simulation's plus a skew.

import { describe, expect, test } from 'vitest';
import { difference, none } from '../support/audit.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';
import { expectExact, expectWholeHistory, reasonsOf, trustedRun, truthsOf } from './api-matrix.ts';

const minuteMs = 60_000;
const dayMs = 24 * hourMs;

interface Dates {
  newest: Date | null;
  rules: Date | null;
  projects: Date | null;
}

/** The newest dates that anything but a run's own row carries. */
async function dates(story: Story): Promise<Dates> {
  const [row] = await story.query<Dates>(`
    select (select max(committed_at) from inventory.sweep) as newest,
      (select max(valid_from) from compliance.objective) as rules,
      (select max(changed_at) from inventory.project) as projects`);
  return row ?? { newest: null, rules: null, projects: null };
}

async function verdicts(story: Story): Promise<string[]> {
  story.pass(1000); // commits are a millisecond apart, on a clock that stands still
  const rows = await story.query<{ verdict: string }>(`
    select distinct verdict from compliance.control_last_good_backup_at('${story.simulator.now().toISOString()}')
    order by 1`);
  return rows.map(({ verdict }) => verdict);
}

describe.each(['aksk', 'password'] as const)('with %s', (auth) => {
  test.each([
    ['twenty minutes ahead', 20 * minuteMs],
    ['twenty minutes behind', -20 * minuteMs],
    ['a day ahead', dayMs],
    ['ten years ahead', 3650 * dayMs],
  ])('a clock %s stores nothing but its own run, and says what to do', async (_how, skewMs) => {
    await using story = await beginStory({ auth });
    await trustedRun(story);
    const before = await dates(story);
    story.pass(hourMs);
    story.clock.skewMs = skewMs;
    const summary = await trustedRun(story);
    expect(summary.exitCode).toBe(4);
    expect(reasonsOf(summary)).toBe(auth === 'aksk' ? 'auth auth auth' : 'cancelled cancelled cancelled');
    for (const { errorMessage } of summary.scopes) expect(errorMessage).toMatch(/clock is \d+ minutes .*Set the clock/);
    expect(await dates(story)).toEqual(before);
    const [run] = await story.query('select outcome, error_code from inventory.run order by run_id desc limit 1');
    expect(run).toEqual({ outcome: 'failed', error_code: 'CLOCK_OFF' });

    story.clock.skewMs = 0;
    await expectExact(story);
    expect(await verdicts(story)).not.toContain('UNKNOWN');
  });

  test('the first run of all with a clock a day ahead leaves nothing that lies in the future', async () => {
    await using story = await beginStory({ auth, skewMs: dayMs });
    await trustedRun(story);
    expect(await dates(story)).toEqual({ newest: null, rules: null, projects: null });
    story.clock.skewMs = 0;
    await expectExact(story);
    expect(await verdicts(story)).toContain('COMPLIANT');
  });
});

test('a clock that jumps within the allowed fifteen minutes orders commits all the same', async () => {
  await using story = await beginStory({ cloud: { churn: { insert: 0.3, delete: 0.2 } } });
  for (const skew of [0, 14, -14, 14, 0, -14, 7, -7, 14, 13, 0]) {
    story.pass(5 * minuteMs);
    story.clock.skewMs = skew * minuteMs;
    expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok');
  }
  const [order] = await story.query(`
    select bool_and(committed_at > before) as rising, count(*) as sweeps from (
      select committed_at, lag(committed_at) over (order by run_id, committed_at) as before from inventory.sweep
    ) s where before is not null`);
  expect(order).toEqual({ rising: true, sweeps: 32 });
  await expectWholeHistory(story);
});

test('a clock that jumps in mid-sweep is noticed before the commit', async () => {
  await using story = await beginStory({ auth: 'password', cloud: { backupsPerProject: 230 } });
  const jump = () => {
    story.clock.skewMs = dayMs;
  };
  story.simulator.afterRequests(2, jump, { operation: 'list_backups' });
  const summary = await trustedRun(story);
  expect(reasonsOf(summary)).toBe('ok cancelled cancelled');
  expect(summary.scopes[1]).toMatchObject({ errorCode: 'CLOCK_OFF', inserted: 0 });
  story.clock.skewMs = 0;
  story.pass(hourMs);
  await expectExact(story);
});

test('where the cloud cannot be asked for the time, a wrong clock costs freshness and the facts go on', async () => {
  await using story = await beginStory();
  await trustedRun(story);
  story.simulator.control.setFaults({ faults: [{ fault: 'reset-connect' }] });
  story.clock.skewMs = dayMs;
  expect(reasonsOf(await trustedRun(story))).toBe('unreachable unreachable unreachable');
  story.simulator.control.clearFaults();
  story.clock.skewMs = 0;
  story.pass(hourMs);
  expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok');
  expect(await difference(story.query, truthsOf(story))).toEqual(none);
  // Commits never overtake each other, so until that day is over "as of now" leaves the new ones out: doubt, not lies.
  story.pass(3 * hourMs);
  await trustedRun(story);
  expect(await verdicts(story)).toEqual(['UNKNOWN']);
  story.pass(dayMs);
  await trustedRun(story);
  expect(await verdicts(story)).not.toContain('UNKNOWN');
});
