// An estate in which something is the matter everywhere, and the real exporter and Prometheus that watch it: so that no
// panel has a reason to be empty.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type Prometheus, startPrometheus } from '../../../monitoring/drill/prometheus.ts';
import { drillRules } from '../../../monitoring/drill/rehearse.ts';
import { freePort } from '../../prometheus/pushgateway.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { runProgram, startProgram } from '../../support/program.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../../support/simulated-cloud.ts';

export interface WatchedEstate extends AsyncDisposable {
  database: TestDatabase;
  prometheus: Prometheus;
  /** The instance to which everything happened. */
  troubled: { projectId: string; instanceId: string };
}

const hourMs = 3_600_000;

/** Starts everything, lets incidents happen, and makes runs before and after them. */
export async function watchedEstate(): Promise<WatchedEstate> {
  await using stack = new AsyncDisposableStack();
  const cloud = stack.use(
    await startSimulatedCloud(['--projects', '2', '--instances', '6', '--days', '20', '--seed', '5']),
  );
  const database = stack.use(await freshDatabase());
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-dashboards-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const file = join(folder, 'config.yaml');
  await writeFile(file, stringify(configuration(cloud, database.url, port)));

  const troubled = await strike(cloud);
  await run(file);
  const serving = stack.use(startProgram(['--config', file, 'serve', '--no-schedule'], { timeoutMs: 240_000 }));
  await serving.waitFor(/listening/);
  const targets = [{ job: 'backup-inventory', address: `127.0.0.1:${port}` }];
  const prometheus = stack.use(await startPrometheus(targets, drillRules(), await freePort()));
  // A rise is seen only where the value before it was.
  const seen = 'count_over_time(backup_inventory_retired_total{reason="early"}[1m]) >= 3';
  for (let tries = 0; (await prometheus.query(seen)).length === 0; tries += 1) {
    if (tries === 200) throw new Error('Prometheus never saw the counter of early deletions.');
    await sleep(250);
  }
  await strikeWhileWatched(cloud, troubled);
  for (let runs = 0; runs < 3; runs += 1) await run(file);
  const kept = stack.move();
  return { database, prometheus, troubled, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function configuration({ url, credentials, projects }: SimulatedCloud, databaseUrl: string, port: number) {
  const { domain, username, password } = credentials;
  return {
    database: { url: databaseUrl },
    cloud: {
      auth: { method: 'password', domain, username, password },
      iamEndpoint: url,
      requestsPerSecond: 100,
      concurrency: 4,
      retries: 3,
    },
    projects: projects.map(({ id, name, region }) => ({ id, name, region, endpoint: url })),
    http: { host: '127.0.0.1', port },
    schedule: { full: '0 0 1 1 *' },
    objectives: [{ match: {}, rpo: '26h', retention: '7d', minimumCopies: 3 }],
    exemptions: [
      {
        match: { instance: 'scratch' },
        control: 'BK-01',
        owner: 'dba@example.org',
        reason: 'rebuilt nightly',
        expires: '2099-12-31',
      },
    ],
  };
}

async function run(file: string): Promise<void> {
  const { code, stderr } = await runProgram(['--config', file, '--log-level', 'warn', 'sync'], { timeoutMs: 90_000 });
  if (code !== 0 && code !== 3) throw new Error(`A run ended with ${code}: ${stderr}`);
}

const ago = (hours: number) => new Date(Date.now() - hours * hourMs).toISOString();

/** Before the first run: an instance with backups of every kind. */
async function strike(cloud: SimulatedCloud): Promise<{ projectId: string; instanceId: string }> {
  const projectId = cloud.projects[0]?.id ?? '';
  const add = (body: object) => cloud.post('insert-instance', { projectId, datastoreType: 'redis', ...body });
  const created = (await add({ name: 'troubled', keepDays: 3, createdTime: ago(20 * 24) })) as { result: string };
  const troubled = { projectId, instanceId: created.result };
  await add({ name: 'scratch', createdTime: ago(20 * 24) });
  const backup = (hoursAgo: number, more: object = {}) =>
    cloud.post('insert-backup', {
      ...troubled,
      type: 'Auto',
      beginTime: ago(hoursAgo),
      endTime: ago(hoursAgo - 0.25),
      ...more,
    });
  for (let night = 2; night < 9; night += 1) await backup(20 + 24 * night);
  await backup(43, { type: 'Manual' });
  await backup(30, { status: 'FAILED', size: 0 });
  await backup(8, { status: 'BUILDING', size: 0, endTime: undefined });
  const listed = (await cloud.truth(projectId)).database_table_backups.length;
  if (listed === 0) await backup(40, { scope: 'database_table_backups' });
  return troubled;
}

/** While Prometheus looks: failures, an early deletion, throttling, an answer that nobody knows. */
async function strikeWhileWatched(cloud: SimulatedCloud, { projectId, instanceId }: WatchedEstate['troubled']) {
  const ids = (await cloud.truth(projectId)).instance_backups
    .filter((backup) => backup.instance_id === instanceId && backup.status === 'COMPLETED' && backup.type === 'Auto')
    .map(({ id }) => id);
  await cloud.post('delete-backup', { projectId, backupId: ids[0] });
  for (const hoursAgo of [3, 2]) {
    const times = { beginTime: ago(hoursAgo), endTime: ago(hoursAgo - 0.1) };
    await cloud.post('insert-backup', { projectId, instanceId, type: 'Auto', status: 'FAILED', size: 0, ...times });
  }
  const other = cloud.projects[1]?.id ?? '';
  await cloud.post('insert-backup', { projectId: other, beginTime: ago(1), endTime: ago(0.9) });
  await cloud.post('add-fault', { fault: 'throttled', project: other, count: 2 });
  await cloud.post('add-fault', { fault: 'unknown-type', project: other, parameters: { rows: 1 }, count: 1 });
}
