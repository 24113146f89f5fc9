// The HTTP server around the routes: addresses, TLS, limits and the end.

import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { securityHeaders } from './access.ts';
import type { WebDeps } from './answers.ts';
import { createApp } from './app.ts';

export interface Listening {
  port: number;
  /** Stops accepting, lets answers under way end, and cuts what is left at the deadline. */
  close(deadlineMs: number): Promise<void>;
}

export interface Web {
  /** Rejects with ListenError. */
  listen(): Promise<Listening>;
}

/** The address cannot be listened on. */
class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code = 'HTTP_LISTEN';
}

/** Scrapers come back within this time and keep their connection. */
const keepAliveMs = 65_000;
const limits: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: keepAliveMs,
  connectionsCheckingInterval: 5000,
};
/** A connection on which nothing moves is cut: a reader that stalls would pin an old snapshot. */
const idleMs = 2 * keepAliveMs;
const maxConnections = 512;

/** The web surface of contract: /metrics, the probes and the pages handed in. */
export function createWeb(deps: WebDeps): Web {
  return {
    listen: async () => {
      let closing = false;
      const answer = getRequestListener(createApp(deps).fetch, { overrideGlobalObjects: false });
      const server = serverOf(deps, (request, response) => {
        for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
        const hasBody = 'content-length' in request.headers || 'transfer-encoding' in request.headers;
        if (closing || hasBody) response.shouldKeepAlive = false;
        void answer(request, response);
      });
      server.maxConnections = maxConnections;
      server.setTimeout(idleMs);
      await bind(server, deps);
      return {
        port: (server.address() as AddressInfo).port,
        close: async (deadlineMs) => {
          closing = true;
          await closed(server, deadlineMs);
        },
      };
    },
  };
}

function serverOf(deps: WebDeps, listener: RequestListener): Server {
  if (deps.tls === undefined) return createServer(limits, listener);
  return createSecureServer({ ...limits, ...deps.tls, minVersion: 'TLSv1.2' }, listener);
}

async function bind(server: Server, { host, port }: WebDeps): Promise<void> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const advice = why === 'EADDRINUSE' ? 'Another process uses it. ' : '';
    throw new ListenError(`Cannot listen on ${host}:${port} (${why}). ${advice}Change http.host or http.port.`, {
      cause: error,
    });
  }
}

async function closed(server: Server, deadlineMs: number): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  const sweeping = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
  try {
    await ended;
  } finally {
    clearInterval(sweeping);
    clearTimeout(cut);
  }
}
