import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram, startProgram } from './support/program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the program as a process', () => {
  test('prints all faults of a file on stderr and exits 2', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'projects:\n  - { id: p1 }\nfreshness: 3\nhtpp: {}\n');
    const result = await runProgram(['config', 'check', '--config', file]);
    expect(result).toMatchObject({ code: 2, signal: null, stdout: '' });
    expect(result.stderr.split('\n').map((line) => line.split(':')[0])).toEqual([
      'backup-inventory',
      'cloud.auth',
      'projects[0].region',
      'freshness',
      'htpp',
      '',
    ]);
  });

  test('takes the file from the environment, where no flag names one', async () => {
    const file = join(folder, 'good.yaml');
    writeFileSync(file, 'projects:\n  - { id: p1, region: cn-north-1 }\n');
    const env = { HUAWEICLOUD_SDK_AK: 'AKAKAK', HUAWEICLOUD_SDK_SK: 'SKSKSK', BACKUP_INVENTORY_CONFIG: file };
    expect(await runProgram(['config', 'check'], { env })).toMatchObject({
      code: 0,
      stdout: 'configuration is valid\n',
    });
  });

  test('writes all of a long result into a pipe before it ends', async () => {
    const projects = Array.from({ length: 3000 }, (_, i) => `  - { id: project-${i}, region: cn-north-1 }\n`);
    const file = join(folder, 'long.yaml');
    writeFileSync(file, `projects:\n${projects.join('')}`);
    const env = { HUAWEICLOUD_SDK_AK: 'AKAKAK', HUAWEICLOUD_SDK_SK: 'SKSKSK' };
    const { code, stdout } = await runProgram(['config', 'print', '-c', file], { env });
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(200_000);
    expect(stdout).toContain('project-2999');
    expect(stdout.endsWith('freshness: 3h # default\n')).toBe(true);
  });
});

describe('the process when things go wrong', () => {
  const probes = fileURLToPath(new URL('./support/probe-commands.ts', import.meta.url));
  const nodeArgs = ['--import', probes];

  test('a first signal asks, a second one ends it at once', async () => {
    await using program = startProgram(['probe-deaf'], { nodeArgs });
    await program.waitFor(/deaf/);
    program.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(program.child.exitCode).toBeNull();
    program.child.kill('SIGTERM');
    expect(await program.result).toMatchObject({ code: 143, signal: null });
  });

  test('a command that does not listen is ended within ten seconds', async () => {
    await using program = startProgram(['probe-deaf'], { nodeArgs });
    await program.waitFor(/deaf/);
    const startedAt = performance.now();
    program.child.kill('SIGINT');
    const { code, stderr } = await program.result;
    expect(code).toBe(130);
    expect(stderr).toContain('did not stop in time');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('an error that nobody caught ends it with 1 and one clear line without secrets', async () => {
    const env = { DATABASE_URL: 'postgres://u:hunter2secret@h/db' };
    const crashed = await runProgram(['probe-crash'], { nodeArgs, env });
    expect(crashed).toMatchObject({
      code: 1,
      stderr: 'backup-inventory: unexpected failure: crashed with postgres://u:[redacted]@h/db\n',
    });
    const rejected = await runProgram(['probe-reject'], { nodeArgs });
    expect(rejected).toMatchObject({ code: 1, stderr: 'backup-inventory: unexpected failure: nobody listened\n' });
  });

  test('a forgotten handle does not keep it alive, and no output is lost', async () => {
    const { code, stdout } = await runProgram(['probe-leak'], { nodeArgs });
    expect(code).toBe(6);
    expect(stdout).toHaveLength(5_000_000);
  });

  test('a reader that goes away is no failure', async () => {
    await using program = startProgram(['probe-leak'], { nodeArgs });
    program.child.stdout?.destroy();
    expect(await program.result).toMatchObject({ code: 6, stderr: '' });
  });

  test('an old version of Node gets a message, not a stack', async () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.1.0" })';
    expect(await runProgram(['--version'], { nodeArgs: ['--import', pretend] })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/needs Node\.js 24 or newer/),
    });
  });
});
