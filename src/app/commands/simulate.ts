// `simulate`: the simulated cloud as a server of its own, for a look without an account and for tests across processes.

import type { Command } from 'commander';
import { exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import { faultCatalogue } from '../../simulator/fault-catalogue.ts';
import type { FaultRule } from '../../simulator/fault-rules.ts';
import { parseFaultRule } from '../../simulator/fault-rules.ts';
import type { Simulator, SimulatorOptions } from '../../simulator/simulator.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { CommandModule, Output } from './command.ts';
import { portError, readPort } from './port.ts';

interface SimulateOptions {
  port: string;
  host: string;
  seed: string;
  projects: string;
  instances: string;
  days: string;
  backups?: string;
  startAt?: string;
  speed: string;
  latencyMs: string;
  churn?: string;
  throttle?: string;
  fault?: string[];
  region?: string[];
  json?: boolean;
  listFaults?: boolean;
}

export const simulateCommand: CommandModule<SimulateOptions> = {
  name: 'simulate',
  summary: 'run the simulated cloud as a server',
  define,
  async run({ stdout, signal }, options) {
    if (options.listFaults === true) {
      listFaults(stdout);
      return exit.ok;
    }
    await using simulator = await start(readOptions(options));
    stdout.write(options.json === true ? `${JSON.stringify(description(simulator))}\n` : readyText(simulator));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return exit.ok;
  },
};

function define(command: Command): void {
  const collect = (value: string, earlier: string[] = []) => [...earlier, value];
  command
    .option('--port <port>', 'port to listen on; 0 takes any free one', '18080')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <number>', 'the same seed gives the same estate', '1')
    .option('--projects <number>', 'how many projects', '2')
    .option('--instances <number>', 'instances of each project', '12')
    .option('--days <number>', 'days of history', '45')
    .option('--backups <number>', 'fill each project up to this number of instance backups')
    .option('--start-at <time>', 'where the simulated clock starts; otherwise now')
    .option('--speed <factor>', 'simulated seconds per second; 0 stops the clock', '1')
    .option('--latency-ms <ms>', 'answer after this time at the earliest', '0')
    .option('--churn <rates>', 'changes per list request: insert=0.3,expire=0.1,delete=0.1,tables=0.1')
    .option('--throttle <limits>', 'calls per user: second=10,minute=300; retry-after=1 sends the header')
    .option('--fault <rule>', 'NAME[@operation][#nth][xcount][%probability]; may be repeated', collect)
    .option('--region <name>', 'one more port that serves this region alone; may be repeated', collect)
    .option('--json', 'describe the simulation as one JSON object')
    .option('--list-faults', 'print the names of all faults and end');
}

function readOptions(options: SimulateOptions): SimulatorOptions {
  const churn = readPairs('--churn', options.churn, ['insert', 'expire', 'delete', 'tables']);
  const limits = readPairs('--throttle', options.throttle, ['second', 'minute', 'retry-after']);
  return {
    port: readPort(options.port),
    host: options.host,
    seed: readNumber('--seed', options.seed),
    projects: readNumber('--projects', options.projects),
    instances: readNumber('--instances', options.instances),
    days: readNumber('--days', options.days),
    ...(options.backups === undefined ? {} : { backupsPerProject: readNumber('--backups', options.backups) }),
    ...(options.startAt === undefined ? {} : { startAt: readTime(options.startAt) }),
    speed: readNumber('--speed', options.speed),
    behaviour: { latencyMs: readNumber('--latency-ms', options.latencyMs) },
    churn,
    throttle: {
      perSecond: limits.second ?? null,
      perMinute: limits.minute ?? null,
      retryAfter: (limits['retry-after'] ?? 0) > 0,
    },
    faults: (options.fault ?? []).map(readFault),
    regions: options.region ?? [],
  };
}

function readNumber(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) throw new UsageError(`${flag} takes a number, not "${text}"`);
  return value;
}

function readTime(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new UsageError(`--start-at takes a time like 2026-11-23T08:00:00Z, not "${text}"`);
  return at;
}

function readPairs(flag: string, text: string | undefined, names: readonly string[]): Record<string, number> {
  const pairs = (text ?? '').split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      if (!names.includes(name)) throw new UsageError(`${flag} knows ${names.join(', ')}, not "${name}"`);
      return [name, readNumber(`${flag} ${name}`, value)];
    }),
  );
}

function readFault(text: string): FaultRule {
  try {
    return parseFaultRule(text);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function start(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    throw portError(error, options.port ?? 0) ?? error;
  }
}

function description(simulator: Simulator) {
  const { url, credentials, projects } = simulator;
  return { url, regionUrls: Object.fromEntries(simulator.regionUrls), credentials, projects };
}

function readyText(simulator: Simulator): string {
  const { url, credentials } = simulator;
  const lines = [
    `endpoint    ${url}  (database service and IAM)`,
    ...[...simulator.regionUrls].map(([region, regionUrl]) => `            ${regionUrl}  (${region} alone)`),
    `access key  ${credentials.accessKey}`,
    `secret key  ${credentials.secretKey}`,
    `user        ${credentials.username} of ${credentials.domain}, password ${credentials.password}`,
    ...simulator.projects.map(({ projectId, name, label }) => `project     ${projectId}  ${name} (${label})`),
    `control     ${url}/_simulator`,
    'ready',
  ];
  return `${lines.join('\n')}\n`;
}

function listFaults(stdout: Output): void {
  const width = Math.max(...[...faultCatalogue.keys()].map((name) => name.length));
  for (const [name, { description: text }] of faultCatalogue) stdout.write(`${name.padEnd(width)}  ${text}\n`);
}
