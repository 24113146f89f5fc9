import { describe, expect, test } from 'vitest';
import { page, serving } from './serving.ts';

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
