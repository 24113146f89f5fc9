// TLS is always verified, and proxies of the environment are used, with real certificates and tunnels.

import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { failedFetch, startSelfSigned, startTcp, startTunnelProxy } from './bad-network.ts';
import { json, newCall, pageOf, projectAt, startCloudServer, testCloud } from './cloud-server.ts';

const page = { offset: 0, limit: 100 };

afterEach(() => {
  vi.unstubAllEnvs();
});

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
