// The way in: everything about the cloud behind one object. It sees plain options, never the configuration or the logger.

import type { Project } from '../inventory/model.ts';
import type { Call, Clock, Source } from '../inventory/ports.ts';
import { Client, type Credential } from './client.ts';
import { listProjects } from './discovery.ts';
import { endpointOf } from './endpoints.ts';
import { createKeyCredentials } from './keys.ts';
import { type ProbeResult, probeLists } from './probe.ts';
import { geminidb } from './services/geminidb.ts';
import type { AccessKeys } from './signer.ts';
import { createSource } from './source.ts';
import type { Observe } from './telemetry.ts';
import { createTokenCredentials, type PasswordLogin } from './tokens.ts';

export type CloudAuth = ({ method: 'aksk' } & AccessKeys) | ({ method: 'password' } & PasswordLogin);

export interface CloudOptions {
  auth: CloudAuth;
  /** Base URL of IAM; the region's own otherwise. */
  iamEndpoint?: string | undefined;
  /** Per endpoint, all projects there together. */
  requestsPerSecond: number;
  concurrency: number;
  /** For one exchange as a whole; connecting may take half of it, ten seconds at most. */
  requestTimeoutMs: number;
  retries: number;
  userAgent: string;
  clock: Clock;
  observe?: Observe | undefined;
  /** 32 MB otherwise. */
  maxAnswerBytes?: number | undefined;
  random?: (() => number) | undefined;
}

/** The credential's refusal is remembered as long as the object lives: no request is made with it any more. */
export interface Cloud extends AsyncDisposable {
  /** How far this host's clock is ahead of the cloud's, by its newest answer; null = it has not answered yet. */
  readonly clockSkewSeconds: number | null;
  source(project: Project): Source;
  /** The enabled projects of these regions; of every region where none is given. @throws CloudError */
  discoverProjects(regions: readonly string[], call: Call): Promise<Project[]>;
  /** For `doctor`: what may be read of a project, and how the clocks differ. */
  probe(project: Project, call: Call): Promise<ProbeResult>;
}

/** Opens nothing before the first call. Disposal ends what is under way. */
export function createCloud(options: CloudOptions): Cloud {
  const observe = options.observe ?? (() => {});
  const client = new Client({ ...options, observe });
  const credentialOf = createCredentials(options, client, observe);
  const deps = { client, clock: options.clock, service: geminidb };

  const source = (project: Project) =>
    createSource({ ...deps, credential: credentialOf(project.projectId, project.region) }, project);

  return {
    get clockSkewSeconds() {
      return client.clockSkewSeconds;
    },
    source,
    async discoverProjects(regions, call) {
      const region = regions[0] ?? everyRegion;
      const iamEndpoint = iamEndpointOf(options, region);
      return listProjects({ ...deps, iamEndpoint, credential: credentialOf(null, region) }, regions, call);
    },
    async probe(project, call) {
      const lists = await probeLists(source(project), call);
      return { lists, clockSkewSeconds: client.clockSkewSeconds };
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** In place of a region where discovery names none. */
const everyRegion = Symbol('every region');
const globalIamEndpoint = 'https://iam.myhuaweicloud.com';

function iamEndpointOf(options: CloudOptions, region: string | typeof everyRegion): string {
  return options.iamEndpoint ?? (region === everyRegion ? globalIamEndpoint : endpointOf('iam', region));
}

/** One credential per project, however often its source is asked for: tokens and refusals are remembered in it. */
function createCredentials(options: CloudOptions, client: Client, observe: Observe) {
  const make = credentialMaker(options, client, observe);
  const known = new Map<string, Credential>();
  return (projectId: string | null, region: string | typeof everyRegion): Credential => {
    const key = JSON.stringify([projectId, region === everyRegion ? null : region]);
    const credential = known.get(key) ?? make(projectId, region);
    known.set(key, credential);
    return credential;
  };
}

function credentialMaker(options: CloudOptions, client: Client, observe: Observe) {
  const { auth, clock } = options;
  if (auth.method === 'aksk') return createKeyCredentials(auth, clock);
  const ofScope = createTokenCredentials({ client, clock, observe, login: auth });
  return (projectId: string | null, region: string | typeof everyRegion) =>
    ofScope(projectId === null ? 'domain' : { projectId }, iamEndpointOf(options, region));
}
