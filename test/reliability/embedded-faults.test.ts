// The embedded database under the program: killed in mid-write, opened twice, on a disk that cannot be written, damaged.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { randomOf } from '../inventory/moving-list.ts';
import type { Query } from '../support/audit.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../support/simulated-cloud.ts';
import { killRuns } from './killing.ts';

const timeoutMs = 90_000;

function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'backup-inventory-embedded-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens the directory for one look, as long as no process has it. */
async function lookInto<T>(directory: string, work: (query: Query) => Promise<T>): Promise<T> {
  await using database = await openDatabase({ directory });
  return await work(async <R>(text: string) => (await sql.raw<R>(text).execute(database.db)).rows);
}

function smallCloud(): Promise<SimulatedCloud> {
  return startSimulatedCloud(['--projects', '1', '--instances', '3', '--days', '6', '--seed', '9']);
}

/** The configuration for the embedded database: the last `database:` of a file would be a fault, so one is written. */
async function embeddedFile(cloud: SimulatedCloud, directory: string): Promise<string> {
  const file = await cloud.configFile('postgres://unused@127.0.0.1/unused');
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[0] = `database: { directory: ${JSON.stringify(directory)} }`;
  writeFileSync(file, `${lines.join('\n')}http: { host: 127.0.0.1, port: 0 }\n`);
  return file;
}

test('killed in mid-run, it is whole, and the next run is exact', async () => {
  using folder = temporaryDirectory();
  const directory = join(folder.path, 'data');
  const look = <T>(work: (query: Query) => Promise<T>) => lookInto(directory, work);
  const outcome = await killRuns({ database: { directory }, look, kills: 1, signal: 'SIGKILL', random: randomOf(5) });
  expect(outcome).toMatchObject({ wrongRetirements: 0, duplicates: 0, countersFallen: 0, inexact: [], falsehoods: [] });
}, 300_000);

test('a second process is refused while the first has it, with what to do', async () => {
  using folder = temporaryDirectory();
  await using cloud = await smallCloud();
  const file = await embeddedFile(cloud, join(folder.path, 'data'));
  await using serving = startProgram(['--config', file, 'serve'], { timeoutMs });
  await serving.waitFor(/listening/);
  const second = await runProgram(['--config', file, 'sync'], { timeoutMs });
  expect(second.code).toBe(5);
  expect(second.stderr).toMatch(new RegExp(`in use by process ${serving.child.pid} on .*set database\\.url`));
  serving.child.kill('SIGTERM');
  expect((await serving.result).code).toBe(0);
}, 120_000);

test('a directory that cannot be written is told as such', async () => {
  using folder = temporaryDirectory();
  await using cloud = await smallCloud();
  const directory = join(folder.path, 'data');
  mkdirSync(directory, { mode: 0o555 });
  const file = await embeddedFile(cloud, directory);
  for (const path of [join(file, '..'), folder.path]) chmodSync(path, 0o755);
  // Root may write anywhere, so it steps down.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const result = await runProgram(['--config', file, 'sync'], { timeoutMs, ...user });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/cannot be written\. Make it writable, or name another/);
  expect(readdirSync(directory)).toEqual([]);
}, 60_000);

test('a damaged file is told as such, at every start, and nothing is made anew in its place', async () => {
  using folder = temporaryDirectory();
  await using cloud = await smallCloud();
  const directory = join(folder.path, 'data');
  const file = await embeddedFile(cloud, directory);
  expect((await runProgram(['--config', file, 'sync'], { timeoutMs })).code).toBe(0);
  const damaged = await lookInto(directory, async (query) => {
    const rows = await query<{ path: string }>("select pg_relation_filepath('inventory.backup') as path");
    return join(directory, 'pgdata', rows[0]?.path ?? '');
  });
  const sizes = statSync(damaged).size;
  writeFileSync(damaged, Buffer.alloc(sizes, 0x5a));
  for (let start = 0; start < 2; start += 1) {
    const result = await runProgram(['--config', file, 'sync'], { timeoutMs });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/files are damaged\. Restore them from a dump/);
  }
  expect(readFileSync(damaged).every((byte) => byte === 0x5a)).toBe(true);
}, 180_000);
