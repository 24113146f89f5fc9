import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres-server.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { startSimulatedCloud } from '../support/simulated-cloud.ts';
import { startPgbouncer } from './pgbouncer.ts';

const estate = ['--projects', '2', '--instances', '6', '--days', '15', '--seed', '4'];

test('everything works through a pooler in transaction mode: migrate, one run at a time, serve', async () => {
  await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '1000']);
  await using server = await startPostgres();
  await using pooler = await startPgbouncer(server, 'transaction');
  const file = await cloud.configFile(pooler.url('postgres'), { extra: 'http: { host: 127.0.0.1, port: 0 }' });
  expect(await runProgram(['-c', file, 'migrate'])).toMatchObject({ code: 0 });
  await using serving = startProgram(['-c', file, 'serve', '--no-schedule'], { timeoutMs: 150_000 });
  const [, port] = await serving.waitFor(/"port":(\d+).*listening/);
  await serving.waitFor(/LISTEN brings no notifications.*Polling instead/);

  await using first = startProgram(['-c', file, 'sync', '--json'], { timeoutMs: 60_000 });
  await first.waitFor(/run started/);
  expect(await runProgram(['-c', file, 'sync'])).toMatchObject({ code: 5 });
  await first.waitFor(/"msg":"run finished"/);
  const finished = performance.now();
  const certified = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).match(/^.*sweeps_total\{.*"certified"\} 1$/gm)
      ?.length;
  await expect.poll(certified, { timeout: 20_000, interval: 50 }).toBe(6);
  // Polled every 1.5 s instead of told: still within two seconds where the machine is idle.
  expect(performance.now() - finished).toBeLessThan(6000);
  expect(await first.result).toMatchObject({ code: 0 });

  // A killed process leaves its lock to the pooler, which frees it with the connection.
  await using killed = startProgram(['-c', file, 'sync'], { timeoutMs: 60_000 });
  await killed.waitFor(/run started/);
  killed.child.kill('SIGKILL');
  await killed.result;
  await expect
    .poll(async () => (await runProgram(['-c', file, 'sync'], { timeoutMs: 60_000 })).code, { timeout: 60_000 })
    .toBe(0);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const outcomes = await client.query('select outcome from inventory.run order by run_id');
  await client.end();
  expect(outcomes.rows.map(({ outcome }) => outcome)).toEqual(['certified', 'abandoned', 'certified']);
}, 240_000);

test('a pooler in statement mode, which cannot hold a transaction, is refused with what to do', async () => {
  await using cloud = await startSimulatedCloud(estate);
  await using server = await startPostgres();
  await using pooler = await startPgbouncer(server, 'statement');
  const file = await cloud.configFile(pooler.url('postgres'));
  const { code, stderr } = await runProgram(['-c', file, 'migrate']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Use transaction or session pooling.*DATABASE_POOLER/s);
}, 90_000);
