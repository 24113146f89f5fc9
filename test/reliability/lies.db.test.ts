// Lists that lie while they move: totals wrong in both directions, rows hidden, look-ups that contradict.

import { describe, expect, test } from 'vitest';
import { difference, none } from '../support/audit.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';
import { expectExact, reasonsOf, trustedRun, truthsOf } from './api-matrix.ts';

async function retired(story: Story): Promise<number> {
  const rows = await story.query('select from inventory.backup where retired_at is not null');
  return rows.length;
}

describe('over a list that changes with every request', () => {
  const churn = { insert: 0.6, expire: 0.3, delete: 0.3 };
  test.each([
    ['a total that is too high', 'total-high', /total_mismatch/],
    ['a total that is too low', 'total-low', null],
    ['a total that counts the page', 'total-of-page', null],
    ['pages cut in half', 'short-page', /total_mismatch/],
    ['pages twice as long', 'page-too-long', null],
    ['rows that come twice', 'duplicate-across-pages', null],
    ['the same page for ever', 'same-page', /joint_broken|page_cap/],
  ] as const)('%s never hurts a live row', async (_what, fault, reason) => {
    await using story = await beginStory({ cloud: { backupsPerProject: 320, churn } });
    await trustedRun(story);
    for (let round = 0; round < 4; round += 1) {
      story.pass(hourMs);
      story.simulator.control.setFaults({ faults: [{ fault, probability: round === 0 ? 1 : 0.3 }] });
      const { scopes } = await trustedRun(story);
      if (round === 0 && reason !== null) expect(scopes[1]?.reason).toMatch(reason);
    }
    story.simulator.control.clearFaults();
    story.simulator.control.setChurn({ insert: 0, expire: 0, delete: 0 });
    await trustedRun(story);
    await expectExact(story); // the second of two certified sweeps retires what the first one missed
  });
});

/** Takes the newest backup out of every list, as if it were gone; the result brings it back as it was. */
function hide({ simulator }: Story): { backupId: string; show: () => void } {
  const [projectId = ''] = simulator.projectIds;
  const [victim] = simulator.truth(projectId).instance_backups;
  if (victim === undefined) throw new Error('nothing to hide');
  const { id, type, begin_time: beginTime, end_time: endTime, instance_id: instanceId, name, description } = victim;
  const { size, status } = victim;
  simulator.control.deleteBackup({ projectId, backupId: id });
  const kind = type === 'Auto' ? 'Auto' : 'Manual';
  const given = { projectId, instanceId, id, type: kind, beginTime, size, status, name, description } as const;
  const show = () => void simulator.control.insertBackup({ ...given, ...(endTime ? { endTime } : {}) });
  return { backupId: id, show };
}

describe('a list that hides rows', () => {
  const cloud = { backupsPerProject: 230 };
  const settings = { concurrency: 1 }; // four requests: three pages, and the first one again

  test('and counts them is given away by its own total', async () => {
    await using story = await beginStory({ cloud, settings });
    await trustedRun(story);
    story.simulator.control.setFaults({ faults: [{ fault: 'row-missing', operation: 'list_backups', count: 20 }] });
    const { scopes } = await trustedRun(story);
    expect(scopes[1]).toMatchObject({ certified: false, reason: 'total_mismatch', struck: 0, retired: 0 });
    story.simulator.control.clearFaults();
    await expectExact(story);
  });

  test('with a total that agrees is given away by a look-up, run after run', async () => {
    await using story = await beginStory({ cloud, settings });
    await trustedRun(story);
    for (let run = 0; run < 4; run += 1) {
      story.simulator.afterRequests(4, hide(story).show, { operation: 'list_backups' });
      const { scopes } = await trustedRun(story);
      expect(scopes[1]).toMatchObject({ certified: false, reason: 'total_mismatch', struck: 0, retired: 0 });
    }
    expect(story.lines.join()).toContain('look-up contradicts the list');
    await expectExact(story);
  });

  test.each(['error-503-empty', 'forbidden', 'html-200'] as const)(
    'and look-ups that answer %s: one certified sweep alone retires nothing',
    async (fault) => {
      await using story = await beginStory({ cloud, settings });
      await trustedRun(story);
      const { show } = hide(story);
      story.simulator.control.setFaults({ faults: [{ fault, operation: 'list_backups', nth: 5, count: 100 }] });
      const { scopes } = await trustedRun(story);
      expect(scopes[1]).toMatchObject({ certified: true, struck: 1, retired: 0 });
      story.simulator.control.clearFaults();
      show();
      await expectExact(story); // what was struck is seen again, and the strike is gone
    },
  );

  test('where joints alone decide, a look-up still gives it away, quarantined or not', async () => {
    const settings = { concurrency: 1, trustTotalCount: false };
    await using story = await beginStory({ cloud: { backupsPerProject: 230 }, settings });
    await trustedRun(story);
    // A page that lacks a row is short, and a short page ends a list whose total is not trusted.
    for (const certified of [true, true, false, false]) {
      story.simulator.control.setFaults({ faults: [{ fault: 'row-missing', operation: 'list_backups', count: 2 }] });
      const { scopes } = await story.run();
      expect(scopes[1]).toMatchObject({ certified, quarantined: certified });
      expect(await retired(story)).toBe(0);
    }
    story.simulator.control.clearFaults();
    await expectExact(story);
  });

  test('from every list and look-up cannot be told from a deletion; what comes back is revived, and both facts stay', async () => {
    await using story = await beginStory({ cloud: { backupsPerProject: 50 } });
    await trustedRun(story);
    const { backupId, show } = hide(story);
    for (let run = 0; run < 2; run += 1) {
      story.pass(hourMs);
      await trustedRun(story);
    }
    show();
    story.pass(hourMs);
    expect((await story.run()).scopes[1]).toMatchObject({ certified: true, revived: 1 });
    expect((await difference(story.query, truthsOf(story))).lacking).toEqual([]);
    const states = await story.query<{ retired: boolean }>(`
      select retired_at is not null as retired from inventory.backup_history
      where backup_id = '${backupId}' order by recorded_from`);
    expect(states.map((state) => state.retired)).toEqual([false, true, false]);
  });
});

test('half of a list gone at once is quarantined twice and believed at the third sweep, or by an operator', async () => {
  await using story = await beginStory({ cloud: { backupsPerProject: 100 } });
  await trustedRun(story);
  const [projectId = ''] = story.simulator.projectIds;
  const doomed = story.simulator.truth(projectId).instance_backups.slice(0, 60);
  for (const { id } of doomed) story.simulator.control.deleteBackup({ projectId, backupId: id });
  for (const quarantined of [true, true, false]) {
    story.pass(1000);
    const { scopes } = await trustedRun(story);
    expect(scopes[1]).toMatchObject({ certified: true, quarantined, retired: quarantined ? 0 : 60 });
  }
  expect(await difference(story.query, truthsOf(story))).toEqual(none);

  const rest = story.simulator.truth(projectId).instance_backups;
  for (const { id } of rest) story.simulator.control.deleteBackup({ projectId, backupId: id });
  expect((await trustedRun(story)).scopes[1]).toMatchObject({ quarantined: true, retired: 0 });
  const accepted = await trustedRun(story, { acceptMassRetirement: true });
  expect(accepted.scopes[1]).toMatchObject({ quarantined: false, retired: rest.length });
});

test('reads of one run end in a bounded number of requests, however the list goes on', async () => {
  await using story = await beginStory({ cloud: { backupsPerProject: 230 } });
  story.simulator.control.setFaults({
    faults: [{ fault: 'total-high', parameters: { by: 4_000_000_000 } }, { fault: 'last-page-again' }],
  });
  const { scopes, exitCode } = await trustedRun(story);
  expect(exitCode).toBe(4);
  for (const { requests, reason } of scopes) {
    expect(requests).toBeLessThan(100);
    expect(reason).toMatch(/total_mismatch|joint_broken|page_cap/);
  }
  story.simulator.control.clearFaults();
  await expectExact(story);
  expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok');
});
