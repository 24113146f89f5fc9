import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { migratedDirectory, temporaryDirectory } from '../support/embedded.ts';

vi.setConfig({ testTimeout: 90_000 }); // the embedded database starts slowly beside other tests

function startWriter(directory: string): { child: ChildProcess; line: () => Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'children/embedded-writer.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, line: async () => (await lines.next()).value ?? '' };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a directory that is in use is refused, naming who uses it', async () => {
  await using directory = await migratedDirectory();
  await using _open = await openDatabase({ directory: directory.path });
  await expect(openDatabase({ directory: directory.path })).rejects.toMatchObject({
    code: 'DATABASE_IN_USE',
    message: expect.stringContaining(`process ${process.pid} on `),
  });
});

test('a process killed in mid-write leaves a whole database and a free directory', async () => {
  await using directory = await migratedDirectory();
  for (let round = 0; round < 3; round += 1) {
    const { child, line } = startWriter(directory.path);
    while ((await line()) !== '2');
    await expect(openDatabase({ directory: directory.path })).rejects.toMatchObject({
      code: 'DATABASE_IN_USE',
      message: expect.stringContaining(`process ${child.pid} on `),
    });
    await sleep(Math.random() * 100);
    await kill(child);
    await using database = await openDatabase({ directory: directory.path });
    const { rows } = await sql`
      select count(*) as backups, count(distinct size_bytes) as sizes, count(distinct changed_at) as commits,
        (select max(committed_at) from inventory.sweep) = max(changed_at) as newest from inventory.backup
    `.execute(database.db);
    expect(rows).toEqual([{ backups: 200, sizes: 1, commits: 1, newest: true }]);
  }
});

test('a directory that cannot be made is told, and not tried for ever', async () => {
  await using directory = await temporaryDirectory();
  symlinkSync(join(directory.path, 'unmounted'), join(directory.path, 'link'));
  writeFileSync(join(directory.path, 'file'), '');
  for (const path of ['/proc/nowhere', join(directory.path, 'link', 'data'), join(directory.path, 'file', 'data')]) {
    await expect(openDatabase({ directory: path })).rejects.toMatchObject({
      code: 'DATABASE_READ_ONLY',
      message: `The directory ${path} for the embedded database cannot be made. Make it, or name another.`,
    });
  }
});

test('a start that was killed is begun anew', async () => {
  await using directory = await temporaryDirectory();
  const marker = { program: 'backup-inventory-exporter', postgresMajor: 18, createdAt: '', state: 'creating' };
  writeFileSync(join(directory.path, 'backup-inventory.json'), JSON.stringify(marker));
  await using _database = await openDatabase({ directory: directory.path });
  expect(JSON.parse(readFileSync(join(directory.path, 'backup-inventory.json'), 'utf8')).state).toBe('ready');
});

test('a directory with somebody else’s files is refused and left as it is', async () => {
  await using directory = await temporaryDirectory();
  writeFileSync(join(directory.path, 'letter.txt'), 'Dear…');
  await expect(openDatabase({ directory: directory.path })).rejects.toMatchObject({
    code: 'SCHEMA_FOREIGN',
    message: expect.stringContaining('letter.txt'),
  });
  expect(existsSync(join(directory.path, 'lock.db'))).toBe(false);
});

test('a directory that cannot be made or written is refused', async () => {
  await using directory = await temporaryDirectory();
  writeFileSync(join(directory.path, 'file'), '');
  await expect(openDatabase({ directory: join(directory.path, 'file', 'data') })).rejects.toMatchObject({
    code: 'DATABASE_READ_ONLY',
  });
});

const damages: Record<string, (files: string) => void> = {
  'a lost control file': (files) => rmSync(join(files, 'global/pg_control')),
  'a control file of nonsense': (files) => writeFileSync(join(files, 'global/pg_control'), Buffer.alloc(8192, 7)),
  'a lost commit log': (files) => rmSync(join(files, 'pg_xact'), { recursive: true }),
};

test.each(Object.entries(damages))('%s is told, and nothing is created in its place', async (_name, damage) => {
  await using directory = await migratedDirectory();
  const files = join(directory.path, 'pgdata');
  damage(files);
  const missing = !existsSync(join(files, 'global/pg_control'));
  await expect(openDatabase({ directory: directory.path })).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' });
  expect(existsSync(join(files, 'global/pg_control'))).toBe(!missing);
  await expect(openDatabase({ directory: directory.path })).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' });
});

test('files of another Postgres version are refused with what to do', async () => {
  await using directory = await migratedDirectory();
  const path = join(directory.path, 'backup-inventory.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), postgresMajor: 17 }));
  await expect(openDatabase({ directory: directory.path })).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message: expect.stringContaining('written by Postgres 17'),
  });
});

test('a transaction keeps other queries waiting and out of it', async () => {
  await using directory = await migratedDirectory();
  await using database = await openDatabase({ directory: directory.path });
  const count = async () =>
    (await sql<{ n: number }>`select count(*) as n from inventory.counter`.execute(database.db)).rows[0]?.n;
  const failing = database.db.transaction().execute(async (tx) => {
    await sql`insert into inventory.counter (counter, value) values ('x', 1)`.execute(tx);
    await sleep(50);
    throw new Error('roll back');
  });
  const meanwhile = count();
  await expect(failing).rejects.toThrow('roll back');
  expect(await meanwhile).toBe(0);
});

test('the main thread stays free while the database works', async () => {
  await using directory = await migratedDirectory();
  await using database = await openDatabase({ directory: directory.path });
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await sql`select count(*) from generate_series(1, 3000000)`.execute(database.db);
  clearInterval(timer);
  expect(longest).toBeLessThan(250);
});
