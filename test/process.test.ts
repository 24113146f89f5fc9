import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from './support/program.ts';

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
