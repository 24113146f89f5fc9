// Servers that behave badly at the level of sockets and TLS, and a fetch that is expected to fail there.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureOf, newCall, pageOf, projectAt, testCloud } from './cloud-server.ts';

/** A TCP server that does with each connection what the test says. */
export async function startTcp(onConnection: (socket: Socket) => void, server: Server = createServer()) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Fetches a page from there, twice at most, and gives the failure. */
export async function failedFetch(endpoint: string, options: Parameters<typeof testCloud>[0] = {}) {
  await using cloud = testCloud({ retries: 1, requestTimeoutMs: 300, ...options });
  const error = await failureOf(
    cloud.source(projectAt(endpoint)).fetchPage('instances', { offset: 0, limit: 100 }, newCall()),
  );
  return { error, events: cloud.events };
}

/** An HTTPS server with a certificate that nobody vouches for; `read` counts what it was asked. */
export async function startSelfSigned() {
  const { key, cert, certPath, remove } = selfSigned();
  const requests: string[] = [];
  const server = createHttpsServer({ key, cert }, (request, response) => {
    requests.push(request.url ?? '');
    response.end(JSON.stringify(pageOf()));
  });
  const tcp = await startTcp(() => {}, server);
  return {
    url: `https://127.0.0.1:${tcp.port}`,
    requests,
    certPath,
    async [Symbol.asyncDispose]() {
      await tcp[Symbol.asyncDispose]();
      remove();
    },
  };
}

/** An HTTP proxy that opens every tunnel it is asked for. */
export async function startTunnelProxy() {
  const tunnels: string[] = [];
  const proxy = createHttpServer();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  const tcp = await startTcp(() => {}, proxy);
  return { url: `http://127.0.0.1:${tcp.port}`, tunnels, [Symbol.asyncDispose]: () => tcp[Symbol.asyncDispose]() };
}

function selfSigned() {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [keyPath, certPath] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certPath, '-days', '2', ...subject], { stdio: 'ignore' });
  return {
    key: readFileSync(keyPath),
    cert: readFileSync(certPath),
    certPath,
    remove: () => rmSync(directory, { recursive: true }),
  };
}
