// IAM and the service of one region on one server, for the tests of tokens.

import type { ServerResponse } from 'node:http';
import { json, pageOf, type Received, startCloudServer, testCloud } from './cloud-server.ts';

export const login = {
  method: 'password',
  domain: 'the-account',
  username: 'the-user',
  password: 'the-password',
} as const;

interface Behaviour {
  /** Milliseconds that a token lives; a day otherwise. */
  lifetimeMs?: number;
  token?: (request: Received, response: ServerResponse, count: number) => boolean;
  list?: (token: string, response: ServerResponse) => void;
}

/** IAM and the service on one server. Tokens are `token-1`, `token-2`, …, padded to 3 KB. */
export async function startRegion(behaviour: Behaviour = {}) {
  let sold = 0;
  const server = await startCloudServer((request, response) => {
    if (request.url.startsWith('/v3/auth/tokens')) {
      sold++;
      if (behaviour.token?.(request, response, sold)) return;
      sellToken(response, sold, behaviour.lifetimeMs ?? 86_400_000);
    } else {
      const token = String(request.headers['x-auth-token']).replace(/-*$/, '');
      if (behaviour.list) behaviour.list(token, response);
      else json(response, 200, pageOf());
    }
  });
  const paths = (prefix: string) => server.requests.filter(({ url }) => url.startsWith(prefix));
  return Object.assign(server, {
    purchases: () => paths('/v3/auth/tokens'),
    lists: () => server.requests.filter(({ url }) => !url.startsWith('/v3/auth/')),
  });
}

export function sellToken(response: ServerResponse, number: number, lifetimeMs: number) {
  const stamp = (at: number) => new Date(at).toISOString().replace('Z', '363Z');
  json(
    response,
    201,
    { token: { issued_at: stamp(Date.now()), expires_at: stamp(Date.now() + lifetimeMs), methods: ['password'] } },
    { 'x-subject-token': `token-${number}`.padEnd(3000, '-') },
  );
}

export function tokenCloud(url: string, overrides: Parameters<typeof testCloud>[0] = {}) {
  return testCloud({ auth: login, iamEndpoint: url, ...overrides });
}
