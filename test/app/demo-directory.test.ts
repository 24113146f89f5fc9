// `demo` as scripts use it, and its directory: emptied at every start, but only what a demo made and nobody uses.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory } from '../../src/postgres/embedded-lock.ts';
import { temporaryDirectory } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

const demo = (directory: string, ...args: string[]) =>
  runProgram(['demo', '--once', '--directory', directory, ...args], { env: { LOG_FORMAT: 'pretty' } });

test('once: a certified run of the whole estate, which the printed command asks further; and the same again', async () => {
  await using directory = await temporaryDirectory();
  for (let round = 0; round < 2; round += 1) {
    const { code, stdout } = await demo(directory.path, '--seed', '3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^run 1 · certified · 9 of 9 scopes certified · .* · exit 0$/m);
    expect(stdout).toContain(`Ask further: backup-inventory --config ${join(directory.path, 'config.yaml')} report`);
  }
  const report = await runProgram(['--config', join(directory.path, 'config.yaml'), 'report', 'freshness']);
  expect(report).toMatchObject({ code: 0, stdout: expect.stringContaining('instance_backups') });
}, 120_000);

test('a directory with a config.yaml of somebody else is left alone', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'config.yaml'), 'projects: []\n');
  expect(await demo(directory.path)).toMatchObject({ code: 2, stderr: expect.stringContaining('no demo made it') });
  expect(await readdir(directory.path)).toEqual(['config.yaml']);
});

test('a directory of a demo with anything else in it is left alone', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'config.yaml'), '# Made by `backup-inventory demo`; …\n');
  await writeFile(join(directory.path, 'thesis.txt'), 'years of work');
  expect(await demo(directory.path)).toMatchObject({ code: 2 });
  expect(await readFile(join(directory.path, 'thesis.txt'), 'utf8')).toBe('years of work');
});

test('a wrong flag is told before anything is emptied', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'config.yaml'), '# Made by `backup-inventory demo`; …\n');
  for (const port of ['x', '65536', '-1', '1.5']) {
    const told = expect.stringContaining(`--port takes a number from 0 to 65535, not "${port}".`);
    expect(await demo(directory.path, `--port=${port}`)).toMatchObject({ code: 2, stderr: told });
  }
  expect(await readdir(directory.path)).toEqual(['config.yaml']);
});

test('a port that is taken is told before anything is emptied or run', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'config.yaml'), '# Made by `backup-inventory demo`; …\n');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = await runProgram(['demo', '--directory', directory.path, '--port', String(port)]);
  server.close();
  expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`port ${port} is taken`) });
  expect(await readdir(directory.path)).toEqual(['config.yaml']);
});

test('a demo that is still running keeps its database, and is named', async () => {
  await using directory = await temporaryDirectory();
  const database = join(directory.path, 'database');
  await mkdir(database);
  await writeFile(join(directory.path, 'config.yaml'), '# Made by `backup-inventory demo`; …\n');
  const unlock = lockDirectory(database);
  const result = await demo(directory.path);
  unlock();
  expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining(`in use by process ${process.pid} on `) });
  expect(await readdir(database)).toContain('lock.db');
});
