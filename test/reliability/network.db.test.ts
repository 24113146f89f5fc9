// The way to the cloud: names that do not resolve, certificates that are not trusted, storms of 429.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginStory } from '../support/story.ts';
import { expectExact, reasonsOf, trustedRun } from './api-matrix.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/tls', name), 'utf8');

test('a host that does not resolve is told as such, with what to check', async () => {
  await using story = await beginStory({ endpoint: 'http://no-such-host.invalid', settings: { retries: 1 } });
  const summary = await trustedRun(story);
  expect(reasonsOf(summary)).toBe('unreachable unreachable unreachable');
  expect(summary.exitCode).toBe(4);
  expect(summary.scopes[0]?.errorMessage).toMatch(/no such host .*Check region, endpoint and DNS/);
});

test('a certificate that nobody vouches for is refused, at the first try, and no key is shown to it', async () => {
  const tls = { key: fixture('self-signed.key'), cert: fixture('self-signed.crt') };
  await using story = await beginStory({ cloud: { tls } });
  const summary = await trustedRun(story);
  expect(reasonsOf(summary)).toBe('unreachable unreachable unreachable');
  expect(summary.scopes[0]).toMatchObject({ retries: 0 });
  expect(summary.scopes[0]?.errorMessage).toMatch(/certificate is not trusted.*cannot be switched off/);
  expect(story.simulator.requests()).toEqual([]);
});

test('a port that nobody listens on is told as such', async () => {
  await using story = await beginStory({ endpoint: 'http://127.0.0.1:1', settings: { retries: 1 } });
  expect((await trustedRun(story)).scopes[0]?.errorMessage).toMatch(/refused\. Check endpoint, port and firewall/);
});

test.each([
  ['without Retry-After', 'throttled'],
  ['with Retry-After in seconds', 'throttled-retry-after'],
  ['with Retry-After as a date', 'throttled-retry-date'],
  ['by the service itself', 'throttled-by-service'],
] as const)('a storm of 429 %s that lets every other request through is sat out', async (_how, fault) => {
  await using story = await beginStory({ cloud: { backupsPerProject: 230 }, settings: { retries: 8 } });
  await trustedRun(story);
  story.simulator.control.setFaults({ faults: [{ fault, probability: 0.5, parameters: { seconds: 20 } }] });
  const startedAt = story.simulator.now().getTime();
  const summary = await trustedRun(story);
  expect(reasonsOf(summary)).toBe('ok ok ok');
  const waited = (story.simulator.now().getTime() - startedAt) / 1000;
  if (fault.startsWith('throttled-retry')) expect(waited).toBeGreaterThanOrEqual(19);
  story.simulator.control.clearFaults();
  await expectExact(story);
});

test('a storm of 429 that does not end is given up after five minutes of waiting a list, and told', async () => {
  await using story = await beginStory({ settings: { retries: 20 } });
  await trustedRun(story);
  story.simulator.control.setFaults({ faults: [{ fault: 'throttled' }] });
  const summary = await trustedRun(story);
  expect(reasonsOf(summary)).toBe('throttled throttled throttled');
  // Waits grow to a minute each, by chance half of it: sixteen of them take more than five minutes.
  for (const { requests } of summary.scopes) expect(requests).toBeLessThanOrEqual(20);
  expect(summary.scopes[0]?.errorMessage).toMatch(/Lower cloud\.requestsPerSecond/);
});
