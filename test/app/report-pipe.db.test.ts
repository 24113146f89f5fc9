// A long report into a pipe: whole where it is read, and no hang where the reader goes away.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-pipe-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sweeps = 4000;
const filled = `
  insert into inventory.project (project_id, name, region, endpoint, first_seen_at, changed_at)
    values ('p', 'prod', 'eu-west-0', 'https://example.org', now(), now());
  insert into inventory.run (trigger, mode, started_at, finished_at, outcome, program_version, config_digest, host, process_id)
    select 'command', 'full', now() - n * interval '1 minute', now() - n * interval '1 minute', 'certified', '1', '', 'h', 1
    from generate_series(1, ${sweeps}) n;
  insert into inventory.sweep (run_id, project_id, scope, mode, certified, pages, requests, retries, passes, rescans,
      rescans_joint, rescans_tie, rescans_total, duplicates, distinct_ids, ids_digest, inserted, updated, unchanged, struck,
      retired, revived, quarantined, anomalies, started_at, finished_at, committed_at)
    select run_id, 'p', 'instances', 'full', true, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, repeat('0', 64), 0, 0, 0, 0, 0, 0, false, 0,
      started_at, started_at, started_at from inventory.run`;

test('is written whole, and ends at once where the reader went away', async () => {
  await using database = await freshDatabase();
  await database.query(filled);
  const file = join(folder, 'reader.yaml');
  await writeFile(file, `database: { url: ${JSON.stringify(database.url)} }\n`);
  const args = ['-c', file, 'report', 'certificates', '--format', 'csv'];

  await using read = startProgram(args);
  const { code, stdout } = await read.result;
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(sweeps + 1);

  await using abandoned = startProgram(args);
  abandoned.child.stdout?.once('data', () => abandoned.child.stdout?.destroy());
  expect(await abandoned.result).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^backup-inventory: The inventory begins at .*\n$/),
  });
}, 60_000);
