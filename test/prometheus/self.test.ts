import { expect, test } from 'vitest';
import { createSelfMetrics } from '../../src/prometheus/self.ts';

const request = { kind: 'request', operation: 'list_backups', code: '200', durationSeconds: 0.2 } as const;

test('what the cloud client tells becomes increments of durable sums', () => {
  const self = createSelfMetrics();
  self.observe(request);
  self.observe({ ...request, durationSeconds: 0.25 });
  self.observe({ ...request, code: 'timeout', durationSeconds: 300 });
  self.observe({ kind: 'retry', operation: 'list_backups', reason: 'throttled' });
  self.observe({ kind: 'throttle_wait', reason: 'rate_limit', seconds: 1.5 });
  expect(self.drain()).toEqual([
    { counter: 'api_requests_total', label1: 'list_backups', label2: '200', by: 2 },
    { counter: 'api_request_duration_seconds_bucket', label1: 'list_backups', label2: '0.25', by: 2 },
    { counter: 'api_request_duration_seconds_sum', label1: 'list_backups', by: 300.45 },
    { counter: 'api_requests_total', label1: 'list_backups', label2: 'timeout', by: 1 },
    { counter: 'api_request_duration_seconds_bucket', label1: 'list_backups', label2: '+Inf', by: 1 },
    { counter: 'api_retries_total', label1: 'throttled', by: 1 },
    { counter: 'api_throttle_wait_seconds_total', label1: 'rate_limit', by: 1.5 },
  ]);
});

test('an increment is drained once', () => {
  const self = createSelfMetrics();
  self.observe(request);
  self.drain();
  expect(self.drain()).toEqual([]);
});

test('what a failed commit gives back adds to what was counted since', () => {
  const self = createSelfMetrics();
  self.observe(request);
  const lost = self.drain();
  self.observe(request);
  self.restore(lost);
  expect(self.drain()).toContainEqual({
    counter: 'api_requests_total',
    label1: 'list_backups',
    label2: '200',
    by: 2,
  });
});

test('labels that are new to us fold into other before they are stored', () => {
  const self = createSelfMetrics();
  self.observe({ ...request, operation: 'GET /v3/x?y', code: 'ETOOBAD' });
  self.observe({ kind: 'retry', operation: 'x', reason: 'mood' });
  const labels = self.drain().map(({ counter, label1, label2 }) => [counter, label1, label2]);
  expect(labels).toContainEqual(['api_requests_total', 'other', 'other']);
  expect(labels).toContainEqual(['api_retries_total', 'other', undefined]);
});

test('a negative or senseless amount never makes a counter fall', () => {
  const self = createSelfMetrics();
  self.observe({ kind: 'throttle_wait', reason: 'throttled', seconds: -1 });
  self.observe({ kind: 'throttle_wait', reason: 'throttled', seconds: Number.NaN });
  expect(self.drain()).toEqual([]);
});

test('the newest readings are kept for the run', () => {
  const self = createSelfMetrics();
  expect(self.readings()).toEqual({ clockSkewSeconds: null, credentialExpiresAt: null });
  const at = new Date('2026-11-21T00:00:00Z');
  self.observe({ kind: 'clock_skew', seconds: 4 });
  self.observe({ kind: 'clock_skew', seconds: 3 });
  self.observe({ kind: 'credential_expiry', at });
  expect(self.readings()).toEqual({ clockSkewSeconds: 3, credentialExpiresAt: at });
});

test('a run is in progress until its end is told, however often', () => {
  const self = createSelfMetrics();
  const first = self.runStarted();
  const second = self.runStarted();
  first();
  first();
  expect(self.runInProgress).toBe(true);
  second();
  expect(self.runInProgress).toBe(false);
});
