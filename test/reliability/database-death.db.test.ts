// A Postgres server that is killed and comes back, as another machine sees it: in mid-merge, under `serve`, as a standby.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { difference, none, type Query } from '../support/audit.ts';
import { freshDatabase, serverUrl } from '../support/postgres.ts';
import { type MortalPostgres, startMortalPostgres } from '../support/postgres-crash.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../support/simulated-cloud.ts';
import { beginStory, hourMs } from '../support/story.ts';
import { expectExact, expectWholeHistory } from './api-matrix.ts';

function queryOn(server: MortalPostgres): Query {
  return async <R>(text: string) => {
    const client = new pg.Client({ connectionString: server.url, types });
    await client.connect();
    try {
      return (await client.query(text)).rows as R[];
    } finally {
      await client.end();
    }
  };
}

const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

test('a server killed in mid-merge and started again has no half of that scope, and the next run is exact', async () => {
  await using server = await startMortalPostgres();
  const query = queryOn(server);
  await using story = await beginStory({ databaseUrl: server.url, cloud: { backupsPerProject: 230 } });
  await query(`
    create function public.wait() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
    create trigger wait after insert on inventory.backup for each statement execute function public.wait()`);
  const failing = expect(story.run()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  const asleep = async () => (await query("select from pg_stat_activity where wait_event = 'PgSleep'")).length;
  await expect.poll(asleep, { timeout: 20_000 }).toBe(1);
  await server.kill();
  await failing;
  await server.start();
  expect(await query('select scope from inventory.sweep')).toEqual([{ scope: 'instances' }]);
  expect(await query('select from inventory.backup')).toEqual([]);
  await query('drop trigger wait on inventory.backup');

  story.pass(hourMs);
  await expectExact(story);
  await expectWholeHistory(story);
  const runs = await query('select outcome from inventory.run order by run_id');
  expect(runs).toEqual([{ outcome: 'abandoned' }, { outcome: 'certified' }]);

  // As a standby it answers and cannot be written.
  await server.kill();
  writeFileSync(join(server.directory, 'standby.signal'), '');
  await server.start();
  await expect(story.run()).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY' });
  await server.kill();
  rmSync(join(server.directory, 'standby.signal'));
  await server.start();
  story.pass(hourMs);
  await expectExact(story);
}, 120_000);

async function truths(cloud: SimulatedCloud) {
  const entries = cloud.projects.map(async ({ id }) => [id, await cloud.truth(id)] as const);
  return new Map(await Promise.all(entries));
}

test('serve outlives its database: the last snapshot is served, readyz says why, and all goes on when it returns', async () => {
  const estate = ['--projects', '1', '--instances', '6', '--days', '15', '--seed', '5'];
  await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '400']);
  await using server = await startMortalPostgres();
  const file = await cloud.configFile(server.url, { extra: 'http: { host: 127.0.0.1, port: 0 }' });
  expect((await runProgram(['--config', file, 'sync'], { timeoutMs: 60_000 })).code).toBe(0);
  const query = queryOn(server);
  await query("update inventory.run set started_at = started_at - interval '1 day'"); // so that a run is due at once

  await using serving = startProgram(['--config', file, 'serve'], { timeoutMs: 110_000 });
  const [, port] = await serving.waitFor(/"port":(\d+).*listening/);
  const url = `http://127.0.0.1:${port}`;
  const status = async (path: string) => (await fetch(`${url}${path}`)).status;
  const metrics = async () => await (await fetch(`${url}/metrics`)).text();
  const backups = async () => (await metrics()).match(/^backup_inventory_backups\{.*$/gm)?.join('\n') ?? '';
  await serving.waitFor(/run started/);
  await expect.poll(() => status('/readyz'), { timeout: 20_000 }).toBe(200);
  const before = await backups();
  expect(before).not.toBe('');

  await server.kill();
  await serving.waitFor(/"msg":"the run failed"/); // logged, and the process goes on
  await expect.poll(() => status('/readyz'), { timeout: 20_000 }).toBe(503);
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: { name: string; reason?: string }[] };
  expect(checks.find(({ name }) => name === 'database')?.reason).toMatch(/No connection to the database\. Check that/);
  expect(await status('/healthz')).toBe(200);
  expect(await backups()).toBe(before);

  await server.start();
  await expect.poll(() => status('/readyz'), { timeout: 20_000 }).toBe(200);
  const [project] = cloud.projects;
  await cloud.post('insert-backup', { projectId: project?.id });
  expect((await runProgram(['--config', file, 'sync'], { timeoutMs: 60_000 })).code).toBe(0);
  expect(await difference(query, await truths(cloud))).toEqual(none);
  await expect.poll(backups, { timeout: 20_000 }).not.toBe(before);
  serving.child.kill('SIGTERM');
  expect((await serving.result).code).toBe(0);
}, 150_000);

test.each([
  ['a wrong password', { password: 'MARKED-WRONG' }, /refused the login\. Correct user and password/],
  ['a database that does not exist', { pathname: '/nowhere' }, /does not exist on that server\. Create it/],
  ['a port that nobody listens on', { port: '1' }, /No connection to the database\. Check that it runs/],
  ['a certificate where there is none', { search: '?sslmode=require' }, /No trusted TLS connection/],
])('%s ends sync before the cloud is asked, with what to do', async (_what, change, advice) => {
  await using cloud = await startSimulatedCloud(['--projects', '1', '--instances', '2', '--days', '5']);
  const url = Object.assign(new URL(await serverUrl()), change);
  const result = await runProgram(['--config', await cloud.configFile(url.href), 'sync']);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(advice);
  expect(result.stderr + result.stdout).not.toContain('MARKED-WRONG');
  expect(await cloud.requestCounts()).toEqual({});
});

test('a schema of a newer program ends sync and serve before anything is touched', async () => {
  await using cloud = await startSimulatedCloud(['--projects', '1', '--instances', '2', '--days', '5']);
  await using database = await freshDatabase();
  await database.query("insert into inventory.migration values ('9999_future', 'x', now())");
  const file = await cloud.configFile(database.url, { extra: 'http: { host: 127.0.0.1, port: 0 }' });
  for (const command of ['sync', 'serve', 'migrate']) {
    const result = await runProgram(['--config', file, command]);
    expect(result.code, command).toBe(1);
    expect(result.stderr, command).toMatch(/migrated by a newer program \(9999_future\)\. Update this one/);
  }
  expect(await cloud.requestCounts()).toEqual({});
  expect(await database.query('select from inventory.run')).toEqual([]);
});
