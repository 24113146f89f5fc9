import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { page, raw, serving } from './serving.ts';

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
