// The whole story in one process: a simulated cloud over real HTTP, the real configuration, runner and store, and a
// Postgres or embedded database. Time is the simulation's: a wait moves its clock on and ends at once.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { RunSummary } from '../../src/app/run-summary.ts';
import { openConfiguredDatabase } from '../../src/app/wire.ts';
import { createRunner, type RunRequest } from '../../src/app/wire-run.ts';
import { type CloudConfig, loadConfig } from '../../src/config.ts';
import type { Clock } from '../../src/inventory/ports.ts';
import { createLog, type ProgramLog } from '../../src/log.ts';
import type { Database } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { createSelfMetrics, type SelfMetrics } from '../../src/prometheus/self.ts';
import { SecretRegistry } from '../../src/secret.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';
import { freshDatabase } from './postgres.ts';

export interface StoryOptions {
  /** Default: one project, 6 instances, 20 days; the clock stands until the story moves it. */
  cloud?: SimulatorOptions;
  auth?: 'aksk' | 'password';
  /** Where the inventory is kept. Default: a fresh Postgres database. */
  databaseUrl?: string;
  directory?: string;
  /** Keys of `cloud:` in the configuration file. */
  settings?: Record<string, number | boolean | string>;
  /** YAML lines at the end of the configuration file. */
  extra?: string;
  /** Where the program believes the cloud is; by default where it is. */
  endpoint?: string;
  /** Added to the program's clock, which is otherwise the simulation's. */
  skewMs?: number;
}

export interface Story extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly config: CloudConfig;
  readonly file: string;
  readonly database: Database;
  /** What the program takes for the time. `skewMs` may be changed in mid-story. */
  readonly clock: Clock & { skewMs: number };
  /** Lines of the log, oldest first. */
  readonly lines: string[];
  readonly log: ProgramLog;
  readonly self: SelfMetrics;
  readonly secrets: SecretRegistry;
  query<R = Record<string, unknown>>(text: string): Promise<R[]>;
  run(request?: Partial<RunRequest>): Promise<RunSummary>;
  /** Moves the simulation's clock. */
  pass(durationMs: number): void;
}

export const hourMs = 3_600_000;

/** Starts a story. The schema is there; nothing has been read yet. */
export async function beginStory(options: StoryOptions = {}): Promise<Story> {
  await using stack = new AsyncDisposableStack();
  const simulator = stack.use(
    await startSimulator({ seed: 7, projects: 1, instances: 6, days: 20, speed: 0, ...options.cloud }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-story-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  let url = options.databaseUrl;
  if (url === undefined && options.directory === undefined) url = stack.use(await freshDatabase()).url;
  const file = join(folder, 'config.yaml');
  await writeFile(file, storyConfig(simulator, options, url ?? null));
  const secrets = new SecretRegistry();
  const config = await loadConfig({ file, env: {}, secrets }, 'cloud');
  const database = stack.use(await openConfiguredDatabase(config));
  await migrate(database);
  const clock = storyClock(simulator, options.skewMs ?? 0);
  const lines: string[] = [];
  const log = createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(line), secrets });
  const self = createSelfMetrics();
  const runner = createRunner({ config, database, self, clock, log, scrub: (text) => secrets.scrub(text) });
  const kept = stack.move();
  return {
    simulator,
    config,
    file,
    database,
    clock,
    lines,
    log,
    self,
    secrets,
    query: async <R>(text: string) => (await sql.raw<R>(text).execute(database.db)).rows,
    run: (request = {}) =>
      runner.run({ trigger: 'command', mode: 'full', signal: new AbortController().signal, ...request }),
    pass: (ms) => simulator.control.advance({ ms }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The simulation's time. Waiting lets that much of it pass. */
function storyClock(simulator: Simulator, skewMs: number): Story['clock'] {
  const clock = {
    skewMs,
    now: () => new Date(simulator.now().getTime() + clock.skewMs),
    async sleep(durationMs: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      simulator.control.advance({ ms: Math.ceil(durationMs) });
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
  return clock;
}

/** The configuration file of a story: what a process would be started with. */
export function storyConfig(
  { url, credentials, projects }: Simulator,
  options: Omit<StoryOptions, 'cloud' | 'skewMs'>,
  databaseUrl: string | null,
): string {
  const { accessKey, secretKey, domain, username, password } = credentials;
  const quoted = (text: string) => JSON.stringify(text);
  const auth =
    options.auth === 'password'
      ? `{ method: password, domain: ${quoted(domain)}, username: ${quoted(username)}, password: ${quoted(password)} }`
      : `{ method: aksk, accessKey: ${accessKey}, secretKey: ${quoted(secretKey)} }`;
  const settings = { requestsPerSecond: 1000, concurrency: 4, retries: 2, ...options.settings };
  return [
    databaseUrl === null
      ? `database: { directory: ${quoted(options.directory ?? '')} }`
      : `database: { url: ${quoted(databaseUrl)} }`,
    'cloud:',
    `  auth: ${auth}`,
    `  iamEndpoint: ${options.endpoint ?? url}`,
    ...Object.entries(settings).map(([name, value]) => `  ${name}: ${value}`),
    'projects:',
    ...projects.map(
      ({ projectId, label, region }) =>
        `  - { id: ${projectId}, name: ${quoted(label)}, region: ${region}, endpoint: "${options.endpoint ?? url}" }`,
    ),
    options.extra ?? '',
    '',
  ].join('\n');
}
