// The simulated cloud as a process of its own, driven over HTTP, and the configuration that reaches it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from './program.ts';
import type { BackupWire, InstanceWire } from './simulated-wire.ts';

export interface SimulatedCloud extends AsyncDisposable {
  readonly url: string;
  readonly projects: readonly { id: string; name: string; region: string }[];
  readonly credentials: Record<'accessKey' | 'secretKey' | 'domain' | 'username' | 'password', string>;
  /** What the lists hold now. */
  truth(projectId: string): Promise<Truth>;
  /** Calls a control function: `post('delete-backup', { projectId, backupId })`. */
  post(name: string, body: object): Promise<unknown>;
  /** Requests received, by operation. */
  requestCounts(): Promise<Record<string, number>>;
  /** Writes a configuration file for these projects; returns its path. */
  configFile(databaseUrl: string, changes?: ConfigChanges): Promise<string>;
}

export interface Truth {
  instances: InstanceWire[];
  instance_backups: BackupWire[];
  database_table_backups: BackupWire[];
}

export interface ConfigChanges {
  secretKey?: string;
  /** YAML lines added at the end. */
  extra?: string;
  requestsPerSecond?: number;
}

/** Starts it with the arguments of `simulate`. */
export async function startSimulatedCloud(args: readonly string[]): Promise<SimulatedCloud> {
  const program = startProgram(['simulate', '--port', '0', '--json', ...args], { timeoutMs: 300_000 });
  const directory = await mkdtemp(join(tmpdir(), 'backup-inventory-test-'));
  await program.waitFor(/\}\n/);
  const described = JSON.parse(program.output().stdout.split('\n')[0] ?? '');
  const { url } = described;
  const projects = described.projects.map((project: Record<string, string>) => ({
    id: project.projectId ?? project.id,
    name: project.label ?? project.name,
    region: project.region,
  }));
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${url}/_simulator${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  let files = 0;
  return {
    url,
    projects,
    credentials: described.credentials,
    truth: async (projectId) => (await ask(`/truth/${projectId}`)) as Truth,
    post: (name, body) =>
      ask(`/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async requestCounts() {
      const { counts } = (await ask('/requests?limit=1')) as { counts: Record<string, number> };
      return counts;
    },
    async configFile(databaseUrl, changes = {}) {
      files += 1;
      const file = join(directory, `config-${files}.yaml`);
      const { accessKey, secretKey } = described.credentials;
      const lines = [
        `database: { url: ${JSON.stringify(databaseUrl)} }`,
        'cloud:',
        `  auth: { method: aksk, accessKey: ${accessKey}, secretKey: ${changes.secretKey ?? secretKey} }`,
        `  requestsPerSecond: ${changes.requestsPerSecond ?? 200}`,
        '  concurrency: 4',
        '  retries: 2',
        'projects:',
        ...projects.map(
          (project: { id: string; name: string; region: string }) =>
            `  - { id: ${project.id}, name: ${project.name}, region: ${project.region}, endpoint: "${url}" }`,
        ),
        changes.extra ?? '',
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      return file;
    },
    async [Symbol.asyncDispose]() {
      program.child.kill('SIGTERM');
      await program.result.catch(() => {});
      await rm(directory, { recursive: true, force: true });
    },
  };
}
