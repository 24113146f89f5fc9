// `doctor` tells one line each and changes nothing; what only reads makes no database.

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/embedded.ts';
import { freshDatabase } from '../support/postgres.ts';
import { runProgram } from '../support/program.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../support/simulated-cloud.ts';

let cloud: SimulatedCloud;
beforeAll(async () => {
  cloud = await startSimulatedCloud(['--projects', '2', '--instances', '2', '--days', '2']);
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

describe('doctor', () => {
  test('tells every list of every project, the clock, the database and the schema, and exits 0', async () => {
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    const { code, stdout } = await runProgram(['-c', file, 'doctor']);
    const lists = cloud.projects.flatMap(({ id, name }) =>
      ['instances', 'instance_backups', 'database_table_backups'].map(
        (list) => `ok    ${name} (${id}) ${list}: readable`,
      ),
    );
    expect(stdout.split('\n')).toEqual([
      `ok    configuration: ${file}`,
      ...lists,
      expect.stringMatching(/^ok {4}clock: \d s /),
      'ok    database: reachable',
      expect.stringMatching(/^ok {4}schema: version \d+, current$/),
      'ok    inventory: empty: what comes and goes before the first certified run cannot be proved',
      '',
    ]);
    expect(code).toBe(0);
  });

  test('tells what a forbidden project lacks, goes on with the others, and exits 1', async () => {
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    const [forbidden, other] = cloud.projects;
    await cloud.post('forbid-project', { projectId: forbidden?.id });
    const { code, stdout } = await runProgram(['-c', file, 'doctor']);
    expect(stdout).toMatch(new RegExp(`^FAULT ${forbidden?.name}.* instances: .*Grant the user`, 'm'));
    expect(stdout).toMatch(new RegExp(`^ok    ${other?.name}.* instances: readable$`, 'm'));
    expect(code).toBe(1);
  });

  test('makes no embedded database', async () => {
    await using directory = await temporaryDirectory();
    const [project] = cloud.projects;
    const env = {
      HUAWEICLOUD_SDK_AK: cloud.credentials.accessKey,
      HUAWEICLOUD_SDK_SK: 'wrong-secret-key',
      HUAWEICLOUD_PROJECT_ID: project?.id ?? '',
      HUAWEICLOUD_ENDPOINT: cloud.url,
    };
    const { code, stdout } = await runProgram(['doctor'], { cwd: directory.path, env });
    expect(stdout).toMatch(/^FAULT .* instances: The cloud refused the credentials/m);
    expect(stdout).toMatch(/^ok {4}database: none in \.\/data yet; the first `sync` makes it$/m);
    expect(code).toBe(1);
    expect(await readdir(directory.path)).toEqual([]);
  });
});

test.each([['report', 'freshness'], ['check'], ['explain', 'x'], ['prune', '--older-than', '40d']])(
  '%s without any data says to sync first, and makes nothing',
  async (...args) => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'c.yaml'), 'database: { directory: ./inventory }\n');
    const result = await runProgram(['-c', 'c.yaml', ...args], { cwd: directory.path });
    expect(result).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Run: backup-inventory sync'),
    });
    expect(await readdir(directory.path)).toEqual(['c.yaml']);
  },
);
