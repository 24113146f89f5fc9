// A bare client for the simulator's tests: plain fetch, tokens from the simulated IAM, signatures by the official SDK's
// signer, so that nothing of the product and nothing of the simulator vouches for itself.

import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the bodies are foreign JSON, looked into field by field.
  body: any;
}

/** The middle of an afternoon in UTC: no night is running. */
const startAt = new Date('2026-11-20T12:00:00Z');

/** A simulation whose clock stands still. */
export function standing(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator({ seed: 7, startAt, speed: 0, ...options });
}

export type Parameters = Record<string, string | number>;

/** Encodes as the API wants it: `+` as `%2B`. */
function search(parameters: Parameters): string {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return text === '' ? '' : `?${text}`;
}

export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}

export function passwordBody(simulator: Simulator, scope: object, change: { password?: string } = {}): string {
  const { username, password, domain } = { ...simulator.credentials, ...change };
  const user = { name: username, password, domain: { name: domain } };
  return JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } });
}

export async function takeToken(simulator: Simulator, projectId: string, url = simulator.url): Promise<string> {
  const body = passwordBody(simulator, { project: { id: projectId } });
  const reply = await send(`${url}/v3/auth/tokens?nocatalog=true`, { method: 'POST', body });
  return reply.headers.get('x-subject-token') ?? '';
}

/** Calls with a token, by default of the first project. */
export async function caller(simulator: Simulator, projectId = simulator.projectIds[0] ?? '') {
  const token = await takeToken(simulator, projectId);
  return {
    projectId,
    token,
    /** `{p}` in the path stands for the project. */
    get: (path: string, parameters: Parameters = {}, init: RequestInit = {}): Promise<Reply> =>
      send(simulator.url + path.replace('{p}', projectId) + search(parameters), {
        ...init,
        headers: { 'x-auth-token': token, ...init.headers },
      }),
  };
}

export interface SignOptions {
  accessKey?: string;
  secretKey?: string;
  headers?: Record<string, string>;
  at?: Date;
  method?: string;
  body?: object;
}

/** A request signed by the SDK's signer; `tamper` changes what is sent after signing. */
export function sign(simulator: Simulator, path: string, parameters: Parameters = {}, options: SignOptions = {}) {
  const at = options.at ?? simulator.now();
  const request = {
    endpoint: `${simulator.url}${path}`,
    method: options.method ?? 'GET',
    queryParams: parameters,
    headers: {
      'content-type': 'application/json',
      'X-Sdk-Date': at.toISOString().replace(/[-:]|\.\d+/g, ''),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { data: options.body }),
  };
  const credential = {
    getAk: () => options.accessKey ?? simulator.credentials.accessKey,
    getSk: () => options.secretKey ?? simulator.credentials.secretKey,
  };
  const { host: _, ...headers } = AKSKSigner.sign(request as never, credential as never) as Record<string, string>;
  const init: RequestInit = { method: request.method, headers };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  return { url: `${simulator.url}${path}${search(parameters)}`, init };
}

export async function sendSigned(...args: globalThis.Parameters<typeof sign>): Promise<Reply> {
  const { url, init } = sign(...args);
  return send(url, init);
}
