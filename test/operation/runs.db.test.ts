import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { runProgram, type StartedProgram, startProgram } from '../support/program.ts';
import { startSimulatedCloud } from '../support/simulated-cloud.ts';

const estate = ['--projects', '2', '--instances', '12', '--days', '20', '--seed', '9'];

interface Replica {
  program: StartedProgram;
  metrics(): Promise<string>;
}

async function startReplica(file: string): Promise<Replica> {
  const program = startProgram(['-c', file, 'serve', '--no-schedule'], { timeoutMs: 170_000 });
  const [, port] = await program.waitFor(/"port":(\d+).*listening/);
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(200);
  return { program, metrics: async () => await (await fetch(`${url}/metrics`)).text() };
}

/** What is said of the inventory; what a process says of itself is left out. */
function facts(text: string): string[] {
  const own = /^backup_inventory_(snapshot_|verdicts_timestamp|run_in_progress|series)/;
  return text.split('\n').filter((line) => line.startsWith('backup_inventory_') && !own.test(line));
}

/** Sum of the samples of a family. */
function sum(text: string, family: string): number {
  const values = [...text.matchAll(new RegExp(`^backup_inventory_${family}\\{.*\\} (\\d+)$`, 'gm'))];
  return values.reduce((total, [, value]) => total + Number(value), 0);
}

test('two replicas show the run of a third process within two seconds, with the same values', async () => {
  await using cloud = await startSimulatedCloud(estate);
  await using database = await freshDatabase();
  const file = await cloud.configFile(database.url, { extra: 'http: { host: 127.0.0.1, port: 0 }' });
  const replicas = await Promise.all([startReplica(file), startReplica(file)]);
  await using stack = new AsyncDisposableStack();
  for (const { program } of replicas) stack.use(program);
  const [project] = cloud.projects;
  const delays: number[] = [];
  for (let round = 1; round <= 3; round += 1) {
    await cloud.post('insert-backup', { projectId: project?.id });
    await using run = startProgram(['-c', file, 'sync', '--json'], { timeoutMs: 60_000 });
    await run.waitFor(/"msg":"run finished"/);
    const finished = performance.now();
    // Each run reads six lists, certified: the sum is the number of runs shown.
    const shown = async () => {
      const texts = await Promise.all(replicas.map(({ metrics }) => metrics()));
      return texts.map((text) => sum(text, 'sweeps_total'));
    };
    await expect.poll(shown, { timeout: 20_000, interval: 25 }).toEqual([6 * round, 6 * round]);
    delays.push(performance.now() - finished);
    expect(await run.result).toMatchObject({ code: 0 });
  }
  // The promise is two seconds; a busy test machine may be late once.
  expect(Math.min(...delays)).toBeLessThan(2000);
  const both = () => Promise.all(replicas.map(async ({ metrics }) => facts(await metrics())));
  const differences = async () => {
    const [left, right] = (await both()).map((lines) => new Set(lines));
    return [...(left?.symmetricDifference(right ?? new Set()) ?? [])];
  };
  await expect.poll(differences, { timeout: 20_000 }).toEqual([]);
  const [first] = await both();
  expect(first?.length).toBeGreaterThan(300);
  const [live] = await database.query<{ n: number }>(`
    select count(*) as n from inventory.backup b join inventory.instance i using (project_id, instance_id)
    where b.retired_at is null and i.retired_at is null`);
  expect(sum(first?.join('\n') ?? '', 'backups')).toBe(live?.n);
}, 180_000);

test('SIGTERM in the middle of a run ends it within ten seconds, and the next run is certified', async () => {
  await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '150', '--backups', '3000']);
  await using database = await freshDatabase();
  const file = await cloud.configFile(database.url, { requestsPerSecond: 1000 });
  const args = ['-c', file, 'sync', '--json'];
  await using stopped = startProgram(args, { timeoutMs: 60_000 });
  await stopped.waitFor(/run started/);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(stopped.child.exitCode).toBeNull();
  const asked = performance.now();
  stopped.child.kill('SIGTERM');
  const { code, signal } = await stopped.result;
  expect(performance.now() - asked).toBeLessThan(10_000);
  expect({ code, signal }).toEqual({ code: expect.toSatisfy((value) => [3, 4, 143].includes(value)), signal: null });
  const [run] = await database.query('select outcome, finished_at is not null as closed from inventory.run');
  expect(run).toEqual({ outcome: 'cancelled', closed: true });
  const [gone] = await database.query('select count(*) as n from inventory.backup where missing_since is not null');
  expect(gone).toEqual({ n: 0 });

  const next = await runProgram(args, { timeoutMs: 90_000 });
  expect(next.code).toBe(0);
  expect(JSON.parse(next.stdout)).toMatchObject({ outcome: 'certified', scopes_certified: 6 });
}, 180_000);

test('of two runs at once the second exits 5 and touches nothing; when the first is killed the lock is free', async () => {
  await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '1500']);
  await using database = await freshDatabase();
  const file = await cloud.configFile(database.url);
  await using first = startProgram(['-c', file, 'sync'], { timeoutMs: 60_000 });
  await first.waitFor(/run started/);
  expect(await runProgram(['-c', file, 'sync'])).toMatchObject({ code: 5, stdout: '' });
  expect(await runProgram(['-c', file, 'sync', '--shard', '0/2'])).toMatchObject({ code: 5 });
  expect(await database.query('select count(*) as n from inventory.run')).toEqual([{ n: 1 }]);
  first.child.kill('SIGKILL');
  await first.result;
  expect(await runProgram(['-c', file, 'sync'], { timeoutMs: 60_000 })).toMatchObject({ code: 0 });
}, 180_000);
