// The simulated cloud as a process of its own, and a configuration that reads it.

import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCloud } from '../../src/huawei/cloud.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../../test/support/simulated-cloud.ts';

export interface CloudSettings {
  requestsPerSecond?: number;
  concurrency?: number;
  extra?: string;
}

export type BenchCloud = SimulatedCloud;

/** An estate of one project unless the arguments say otherwise; its clock stands still. */
export function startCloud(args: readonly string[]): Promise<BenchCloud> {
  return startSimulatedCloud(['--projects', '1', '--speed', '0', ...args]);
}

const folder = mkdtempSync(join(tmpdir(), 'backup-inventory-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Writes a configuration file, which lives as long as this process; returns its path. */
export async function configFor(cloud: BenchCloud, databaseUrl: string, settings: CloudSettings = {}): Promise<string> {
  const { requestsPerSecond = 1000, concurrency = 8, extra = '' } = settings;
  const { accessKey, secretKey } = cloud.credentials;
  const lines = [
    `database: { url: ${JSON.stringify(databaseUrl)} }`,
    'cloud:',
    `  auth: { method: aksk, accessKey: ${accessKey}, secretKey: ${secretKey} }`,
    `  requestsPerSecond: ${requestsPerSecond}`,
    `  concurrency: ${concurrency}`,
    'projects:',
    ...cloud.projects.map(
      ({ id, name, region }) => `  - { id: ${id}, name: ${name}, region: ${region}, endpoint: "${cloud.url}" }`,
    ),
    extra,
  ];
  files += 1;
  const file = join(folder, `${files}.yaml`);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

const clock = {
  now: () => new Date(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

/** The program's own client of the cloud, without a store. */
export function clientOf(cloud: BenchCloud, { requestsPerSecond = 100_000, concurrency = 8 }: CloudSettings = {}) {
  return createCloud({
    auth: { method: 'aksk', ...cloud.credentials },
    iamEndpoint: cloud.url,
    requestsPerSecond,
    concurrency,
    requestTimeoutMs: 30_000,
    retries: 6,
    userAgent: 'bench',
    clock,
  });
}

export function projectOf(cloud: BenchCloud, index = 0) {
  const project = cloud.projects[index];
  if (project === undefined) throw new Error('The simulated cloud has no such project.');
  return { projectId: project.id, name: project.name, region: project.region, endpoint: cloud.url };
}
