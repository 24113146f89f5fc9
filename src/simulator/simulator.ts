// A stand-in for the cloud's API: the database service and IAM on one address, over real HTTP, with a living estate,
// full authentication and faults on demand. For the demo and the tests; knows nothing of the product.

import type { Behaviour } from './behaviour.ts';
import type { Churn } from './churn.ts';
import type { Control } from './control.ts';
import { createControl } from './control.ts';
import { requestReport, serveControl } from './control-http.ts';
import type { JournalEntry } from './estate.ts';
import type { FaultRule } from './fault-rules.ts';
import type { ProjectRecord } from './records.ts';
import type { Endpoint } from './server.ts';
import { openEndpoint } from './server.ts';
import type { Throttle } from './throttle.ts';
import type { Truth, TruthIds } from './truth.ts';
import { readJournal, readTruth, readTruthIds } from './truth.ts';
import type { RequestEntry, World } from './world.ts';
import { createWorld } from './world.ts';

export interface SimulatorOptions {
  /** Default: any free port. */
  port?: number;
  host?: string;
  seed?: number;
  projects?: number;
  instances?: number;
  days?: number;
  /** Fills each project's list of instance backups up to this number. */
  backupsPerProject?: number;
  /** Where the simulated clock starts. Default: now. */
  startAt?: Date;
  /** Simulated seconds per real second; 0 = the clock stands until it is advanced. */
  speed?: number;
  behaviour?: Partial<Behaviour>;
  throttle?: Partial<Throttle>;
  churn?: Partial<Churn>;
  faults?: readonly FaultRule[];
  /** Opens one more endpoint for each of these regions, which serves that region alone. */
  regions?: readonly string[];
  /** PEM texts: serve HTTPS. */
  tls?: { key: string; cert: string };
}

export interface SimulatorCredentials {
  accessKey: string;
  secretKey: string;
  domain: string;
  username: string;
  password: string;
}

export interface Simulator extends AsyncDisposable {
  /** Serves every region, the database service and IAM. */
  readonly url: string;
  /** Endpoints of single regions, where asked for. */
  readonly regionUrls: ReadonlyMap<string, string>;
  readonly credentials: SimulatorCredentials;
  readonly projects: readonly ProjectRecord[];
  readonly projectIds: readonly string[];
  readonly control: Control;
  now(): Date;
  truth(projectId: string): Truth;
  truthIds(projectId: string): TruthIds;
  journal(projectId: string): readonly JournalEntry[];
  /** The newest requests, oldest first. */
  requests(): readonly RequestEntry[];
  requestCounts(): Record<string, number>;
  /** Runs the function after so many matching requests were answered, before the next one is. */
  afterRequests(requests: number, run: () => void, match?: { operation?: string; projectId?: string }): void;
  /** Starts anew from the options: estate, clock, tokens, faults. */
  reset(): void;
}

/** Starts a simulated cloud; dispose it to stop. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const create = () =>
    createWorld({
      seed: options.seed ?? 1,
      projects: options.projects ?? 2,
      instances: options.instances ?? 12,
      days: options.days ?? 45,
      backupsPerProject: options.backupsPerProject ?? null,
      startAt: options.startAt,
      speed: options.speed ?? 1,
      behaviour: options.behaviour ?? {},
      throttle: options.throttle ?? {},
      churn: options.churn ?? {},
      faults: options.faults ?? [],
    });
  const world = create();
  const endpoints: Endpoint[] = [];
  const control = createControl(world, {
    dropIdleConnections: () => {
      for (const endpoint of endpoints) endpoint.dropIdleConnections();
    },
  });
  const simulator = describeWorld(world, control, endpoints, () => void Object.assign(world, create()));
  const open = (region: string | null, port: number) =>
    openEndpoint(world, {
      host: options.host ?? '127.0.0.1',
      port,
      region,
      tls: options.tls,
      control: (request, response) =>
        serveControl(
          { world: () => world, control: () => control, describe: () => summary(simulator), reset: simulator.reset },
          request,
          response,
        ),
    });
  endpoints.push(await open(null, options.port ?? 0));
  for (const region of options.regions ?? []) {
    const endpoint = await open(region, 0);
    endpoints.push(endpoint);
    (simulator.regionUrls as Map<string, string>).set(region, endpoint.url);
  }
  return simulator;
}

function describeWorld(world: World, control: Control, endpoints: Endpoint[], reset: () => void): Simulator {
  return {
    get url() {
      return endpoints[0]?.url ?? '';
    },
    regionUrls: new Map<string, string>(),
    get credentials() {
      return credentialsOf(world);
    },
    get projects() {
      return [...world.projects.values()];
    },
    get projectIds() {
      return [...world.projects.keys()];
    },
    control,
    now: () => world.clock.now(),
    truth: (projectId) => readTruth(world, projectId),
    truthIds: (projectId) => readTruthIds(world, projectId),
    journal: (projectId) => readJournal(world, projectId),
    requests: () => world.log,
    requestCounts: () => requestReport(world, 0).counts,
    afterRequests: (requests, run, match = {}) =>
      void world.appointments.push({
        left: requests,
        operation: match.operation ?? null,
        projectId: match.projectId ?? null,
        run,
      }),
    reset,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(endpoints.map((endpoint) => endpoint[Symbol.asyncDispose]()));
    },
  };
}

function credentialsOf(world: World): SimulatorCredentials {
  const { account } = world;
  const key = [...account.keys.values()].find((one) => one.securityToken === null);
  if (key === undefined) throw new Error('the account has no permanent key');
  return {
    accessKey: key.accessKey,
    secretKey: key.secretKey,
    domain: account.domainName,
    username: account.userName,
    password: account.password,
  };
}

/** What another process needs to know to use the simulation. */
function summary(simulator: Simulator): object {
  return {
    url: simulator.url,
    regionUrls: Object.fromEntries(simulator.regionUrls),
    credentials: simulator.credentials,
    projects: simulator.projects,
    now: simulator.now().toISOString(),
  };
}
