// `demo`: the simulated cloud, the embedded database, a first run and `serve`, in one process. No account, no server.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CloudConfig, loadConfig } from '../../config.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { readPort, refuseBadPort } from './port.ts';

interface DemoOptions {
  once?: boolean;
  port: string;
  directory: string;
  seed: string;
}

export const demoCommand: CommandModule<DemoOptions> = {
  name: 'demo',
  summary: 'show everything at work against a simulated cloud, with no account and no server',
  define(command: Command) {
    command
      .option('--once', 'print the summary of one run and exit')
      .option('--port <port>', 'port of the pages and metrics; 0 takes any free one', '9464')
      .option('--directory <path>', 'where the demo keeps its database; emptied at every start', './data/demo')
      .option('--seed <number>', 'the same seed gives the same estate', '1');
  },
  run,
};

async function run(context: CommandContext, options: DemoOptions): Promise<ExitCode> {
  const directory = resolve(options.directory);
  const seed = numberOf('--seed', options.seed);
  const port = readPort(options.port);
  if (options.once !== true) await refuseBadPort(port, host);
  await emptyDemoDirectory(directory);
  const { startSimulator } = await import('../../simulator/simulator.ts');
  await using simulator = await startSimulator({
    seed,
    projects: 3,
    instances: 12,
    days: 45,
    churn: options.once === true ? {} : { insert: 0.05, delete: 0.02 },
  });
  const file = join(directory, configName);
  await writeFile(file, demoConfig(simulator, directory, port));
  const config = await loadConfig({ file, env: {}, secrets: context.secrets }, 'cloud');
  context.stdout.write(`A simulated cloud with ${simulator.projects.length} projects is at ${simulator.url}.\n`);
  return options.once === true ? await once(context, config) : await stay(context, config);
}

async function firstRun(context: CommandContext, config: CloudConfig, parts: Awaited<ReturnType<typeof open>>) {
  const { createRunner } = await import('../wire-run.ts');
  const { migrate } = await import('../../postgres/migrator.ts');
  const { summaryTable } = await import('../summary.ts');
  const { runProgress } = await import('../progress.ts');
  const { clock, log, secrets, signal, stderr } = context;
  const { database, self } = parts;
  await migrate(database);
  const runner = createRunner({ config, database, self, clock, log, scrub: (text) => secrets.scrub(text) });
  const summary = await runner.run({ trigger: 'demo', mode: 'full', signal, progress: runProgress(stderr, log) });
  context.stdout.write(`${summaryTable(summary, { colours: context.isTty && !context.env.NO_COLOR })}\n`);
  return summary.exitCode;
}

async function open(config: CloudConfig) {
  const { openConfiguredDatabase } = await import('../wire.ts');
  const { createSelfMetrics } = await import('../../prometheus/self.ts');
  return { database: await openConfiguredDatabase(config), self: createSelfMetrics() };
}

async function once(context: CommandContext, config: CloudConfig): Promise<ExitCode> {
  const parts = await open(config);
  await using _database = parts.database;
  const code = await firstRun(context, config, parts);
  context.stdout.write(`Ask further: backup-inventory --config ${config.file} report\n`);
  return code;
}

async function stay(context: CommandContext, config: CloudConfig): Promise<ExitCode> {
  const { serveProgram } = await import('../wire-program.ts');
  const parts = await open(config);
  await using _database = parts.database;
  await firstRun(context, config, parts);
  await serveProgram(context, { kind: 'schedules', config, ...parts }, (port) => {
    const url = `http://${host}:${port}`;
    context.stdout.write(`Look at ${url}/ and ${url}/metrics. It runs again every two minutes; stop it with Ctrl-C.\n`);
  });
  return exit.ok;
}

const host = '127.0.0.1';
const configName = 'config.yaml';
const databaseName = 'database';
const signature = '# Made by `backup-inventory demo`';

/** Empties what a demo made, which its file says, and nothing else; not while another demo uses it. */
async function emptyDemoDirectory(directory: string): Promise<void> {
  const entries: string[] = await readdir(directory).catch(() => []);
  if (entries.length > 0) {
    const config = await readFile(join(directory, configName), 'utf8').catch(() => '');
    const foreign = entries.some((name) => name !== configName && name !== databaseName);
    if (foreign || !config.startsWith(signature)) {
      throw new UsageError(`${directory} is not empty and no demo made it. Give another --directory.`);
    }
    if (entries.includes(databaseName)) await refuseInUse(join(directory, databaseName));
  }
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}

/** Throws StoreError where another process has the database open. */
async function refuseInUse(database: string): Promise<void> {
  const { lockDirectory } = await import('../../postgres/embedded-lock.ts');
  const unlock = lockDirectory(database);
  unlock();
}

function demoConfig({ credentials, projects, url }: Simulator, directory: string, port: number): string {
  return [
    `${signature}; the keys open the simulated cloud and nothing else.`,
    `database: { directory: ${JSON.stringify(join(directory, databaseName))} }`,
    'cloud:',
    '  auth:',
    '    method: aksk',
    `    accessKey: ${credentials.accessKey}`,
    `    secretKey: ${credentials.secretKey}`,
    `  iamEndpoint: ${url}`,
    '  requestsPerSecond: 50',
    '  concurrency: 4',
    'projects:',
    ...projects.map(
      ({ projectId, region, label }) =>
        `  - { id: ${projectId}, name: ${JSON.stringify(label)}, region: ${region}, endpoint: "${url}" }`,
    ),
    'schedule: { full: "*/2 * * * *" }',
    `http: { host: ${host}, port: ${port} }`,
    'objectives:',
    '  - { match: { instance: "*-prod" }, rpo: 26h, retention: 7d, minimumCopies: 3 }',
    '  - { match: {}, rpo: 50h, retention: 3d }',
    'exemptions:',
    '  - match: { instance: "*scratch*" }',
    '    control: BK-01',
    '    owner: dba@example.org',
    '    reason: rebuilt nightly',
    '    expires: 2099-12-31',
    '',
  ].join('\n');
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new UsageError(`${flag} takes a whole number, not "${text}".`);
  return value;
}
