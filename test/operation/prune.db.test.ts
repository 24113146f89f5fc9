import { expect, test } from 'vitest';
import { countPrunable, prune, pruneWhenDue } from '../../src/postgres/prune.ts';
import { backup } from '../postgres/inventory-facts.ts';
import { databaseKinds, freshStore, runOnce, strikeOrRetire } from '../postgres/inventory-fixture.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';

const dayMs = 24 * hourMs;

async function findings(story: Story, at: Date): Promise<unknown[]> {
  return await story.query(`
    select * from compliance.finding_at('${at.toISOString()}') order by control_id, project_id, instance_id`);
}

/** Five months of a reading or two a day, in which backups fail, vanish, come late, and an instance and a policy go. */
async function fiveMonths(story: Story): Promise<void> {
  const [project] = story.simulator.projectIds;
  if (project === undefined) throw new Error('no project');
  const { control } = story.simulator;
  for (let day = 0; day < 150; day += 1) {
    const truth = story.simulator.truth(project);
    const victim = truth.instances[day % truth.instances.length];
    if (day % 9 === 0 && victim) control.scriptNights({ projectId: project, instanceId: victim.id, failNext: 2 });
    if (day % 13 === 0) {
      const [, second] = truth.instance_backups;
      if (second) control.deleteBackup({ projectId: project, backupId: second.id });
    }
    if (day === 40 && victim) control.setPolicy({ projectId: project, instanceId: victim.id, keepDays: 3 });
    if (day === 90 && victim) control.deleteInstance({ projectId: project, instanceId: victim.id });
    for (let half = 0; half < 2; half += 1) {
      story.pass(12 * hourMs);
      // A blind week: nothing was read.
      if ((day < 80 && half === 0) || day > 86) await story.run();
    }
  }
}

test('what is pruned changes no verdict at any instant of the kept time', async () => {
  await using story = await beginStory({
    cloud: { instances: 5, days: 20 },
    extra: 'freshness: 20h\nobjectives: [{ rpo: 26h, retention: 7d, minimumCopies: 3 }]',
  });
  await fiveMonths(story);
  const now = story.clock.now();
  const keptFrom = new Date(now.getTime() - 42 * dayMs);
  const instants = [0, 0.4, 1, 3, 6.5, 7, 8, 9, 15, 29.3, 42].map(
    (days) => new Date(keptFrom.getTime() + days * dayMs),
  );
  const before = [];
  for (const instant of instants) before.push(await findings(story, instant));
  expect(before.flat().length).toBeGreaterThan(500);
  const counters = await story.query('select * from inventory.counter order by 1, 2, 3, 4, 5');
  const live = await story.query('select * from inventory.backup where retired_at is null order by backup_id');

  const input = { at: now, keptFrom };
  const expected = await countPrunable(story.database, input);
  const removed = await prune(story.database, input);
  expect(removed).toEqual(expected);
  expect(removed.backup_states).toBeGreaterThan(500);
  expect(removed.sweeps).toBeGreaterThan(300);
  expect(removed.runs).toBeGreaterThan(50);
  expect(removed.retired_backups).toBeGreaterThan(10);
  for (const [index, instant] of instants.entries()) {
    expect([instant, await findings(story, instant)]).toEqual([instant, before[index]]);
  }
  expect(await story.query('select * from inventory.counter order by 1, 2, 3, 4, 5')).toEqual(counters);
  expect(await story.query('select * from inventory.backup where retired_at is null order by backup_id')).toEqual(live);

  expect(Object.values(await prune(story.database, input)).every((count) => count === 0)).toBe(true);
  const [limit] = await story.query('select kept_from, pruned_at from inventory.history_limit');
  expect(limit).toEqual({ kept_from: keptFrom, pruned_at: now });
  story.pass(12 * hourMs);
  expect(await story.run()).toMatchObject({ outcome: 'certified' });
}, 240_000);

test('the newest readings of a scope stay, however old', async () => {
  await using fixture = await freshStore();
  for (let run = 0; run < 5; run += 1) await runOnce(fixture, [[backup('b1')]]);
  await runOnce(fixture, [[]], { certificate: { certified: false, reason: 'timeout' } });
  const at = new Date(fixture.clock.now().getTime() + 1000 * dayMs);
  const { sweeps } = await prune(fixture.database, { at, keptFrom: new Date(at.getTime() - 400 * dayMs) });
  expect(sweeps).toBe(3);
  const kept = await fixture.query('select certified, reason, run_id from inventory.sweep order by run_id');
  expect(kept).toEqual([
    { certified: true, reason: null, run_id: 4 },
    { certified: true, reason: null, run_id: 5 },
    { certified: false, reason: 'timeout', run_id: 6 },
  ]);
});

test.each(databaseKinds)('pruning is due once a day and says since when history is whole (%s)', async (kind) => {
  await using fixture = await freshStore(kind);
  await runOnce(fixture, [[backup('b1', { status: 'BUILDING', endAt: null })]]);
  await runOnce(fixture, [[backup('b1')]]);
  await runOnce(fixture, [[]], { absence: strikeOrRetire });
  const limit = 'select kept_from from inventory.history_limit';
  expect(await fixture.query(limit)).toEqual([{ kept_from: null }]);
  const at = new Date(fixture.clock.now().getTime() + 500 * dayMs);
  const keptFrom = new Date(at.getTime() - 400 * dayMs);
  const daily = { at, keptFrom, everyMs: 23 * hourMs };
  expect(await pruneWhenDue(fixture.database, daily)).toMatchObject({ backup_states: 2 });
  expect(await fixture.query(limit)).toEqual([{ kept_from: keptFrom }]);
  const past = 'select count(*)::int as n from inventory.backup_past';
  expect(await fixture.query(past)).toEqual([{ n: 0 }]);
  expect(await pruneWhenDue(fixture.database, daily)).toBeNull();
  const nextDay = { ...daily, at: new Date(at.getTime() + dayMs) };
  const [first, second] = await Promise.all([
    pruneWhenDue(fixture.database, nextDay),
    pruneWhenDue(fixture.database, nextDay),
  ]);
  expect([first, second].filter((counts) => counts !== null)).toHaveLength(1);
});
