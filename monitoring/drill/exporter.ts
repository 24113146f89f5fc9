// The real exporter for the drill: runs as `sync` processes, two replicas of `serve`, and the configuration of each.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type StartedProgram, startProgram } from '../../test/support/program.ts';
import type { SimulatedCloud } from '../../test/support/simulated-cloud.ts';
import { type Estate, type Part, parts } from './estate.ts';

export interface ExporterInput {
  cloud: SimulatedCloud;
  estate: Estate;
  databaseUrl: string;
  folder: string;
}

/** How a run shows who it is. */
export type Login = 'token' | 'wrong key';

/** Older facts give no verdict. Short, so that nobody waits hours for a project to become stale. */
const freshnessSeconds = 100;
export interface ConfigInput {
  projects: readonly Part[];
  login: Login;
  databaseUrl?: string;
  http?: { host: string; port: number };
}

/** Writes a configuration file; its path. */
export async function writeConfig(input: ExporterInput, name: string, config: ConfigInput): Promise<string> {
  const { cloud, estate } = input;
  const { domain, username, password, accessKey } = cloud.credentials;
  const auth =
    config.login === 'token'
      ? { method: 'password', domain, username, password }
      : { method: 'aksk', accessKey, secretKey: 'not-the-secret-key' };
  const document = {
    database: { url: config.databaseUrl ?? input.databaseUrl },
    cloud: { auth, iamEndpoint: cloud.url, requestsPerSecond: 200, concurrency: 4, retries: 0 },
    projects: config.projects.map((part) => ({ id: estate.projectOf(part), name: part, endpoint: cloud.url })),
    // The shortest that is taken. The drill makes the runs itself.
    schedule: { full: '* * * * *' },
    freshness: `${freshnessSeconds}s`,
    exemptions: ['BK-01', 'BK-07'].map((control) => ({
      match: { instance: 'scratch-*' },
      control,
      owner: 'dba@example.org',
      reason: 'rebuilt nightly',
      expires: '2099-12-31',
    })),
    ...(config.http !== undefined && { http: config.http }),
  };
  const path = join(input.folder, `${name}.yaml`);
  await writeFile(path, stringify(document));
  return path;
}

/** One run. Its outcome is the exporter's business. */
export async function runOnce(configFile: string, only: readonly string[] = []): Promise<void> {
  const flags = only.length === 0 ? [] : ['--project', ...only];
  const run = startProgram(['--config', configFile, '--log-level', 'silent', 'sync', '--json', ...flags], {
    timeoutMs: 120_000,
  });
  const { code, stderr } = await run.result;
  if (code === 1 || code === 2 || code === null) throw new Error(`A run of the drill failed: ${stderr}`);
}

export async function startReplica(configFile: string): Promise<StartedProgram> {
  const program = startProgram(['--config', configFile, '--log-format', 'json', 'serve', '--no-schedule'], {
    timeoutMs: 3_600_000,
  });
  await program.waitFor(/listening/);
  return program;
}

export interface DatabaseLine extends AsyncDisposable {
  /** The database behind the line. */
  readonly url: string;
  /** Ends all connections and takes no more. */
  cut(): void;
}

/** A way to the database that can be cut. */
export async function openLine(databaseUrl: string): Promise<DatabaseLine> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The line to the database has no port.');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
    },
  };
}

/** The projects before and after the strike: one goes, one comes. */
export const partsBefore = parts.filter((part) => part !== 'new-and-broken');
export const partsAfter = parts.filter((part) => part !== 'removed');
