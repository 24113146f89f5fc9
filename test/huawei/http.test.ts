// The exchange under bad networks: hangs, resets, drips, floods, wrong certificates, proxies. All on real sockets.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { failureOf, json, newCall, pageOf, projectAt, startCloudServer, testCloud } from './cloud-server.ts';

const page = { offset: 0, limit: 100 };

/** A TCP server that does with each connection what the test says. */
async function startTcp(onConnection: (socket: Socket) => void, server: Server = createServer()) {
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

async function failedFetch(endpoint: string, options: Parameters<typeof testCloud>[0] = {}) {
  await using cloud = testCloud({ retries: 1, requestTimeoutMs: 300, ...options });
  const error = await failureOf(cloud.source(projectAt(endpoint)).fetchPage('instances', page, newCall()));
  return { error, events: cloud.events };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('timeouts', () => {
  test('a connection that never comes about', async () => {
    await using silent = await startTcp(() => {});
    const { error } = await failedFetch(`https://127.0.0.1:${silent.port}`, { requestTimeoutMs: 2000, retries: 0 });
    expect(error).toMatchObject({ failure: 'timeout' });
    expect(error.message).toContain('no connection came about');
  });

  test('an answer that never begins', async () => {
    await using server = await startCloudServer(() => {});
    const { error, events } = await failedFetch(server.url);
    expect(error).toMatchObject({ failure: 'timeout', code: 'CLOUD_TIMEOUT' });
    expect(error.message).toContain('300 ms passed before the answer began');
    expect(events.filter((event) => event.kind === 'request').map((event) => event.code)).toEqual([
      'timeout',
      'timeout',
    ]);
  });

  test('a body that stops half-way', async () => {
    await using server = await startCloudServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"instances":[');
    });
    const { error } = await failedFetch(server.url);
    expect(error.message).toContain('300 ms passed before the answer was complete');
  });

  test('a body that drips for ever', async () => {
    await using server = await startCloudServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const { error } = await failedFetch(server.url);
    expect(error).toMatchObject({ failure: 'timeout' });
  });

  test('a timeout that heals costs a retry', async () => {
    await using server = await startCloudServer((_, response, index) => {
      if (index > 0) json(response, 200, pageOf());
    });
    await using cloud = testCloud({ requestTimeoutMs: 200 });
    const call = newCall();
    await cloud.source(projectAt(server.url)).fetchPage('instances', page, call);
    expect(call.tally).toMatchObject({ requests: 2, retries: 1 });
  });
});

describe('broken connections are tried again, then told as unreachable', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['reset before the answer', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    [
      'reset in the headers',
      (socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.resetAndDestroy())),
    ],
    [
      'reset in the body',
      (socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"inst', () => socket.resetAndDestroy()),
        ),
    ],
    [
      'closed before the body was complete',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"instances"')),
    ],
    ['no HTTP at all', (socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))],
  ])('%s', async (_, onConnection) => {
    let connections = 0;
    await using server = await startTcp((socket) => {
      connections++;
      onConnection(socket);
    });
    const { error } = await failedFetch(`http://127.0.0.1:${server.port}`);
    expect(error).toMatchObject({ failure: 'unreachable', code: 'CLOUD_UNREACHABLE' });
    expect(connections).toBe(2);
  });

  test('what could not be read as HTTP does not come along in the error', async () => {
    await using server = await startTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nx-subject-token: TOP-SECRET\r\nbad header\r\n\r\n')),
    );
    const { error } = await failedFetch(`http://127.0.0.1:${server.port}`);
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('TOP-SECRET');
  });

  test('a port that nobody listens on', async () => {
    const { error } = await failedFetch('http://127.0.0.1:1');
    expect(error.message).toBe(
      'http://127.0.0.1:1 cannot be reached: the connection is refused. Check endpoint, port and firewall.',
    );
  });

  test('a host that does not exist', async () => {
    const { error } = await failedFetch('http://no-such-host.invalid', { requestTimeoutMs: 5000 });
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(error.message).toMatch(/no such host \(E\w+\)/);
  });
});

test('an answer beyond the cap is told and not asked for again', async () => {
  await using server = await startCloudServer((_, response) =>
    json(response, 200, `{"instances":["${'x'.repeat(200_000)}"]}`),
  );
  const { error } = await failedFetch(server.url, { maxAnswerBytes: 100_000, requestTimeoutMs: 3000 });
  expect(error).toMatchObject({ failure: 'api' });
  expect(error.message).toContain('sent more than 100000 bytes');
  expect(server.requests).toHaveLength(1);
});

test('a page of 5 MB is read', async () => {
  await using server = await startCloudServer((_, response) =>
    json(response, 200, { instances: [{ id: 'i1', name: 'n'.repeat(5_000_000) }], total_count: 1 }),
  );
  await using cloud = testCloud();
  const read = await cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall());
  expect(read.items[0]?.fact).toMatchObject({ instanceId: 'i1' });
});

/** An HTTPS server with a certificate that nobody vouches for; `read` counts what it was asked. */
async function startSelfSigned() {
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
async function startTunnelProxy() {
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

/** Runs children/fetch-once.ts in a process of its own. */
async function fetchInChild(url: string, environment: Record<string, string>): Promise<string> {
  const script = fileURLToPath(new URL('children/fetch-once.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, url], {
    env: { ...process.env, ...environment },
  });
  return stdout;
}

describe('TLS', () => {
  test('a certificate that nobody vouches for is refused at once, even where the environment asks not to verify', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await using server = await startSelfSigned();
    const { error } = await failedFetch(server.url, { requestTimeoutMs: 5000 });
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(error.message).toContain('TLS certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(server.requests).toEqual([]);
  });

  test('through the tunnel of a proxy it is refused as well', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await using server = await startSelfSigned();
    await using proxy = await startTunnelProxy();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const { error } = await failedFetch(server.url, { requestTimeoutMs: 5000 });
    expect(error.message).toContain('TLS certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(proxy.tunnels).toEqual([new URL(server.url).host]);
    expect(server.requests).toEqual([]);
  });

  test('a company’s certificate in NODE_EXTRA_CA_CERTS is trusted, directly and through a proxy', async () => {
    await using server = await startSelfSigned();
    await using proxy = await startTunnelProxy();
    const trust = { NODE_EXTRA_CA_CERTS: server.certPath };
    expect(await fetchInChild(server.url, {})).toContain('TLS certificate is not trusted');
    expect(await fetchInChild(server.url, trust)).toBe('read');
    expect(await fetchInChild(server.url, { ...trust, HTTPS_PROXY: proxy.url })).toBe('read');
    expect(server.requests).toHaveLength(2);
    expect(proxy.tunnels).toHaveLength(1);
  });
});

describe('proxies', () => {
  test('HTTP_PROXY is used, and NO_PROXY is left out of it', async () => {
    await using server = await startCloudServer((_, response) => json(response, 200, pageOf()));
    const asked: string[] = [];
    const proxy = createHttpServer((request, response) => {
      asked.push(request.url ?? '');
      const target = new URL(request.url ?? '');
      const upstream = connect(Number(target.port), target.hostname, () => {
        const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
        upstream.write(`GET ${target.pathname}${target.search} HTTP/1.1\r\n${headers.join('')}\r\n`);
      });
      response.detachSocket(request.socket);
      upstream.pipe(request.socket);
    });
    await using listening = await startTcp(() => {}, proxy);
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${listening.port}`);
    await using cloud = testCloud();
    await cloud.source(projectAt(server.url)).fetchPage('instances', page, newCall());
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`${server.url}/v3/`);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    await using direct = testCloud();
    await direct.source(projectAt(server.url)).fetchPage('instances', page, newCall());
    expect(asked).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });

  test('HTTPS goes through a tunnel of the proxy, and a refusal of the proxy is told', async () => {
    const tunnels: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await using listening = await startTcp(() => {}, proxy);
    vi.stubEnv('HTTPS_PROXY', `http://user:proxy-password@127.0.0.1:${listening.port}`);
    const { error } = await failedFetch('https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com', {
      requestTimeoutMs: 3000,
    });
    expect(tunnels[0]).toBe('gaussdb-nosql.ap-southeast-1.myhuaweicloud.com:443');
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(error.message).toContain('the proxy refuses');
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('proxy-password');
  });

  test('a proxy variable that is no URL is told without its content', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://user:proxy-password@');
    expect(() => testCloud()).toThrow('HTTP_PROXY or HTTPS_PROXY is no valid URL. Write http://host:port.');
  });
});

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
