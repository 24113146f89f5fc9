// What the manifests start, started: the same arguments and the same environment, as processes, against a simulated cloud
// and a real Postgres. Secrets and the mounted file stand in for the cluster.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IContainer } from 'kubernetes-models/v1/Container';
import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { type ProgramResult, runProgram, startProgram } from '../support/program.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../support/simulated-cloud.ts';
import { containersOf, type Manifest, podOwners, render, type Variant } from './rendered.ts';

const estate = ['--projects', '3', '--instances', '6', '--days', '10', '--seed', '5'];

interface Cluster extends AsyncDisposable {
  /** Arguments and environment of the container of that name, as the kubelet would make them. */
  command(name: string, more?: Record<string, string>): { args: string[]; env: Record<string, string> };
  port: number;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function cluster(variant: Omit<Variant, 'name'>, cloud: SimulatedCloud, databaseUrl: string): Promise<Cluster> {
  const port = await freePort();
  const config = [
    'projects:',
    ...cloud.projects.map(
      ({ id, name, region }) => `  - { id: ${id}, name: ${name}, region: ${region}, endpoint: "${cloud.url}" }`,
    ),
    'cloud: { requestsPerSecond: 200, concurrency: 4 }',
    `http: { host: 127.0.0.1, port: ${port} }`,
  ].join('\n');
  const manifests = render(variant, config);
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-'));
  const [map] = manifests.filter(({ kind }) => kind === 'ConfigMap') as (Manifest & { data: Record<string, string> })[];
  for (const [file, text] of Object.entries(map?.data ?? {})) await writeFile(join(folder, file), text);
  const { accessKey, secretKey } = cloud.credentials;
  const secrets: Record<string, Record<string, string>> = {
    'backup-inventory': {
      HUAWEICLOUD_SDK_AK: accessKey,
      HUAWEICLOUD_SDK_SK: secretKey,
      DATABASE_URL: databaseUrl,
      DATABASE_URL_OWNER: databaseUrl,
      DATABASE_URL_SERVER: databaseUrl,
    },
  };
  const containers = podOwners(manifests).flatMap(containersOf);
  return {
    port,
    command(name, more = {}) {
      const container = containers.find((one) => one.name === name);
      if (container === undefined) throw new Error(`no container ${name}`);
      const env = { ...environmentOf(container, secrets, folder), ...more };
      // $(NAME) in arguments stands for a variable of the container.
      const args = (container.args ?? []).map((arg) =>
        arg.replace(/\$\((\w+)\)/g, (_, key) => env[key] ?? `$(${key})`),
      );
      return { args, env };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function environmentOf(
  container: IContainer,
  secrets: Record<string, Record<string, string>>,
  folder: string,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env ?? []) {
    const reference = valueFrom?.secretKeyRef;
    const given = reference === undefined ? value : secrets[reference.name ?? '']?.[reference.key];
    if (given === undefined && reference?.optional !== true) throw new Error(`${container.name}: ${name} has no value`);
    if (given !== undefined) env[name] = given;
  }
  const [mount] = container.volumeMounts ?? [];
  for (const [name, value] of Object.entries(env)) env[name] = value.replace(mount?.mountPath ?? '\0', folder);
  return env;
}

async function finish({ args, env }: ReturnType<Cluster['command']>): Promise<ProgramResult> {
  return await runProgram(args, { env, timeoutMs: 60_000 });
}

test('cronjob: the schema is made, a run is certified, and a replica shows it', async () => {
  await using cloud = await startSimulatedCloud(estate);
  await using database = await freshDatabase({ migrated: false });
  const variant = { overlay: 'cronjob', components: ['migrate-job'] } as const;
  await using kube = await cluster(variant, cloud, database.url);
  const serve = kube.command('serve');
  await using replica = startProgram(serve.args, { env: serve.env, timeoutMs: 120_000 });
  await replica.waitFor(/listening/);
  const ready = async () => (await fetch(`http://127.0.0.1:${kube.port}/readyz`)).status;
  expect(await ready()).toBe(503); // the replica waits for the Job

  expect(await finish(kube.command('migrate'))).toMatchObject({ code: 0 });
  const synced = await finish(kube.command('sync'));
  expect(synced).toMatchObject({ code: 0, stdout: expect.stringContaining('9 of 9') });
  await expect.poll(ready, { timeout: 30_000 }).toBe(200);
  const metrics = async () => await (await fetch(`http://127.0.0.1:${kube.port}/metrics`)).text();
  await expect.poll(metrics, { timeout: 15_000 }).toMatch(/^backup_inventory_backups\{/m);
  replica.child.kill('SIGTERM');
  expect(await replica.result).toMatchObject({ code: 0, signal: null });
}, 180_000);

test('single: one process migrates, runs at once and serves', async () => {
  await using cloud = await startSimulatedCloud(estate);
  await using database = await freshDatabase({ migrated: false });
  await using kube = await cluster({ overlay: 'single', components: [] }, cloud, database.url);
  const { args, env } = kube.command('serve');
  await using only = startProgram(args, { env, timeoutMs: 120_000 });
  await only.waitFor(/run finished/);
  const ready = async () => (await fetch(`http://127.0.0.1:${kube.port}/readyz`)).status;
  await expect.poll(ready, { timeout: 30_000 }).toBe(200);
  expect(await database.query('select outcome from inventory.run')).toEqual([{ outcome: 'certified' }]);
}, 150_000);

test('sharded: four pods at once read every project once, under locks of their own', async () => {
  await using cloud = await startSimulatedCloud(estate);
  await using database = await freshDatabase({ migrated: false });
  await using kube = await cluster({ overlay: 'sharded', components: ['migrate-init'] }, cloud, database.url);
  expect(await finish(kube.command('migrate'))).toMatchObject({ code: 0 });
  const indexes = ['0', '1', '2', '3'];
  const pods = await Promise.all(indexes.map((index) => finish(kube.command('sync', { JOB_COMPLETION_INDEX: index }))));
  expect(pods.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  const shards = await database.query('select shard, outcome from inventory.run order by shard');
  expect(shards).toEqual(indexes.map((index) => ({ shard: `${index}/4`, outcome: 'certified' })));
  const sweeps = await database.query(
    'select count(*) as n, count(distinct (project_id, scope)) as lists from inventory.sweep',
  );
  expect(sweeps).toEqual([{ n: 9, lists: 9 }]);

  // A project is taken out of the configuration: every shard knows all that are left.
  const [removed, ...left] = cloud.projects;
  await using smaller = await cluster(
    { overlay: 'sharded', components: [] },
    { ...cloud, projects: left },
    database.url,
  );
  for (const index of indexes) {
    expect((await finish(smaller.command('sync', { JOB_COMPLETION_INDEX: index }))).code).toBe(0);
  }
  const configured = await database.query('select project_id from inventory.project where not configured');
  expect(configured).toEqual([{ project_id: removed?.id }]);
}, 150_000);
