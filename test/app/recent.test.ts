// Recent runs: what is new and what was unfinished, for a handful of requests; they prove nothing about absence.

import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { runProgram } from '../support/program.ts';
import { startSimulatedCloud } from '../support/simulated-cloud.ts';

test('a recent run adds new backups and finishes old ones for ceil(new / 100) + 1 requests a list, and strikes nothing', async () => {
  await using cloud = await startSimulatedCloud([
    '--projects',
    '1',
    '--instances',
    '30',
    '--days',
    '40',
    '--seed',
    '5',
  ]);
  await using database = await freshDatabase();
  const file = await cloud.configFile(database.url);
  const sync = async (...args: string[]) => {
    const result = await runProgram(['--config', file, 'sync', '--json', ...args], { timeoutMs: 60_000 });
    return { ...result, summary: JSON.parse(result.stdout) };
  };
  const [project] = cloud.projects;
  const projectId = project?.id ?? '';

  // Without an earlier reading there is no window: the first recent run reads whole lists.
  const first = await sync('--mode', 'recent');
  expect(first.code).toBe(0);
  expect(first.summary.scopes.map((scope: { certified: boolean }) => scope.certified)).toEqual([true, true]);
  await sync();

  const { result: added } = (await cloud.post('insert-backup', { projectId, status: 'COMPLETED' })) as {
    result: string;
  };
  const truth = await cloud.truth(projectId);
  const gone = truth.instance_backups.at(-1)?.id;
  await cloud.post('delete-backup', { projectId, backupId: gone });
  const stored = await database.query<{ backup_id: string; begin_at: Date }>(
    "select backup_id, begin_at from inventory.backup where status = 'BUILDING' and backup_scope = 'instance'",
  );

  const oldest = stored.sort((a, b) => a.begin_at.getTime() - b.begin_at.getTime())[0]?.backup_id;
  await cloud.post('complete-backup', { projectId, backupId: oldest });

  const recent = await sync('--mode', 'recent');
  expect(recent.code).toBe(0);
  for (const scope of recent.summary.scopes) {
    expect(scope).toMatchObject({ mode: 'recent', certified: false, reason: 'recent', struck: 0, retired: 0 });
    const allowed = Math.ceil(scope.inserted / 100) + 1 + (scope.scope === 'instance_backups' ? stored.length : 0);
    expect(scope.requests).toBeLessThanOrEqual(allowed);
  }
  const [finished] = await database.query('select status from inventory.backup where backup_id = $1', [oldest]);
  expect(finished).toEqual({ status: 'COMPLETED' });
  const [seen] = await database.query('select retired_at from inventory.backup where backup_id = $1', [added]);
  expect(seen).toEqual({ retired_at: null });
  const [kept] = await database.query('select missing_since from inventory.backup where backup_id = $1', [gone]);
  expect(kept).toEqual({ missing_since: null });
  const listed = new Set((await cloud.truth(projectId)).instance_backups.map(({ id }) => id));
  const known = await database.query<{ backup_id: string }>(
    "select backup_id from inventory.backup where backup_scope = 'instance'",
  );
  expect([...listed].filter((id) => !known.some((row) => row.backup_id === id))).toEqual([]);
}, 60_000);
