import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { page, raw, ready, serving } from './serving.ts';

describe('routes', () => {
  test('/metrics hands the scraper’s wishes on and answers with the bytes that come back', async () => {
    const wishes: unknown[] = [];
    await using served = await serving({
      scrape: async (wish) => {
        wishes.push(wish);
        return {
          headers: { 'Content-Type': 'text/x-metrics', 'Content-Length': '10' },
          body: [Buffer.from('12345'), Buffer.from('67890')],
        };
      },
    });
    const response = await fetch(`${served.url}/metrics`, { headers: { accept: 'a/b', 'accept-encoding': 'gzip' } });
    expect(await response.text()).toBe('1234567890');
    expect(response.headers.get('content-type')).toBe('text/x-metrics');
    expect(wishes).toEqual([{ accept: 'a/b', acceptEncoding: 'gzip' }]);
  });

  test('a HEAD request gets the headers alone', async () => {
    await using served = await serving();
    const response = await fetch(`${served.url}/metrics`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(await response.text()).toBe('');
  });

  test('pages get the request and what their route names', async () => {
    const reports = page(
      '/reports/:name',
      (request, { name }) => new Response(`${name} ${new URL(request.url).search}`),
    );
    await using served = await serving({ pages: [reports, page('/', () => new Response('home'))] });
    expect(await (await fetch(`${served.url}/reports/coverage.csv?from=x`)).text()).toBe('coverage.csv ?from=x');
    expect(await (await fetch(served.url)).text()).toBe('home');
  });

  test('anything else is not found', async () => {
    await using served = await serving();
    for (const path of ['/nope', '/metrics/', '/metrics/x', '/METRICS', '/..%2fmetrics', '/%00', '/%']) {
      expect((await fetch(`${served.url}${path}`)).status, path).toBe(404);
    }
  });

  test('other methods are not allowed and are told which are', async () => {
    await using served = await serving({ pages: [page('/', () => new Response('home'))] });
    for (const path of ['/', '/metrics', '/healthz', '/readyz']) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        const response = await fetch(`${served.url}${path}`, { method });
        expect([response.status, response.headers.get('allow')], `${method} ${path}`).toEqual([405, 'GET, HEAD']);
      }
    }
    expect((await fetch(`${served.url}/nope`, { method: 'POST' })).status).toBe(404);
  });

  test('a page that fails is an internal error that tells the client nothing', async () => {
    const failing = page('/', () => {
      throw new Error('password=hunter2');
    });
    await using served = await serving({ pages: [failing] });
    const response = await fetch(served.url);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('Internal error; see the log.\n');
    expect(served.errors).toMatchObject([{ fields: { path: '/', method: 'GET' }, message: 'request failed' }]);
  });

  test('an answer that breaks off does not look whole', async () => {
    async function* breaking() {
      yield Buffer.from('half');
      throw new Error('broken');
    }
    await using served = await serving({
      scrape: async () => ({ headers: { 'Content-Length': '8' }, body: breaking() }),
    });
    await expect(fetch(`${served.url}/metrics`).then((response) => response.text())).rejects.toThrow();
    expect(await (await fetch(`${served.url}/healthz`)).text()).toBe('ok\n');
  });
});

describe('probes', () => {
  test('readyz is 200 when every check holds', async () => {
    await using served = await serving();
    const response = await fetch(`${served.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([200, { ready: true, checks: ready }]);
  });

  test('readyz is 503 with the reason when one does not, while healthz is well', async () => {
    const checks = [{ name: 'snapshot' as const, ok: false, reason: 'No snapshot was read yet.' }];
    await using served = await serving({ readiness: async () => checks });
    const response = await fetch(`${served.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([503, { ready: false, checks }]);
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
  });

  test('readyz is 503 when the check itself fails', async () => {
    await using served = await serving({
      readiness: () => Promise.reject(new Error('No connection to the database.')),
    });
    const response = await fetch(`${served.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ checks: [{ reason: 'No connection to the database.' }] });
  });

  test('readyz does not wait for a database that says nothing', async () => {
    await using served = await serving({ readiness: () => new Promise(() => undefined) });
    const response = await fetch(`${served.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('did not answer within 3 s');
  });

  test('a hundred probes at once ask the database once', async () => {
    let asked = 0;
    await using served = await serving({
      readiness: async () => {
        asked += 1;
        return ready;
      },
    });
    await Promise.all(Array.from({ length: 100 }, () => fetch(`${served.url}/readyz`)));
    expect(asked).toBe(1);
  });
});

describe('with a bearer token', () => {
  const bearerToken = 's3cret-token';

  test('everything but the probes asks for it', async () => {
    await using served = await serving({ bearerToken, pages: [page('/', () => new Response('home'))] });
    for (const path of ['/', '/metrics', '/reports/x', '/nope']) {
      const response = await fetch(`${served.url}${path}`);
      expect([response.status, response.headers.get('www-authenticate')], path).toEqual([
        401,
        'Bearer realm="backup-inventory"',
      ]);
    }
    for (const path of ['/healthz', '/readyz']) expect((await fetch(`${served.url}${path}`)).status, path).toBe(200);
  });

  test('the right one is let in, any other is not', async () => {
    await using served = await serving({ bearerToken });
    const statusOf = async (authorization: string) =>
      (await fetch(`${served.url}/metrics`, { headers: { authorization } })).status;
    expect(await statusOf(`Bearer ${bearerToken}`)).toBe(200);
    expect(await statusOf(`bearer ${bearerToken}`)).toBe(200);
    for (const wrong of [
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${bearerToken}x`,
      `Bearer ${bearerToken} x`,
      `Basic ${bearerToken}`,
      bearerToken,
    ]) {
      expect(await statusOf(wrong), wrong).toBe(401);
    }
  });
});

describe('every answer', () => {
  test('forbids browsers everything, whatever its status', async () => {
    await using served = await serving({ bearerToken: 't' });
    for (const path of ['/healthz', '/metrics', '/%', '/nope']) {
      const { headers } = await fetch(`${served.url}${path}`);
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('cache-control'), path).toBe('no-store');
    }
  });

  test('of a page may bring its own content policy, and replaces the strict one', async () => {
    const policy = "default-src 'none'; style-src 'sha256-x'";
    const styled = page('/', () => new Response('', { headers: { 'Content-Security-Policy': policy } }));
    await using served = await serving({ pages: [styled] });
    expect((await fetch(served.url)).headers.get('content-security-policy')).toBe(policy);
  });
});

describe('limits', () => {
  test('headers beyond 16 kB are refused', async () => {
    await using served = await serving();
    const answer = await raw(served.port, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  test('a body is not read to its end: the connection closes after the answer', async () => {
    await using served = await serving();
    const answer = await raw(served.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
  });

  test('nonsense gets a client error or a hang-up, and the server lives on', async () => {
    await using served = await serving();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const answer = await raw(served.port, Buffer.concat([bytes, Buffer.from('\r\n\r\n\r\n\r\n')]));
        expect(answer === '' || /^HTTP\/1.1 4\d\d /.test(answer)).toBe(true);
      }),
      { numRuns: 50 },
    );
    const headers = fc.dictionary(fc.stringMatching(/^[A-Za-z-]{1,20}$/), fc.stringMatching(/^[ -~]{0,50}$/), {
      maxKeys: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), headers, async (path, query, extra) => {
        const lines = Object.entries(extra).map(([name, value]) => `${name}: ${value}\r\n`);
        const answer = await raw(
          served.port,
          `GET ${path || '/'}?${query} HTTP/1.1\r\nHost: x\r\n${lines.join('')}Connection: close\r\n\r\n`,
        );
        expect(answer).toMatch(/^(HTTP\/1.1 [24]\d\d |$)/);
      }),
      { numRuns: 100 },
    );
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    expect(served.errors).toEqual([]);
  }, 60_000);

  test('a client that goes away in mid-answer ends its writing', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(256 * 1024);
      } finally {
        resolve();
      }
    }
    await using served = await serving({ scrape: async () => ({ headers: {}, body: endless() }) });
    const socket = connect(served.port, '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await ended;
    expect(served.errors).toEqual([]);
  });
});

describe('closing', () => {
  test('lets an answer under way end, refuses new connections, and is quick where nothing is under way', async () => {
    const { promise: asked, resolve: arrived } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const slow = page('/slow', async () => {
      arrived();
      await gate;
      return new Response('whole');
    });
    await using served = await serving({ pages: [slow] });
    await (await fetch(`${served.url}/healthz`)).text(); // leaves an idle connection
    const answer = fetch(`${served.url}/slow`).then((response) => response.text());
    await asked;
    const closing = served.close(10_000);
    await expect(fetch(`${served.url}/healthz`)).rejects.toThrow();
    open();
    expect(await answer).toBe('whole');
    const startedMs = performance.now();
    await closing;
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  test('cuts what is still under way at the deadline', async () => {
    await using served = await serving({ pages: [page('/never', () => new Promise<Response>(() => undefined))] });
    const cut = expect(fetch(`${served.url}/never`)).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedMs = performance.now();
    await served.close(300);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    await cut;
  });
});

test('a port that is taken is an error that says so', async () => {
  await using served = await serving();
  await expect(serving({ port: served.port })).rejects.toMatchObject({
    code: 'HTTP_LISTEN',
    message: expect.stringMatching(/EADDRINUSE.*Another process uses it.*http\.port/),
  });
});

test('with a certificate it speaks TLS, 1.2 at least', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tls-'));
  try {
    const files = ['-keyout', join(directory, 'key'), '-out', join(directory, 'cert')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject], {
      stdio: 'ignore',
    });
    const tls = {
      cert: readFileSync(join(directory, 'cert'), 'utf8'),
      key: readFileSync(join(directory, 'key'), 'utf8'),
    };
    await using served = await serving({ tls });
    const statusWith = (maxVersion: 'TLSv1.1' | 'TLSv1.3') =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = {
          port: served.port,
          host: 'localhost',
          family: 4,
          path: '/healthz',
          ca: tls.cert,
          maxVersion,
          minVersion: 'TLSv1' as const,
          agent: false as const,
        };
        secureRequest(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await statusWith('TLSv1.3')).toBe(200);
    await expect(statusWith('TLSv1.1')).rejects.toThrow();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
