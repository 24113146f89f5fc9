import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { runProgram } from '../support/program.ts';
import { startSimulatedCloud } from '../support/simulated-cloud.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prune-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Moves all that was recorded two years into the past. */
const ageing = `
  update inventory.sweep set started_at = started_at - interval '2 years', finished_at = finished_at - interval '2 years',
    committed_at = committed_at - interval '2 years';
  update inventory.run set started_at = started_at - interval '2 years', finished_at = finished_at - interval '2 years'`;

test('sync prunes once a day where the configuration says how long to keep', async () => {
  await using cloud = await startSimulatedCloud(['--projects', '1', '--instances', '3', '--days', '5']);
  await using database = await freshDatabase();
  const file = await cloud.configFile(database.url, { extra: 'retention: { keep: 400d }' });
  const sync = () => runProgram(['-c', file, 'sync', '--json'], { timeoutMs: 60_000 });
  for (let run = 0; run < 4; run += 1) expect(await sync()).toMatchObject({ code: 0 });
  expect(await database.query('select count(*) as n from inventory.pruning')).toEqual([{ n: 1 }]);
  await database.query(ageing);
  await database.query("update inventory.pruning set pruned_at = pruned_at - interval '1 day'");
  const { code, stderr } = await sync();
  expect(code).toBe(0);
  // Four readings of each of three scopes were old; the newest two of each stay.
  expect(stderr).toMatch(/"removed":\{.*"sweeps":6,.*"msg":"pruned"/);
  expect(await database.query('select count(*) as n from inventory.sweep')).toEqual([{ n: 9 }]);
}, 180_000);

test('prune says what it would remove, removes it, and refuses what is no limit', async () => {
  await using database = await freshDatabase();
  const file = join(folder, 'reader.yaml');
  await writeFile(file, `database: { url: ${JSON.stringify(database.url)} }\n`);
  await database.query(`
    insert into inventory.anomaly (project_id, scope, kind, detail, blocks_certification, fingerprint, first_run_id,
      last_run_id, first_seen_at, last_seen_at)
    select 'p', 'instances', 'bad_time', 'odd', false, n::text, 1, 1, now() - n * interval '100 days', now() - n * interval '100 days'
    from generate_series(1, 9) n`);
  const prune = (...args: string[]) => runProgram(['-c', file, 'prune', ...args]);
  const dry = await prune('--older-than', '450d', '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toMatch(/^would be removed, of before 20\d\d-.*:\n/);
  expect(dry.stdout).toMatch(/^ +5 {2}anomalies$/m);
  const wet = await prune('--older-than', '450d');
  expect(wet.stdout).toMatch(/^removed, of before/);
  expect(wet.stdout).toMatch(/^ +5 {2}anomalies$/m);
  expect(await database.query('select count(*) as n from inventory.anomaly')).toEqual([{ n: 4 }]);
  for (const wrong of [[], ['--older-than', '2'], ['--older-than', '29d']]) {
    expect(await prune(...wrong)).toMatchObject({ code: 2, stdout: '' });
  }
}, 90_000);
