// The HTTP side: accepts connections (or, at a fault, mistreats them), reads requests, lets them be answered, and sends
// what comes back. One server per endpoint; all share one world.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { answerRequest } from './answer-request.ts';
import { strike } from './fault-rules.ts';
import type { World } from './world.ts';

export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  /** Closes connections that wait for a request, so that the next request needs a new one. */
  dropIdleConnections(): void;
}

export interface EndpointOptions {
  host: string;
  port: number;
  region: string | null;
  tls: { key: string; cert: string } | undefined;
  /** Requests that are not the cloud's: true if it took the request. */
  control: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Listens; fails if the port is taken. */
export async function openEndpoint(world: World, options: EndpointOptions): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const busy = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const http = createHttpServer(
    { keepAlive: true, keepAliveTimeout: 65_000, maxHeaderSize: 65_536 },
    (request, response) => {
      busy.add(request.socket);
      response.on('close', () => busy.delete(request.socket));
      if (options.control(request, response)) return;
      answerRequest(world, { request, response, region: options.region, timers });
    },
  );
  http.on('clientError', (_error, socket) => socket.destroy());
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (!mistreat(world, socket)) http.emit('connection', socket);
  };
  const server: Server =
    options.tls === undefined ? createTcpServer({ noDelay: true }, accept) : createTlsServer(options.tls, accept);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    dropIdleConnections: () => {
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, options: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Faults of phase `connection`; true if the connection is not to be served. */
function mistreat(world: World, socket: Socket): boolean {
  const [fault] = strike(world.faults, 'connection', { operation: null, projectId: null }, world.random.faults);
  switch (fault?.rule.fault) {
    case 'hang-connect':
      socket.pause();
      return true;
    case 'close-connect':
      socket.destroy();
      return true;
    case 'reset-connect':
      socket.resetAndDestroy();
      return true;
    default:
      return false;
  }
}
