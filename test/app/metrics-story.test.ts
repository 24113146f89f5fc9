// The metrics told as processes: churn, a killed run, a restart; each time SQL and the scrape must agree.

import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { parseScrape } from '../../src/prometheus/scrape.ts';
import { freePort, runningPushgateway } from '../prometheus/pushgateway.ts';
import { freshDatabase, serverUrl } from '../support/postgres.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { startSimulatedCloud } from '../support/simulated-cloud.ts';

const estate = ['--projects', '2', '--instances', '15', '--days', '30', '--seed', '5'];
const churn = ['--churn', 'insert=0.5,expire=0.2,delete=0.2,tables=0.2', '--latency-ms', '20'];

describe('metrics and SQL agree', () => {
  test('after churn, a killed run and a restart of the exporter; and what is wrong is found', async () => {
    await using cloud = await startSimulatedCloud([...estate, ...churn]);
    await using database = await freshDatabase();
    const extra = `http: { host: 127.0.0.1, port: ${await freePort()}, bearerToken: let-me-in }\nschedule: { full: "0 0 1 1 *" }`;
    const file = await cloud.configFile(database.url, { extra });
    const serve = () => startProgram(['--config', file, 'serve', '--no-schedule'], { timeoutMs: 170_000 });
    const doctor = () => runProgram(['--config', file, 'doctor', '--reconcile'], { timeoutMs: 60_000 });
    const agree = async () => {
      await expect
        .poll(async () => (await doctor()).stdout, { timeout: 40_000, interval: 500 })
        .toMatch(/ok +metrics: \d{3,} series compared with SQL, 0 differ/);
    };
    {
      await using server = serve();
      await server.waitFor(/listening/);
      await runProgram(['--config', file, 'sync'], { timeoutMs: 60_000 });
      await agree();
      await using killed = startProgram(['--config', file, 'sync'], { timeoutMs: 60_000 });
      await killed.waitFor(/scope swept/);
      killed.child.kill('SIGKILL');
      await killed.result;
      await agree();
      await runProgram(['--config', file, 'sync'], { timeoutMs: 60_000 });
      await agree();
      server.child.kill('SIGKILL');
      await server.result;
    }
    await using again = serve();
    await again.waitFor(/listening/);
    await agree();

    await database.query(`update inventory.backup set status = 'FAILED' where backup_id in
      (select backup_id from inventory.backup where status = 'COMPLETED' and retired_at is null limit 1)`);
    const found = await doctor(); // changed by hand, so the exporter does not know
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/FAULT backup_inventory_backups\{.*"\}: shows \d+, SQL says \d+/);
    expect(found.stdout).toMatch(/FAULT metrics: \d+ series compared with SQL, [1-9]\d* differ/);
  }, 180_000);

  test('doctor says so when no exporter answers', async () => {
    await using database = await freshDatabase();
    const env = { DATABASE_URL: database.url };
    const address = `http://127.0.0.1:${await freePort()}/metrics`;
    const { code, stdout } = await runProgram(['doctor', '--reconcile', address], { env, timeoutMs: 30_000 });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAULT metrics: No exporter answers there .*ECONNREFUSED/);
  });
});

test('while the database is away the last snapshot is served with its time, and readyz says why; then it goes on', async () => {
  await using cloud = await startSimulatedCloud(estate);
  await using database = await freshDatabase();
  const extra = 'http: { host: 127.0.0.1, port: 0 }\nschedule: { full: "0 0 1 1 *" }';
  const file = await cloud.configFile(database.url, { extra });
  await runProgram(['--config', file, 'sync'], { timeoutMs: 60_000 });
  await using server = startProgram(['--config', file, 'serve', '--no-schedule'], { timeoutMs: 100_000 });
  const [, port] = await server.waitFor(/"port":(\d+).*listening/);
  const url = `http://127.0.0.1:${port}`;
  const readiness = async () => (await fetch(`${url}/readyz`)).status;
  const shown = async () => {
    const samples = parseScrape(await (await fetch(`${url}/metrics`)).text());
    const named = (name: string) => samples.filter((sample) => sample.name === `backup_inventory_${name}`);
    return { instances: named('available').length, at: named('snapshot_timestamp_seconds')[0]?.value };
  };
  await expect.poll(readiness, { timeout: 15_000 }).toBe(200);
  const before = await shown();
  expect(before.instances).toBeGreaterThan(20);

  await using admin = await connectedTo(await serverUrl());
  await admin.query(`alter database ${database.name} allow_connections false`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database.name]);
  await expect.poll(readiness, { timeout: 15_000 }).toBe(503);
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
    ready: false,
    checks: expect.arrayContaining([
      expect.objectContaining({ name: 'database', ok: false, reason: expect.any(String) }),
    ]),
  });
  expect(await shown()).toEqual(before);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  await admin.query(`alter database ${database.name} allow_connections true`);
  await expect.poll(readiness, { timeout: 15_000 }).toBe(200);
}, 120_000);

async function connectedTo(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const query = (text: string, values: unknown[] = []) => client.query(text, values);
  return { query, [Symbol.asyncDispose]: () => client.end() };
}

describe('sync --push-gateway', () => {
  test('leaves at the gateway what the database says, in a line of its own', async () => {
    await using gateway = await runningPushgateway();
    await using cloud = await startSimulatedCloud(estate);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    const result = await runProgram(['--config', file, 'sync', '--push-gateway', gateway.url], { timeoutMs: 60_000 });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('push: 3 groups pushed, 0 deleted\n');
    const samples = await gateway.samples();
    const [stored] = await database.query<{ n: number }>(
      'select count(*) as n from inventory.instance where retired_at is null',
    );
    expect(samples.filter(({ name }) => name === 'backup_inventory_available')).toHaveLength(stored?.n ?? -1);
    const certified = samples.filter(({ name }) => name === 'backup_inventory_sweep_last_certified_timestamp_seconds');
    expect(certified).toHaveLength(6);
    expect(
      parseScrape(await (await fetch(`${gateway.url}/metrics`)).text()).some(({ name }) => name.startsWith('nodejs_')),
    ).toBe(false);
  }, 90_000);

  test('a gateway that is down costs a warning and a line, never the run; its password is nowhere', async () => {
    await using cloud = await startSimulatedCloud(estate);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    const url = `http://user:hunter2-secret@127.0.0.1:${await freePort()}`;
    const result = await runProgram(['--config', file, 'sync', '--json', '--push-gateway', url], { timeoutMs: 60_000 });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'certified' });
    expect(result.stderr).toMatch(/push: FAILED \(PUSH_UNREACHABLE\) .*ECONNREFUSED/);
    expect(result.stderr).toMatch(/"level":"warn".*not pushed/);
    expect(result.stdout + result.stderr).not.toContain('hunter2');
  }, 90_000);
});
