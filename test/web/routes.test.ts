import { describe, expect, test } from 'vitest';
import { page, ready, serving } from './serving.ts';

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
