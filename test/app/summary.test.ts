import { expect, test } from 'vitest';
import type { RunSummary, ScopeSummary } from '../../src/app/run-summary.ts';
import { summaryJson, summaryTable } from '../../src/app/summary.ts';
import { expectGolden } from '../support/golden.ts';

function scope(given: Partial<ScopeSummary> = {}): ScopeSummary {
  return {
    projectId: 'p1',
    projectName: 'prod',
    scope: 'instance_backups',
    mode: 'full',
    listed: 2250,
    inserted: 50,
    updated: 3,
    unchanged: 2197,
    struck: 1,
    retired: 50,
    revived: 0,
    requests: 25,
    retries: 2,
    rescans: 1,
    duplicates: 24,
    certified: true,
    reason: null,
    quarantined: false,
    errorCode: null,
    errorMessage: null,
    durationSeconds: 4.2,
    ...given,
  };
}

function run(scopes: ScopeSummary[], given: Partial<RunSummary> = {}): RunSummary {
  return {
    runId: 12,
    trigger: 'command',
    mode: 'full',
    startedAt: new Date('2026-11-24T01:07:00Z'),
    finishedAt: new Date('2026-11-24T01:07:12.345Z'),
    outcome: 'partial',
    exitCode: 3,
    scopes,
    ...given,
  };
}

const forbidden = scope({
  projectId: 'p2',
  projectName: 'staging',
  listed: 0,
  certified: false,
  reason: 'forbidden',
  errorCode: 'CLOUD_FORBIDDEN',
  errorMessage: 'The credentials may not list backups.\nGrant gaussdbfornosql:backup:list.',
});

const recentOnly = scope({ mode: 'recent', certified: false, reason: 'recent', listed: 12, retired: 0 });

test('the table has a line for each scope, one for each failure, and a closing line', () => {
  const scopes = [
    scope({ scope: 'instances', listed: 50 }),
    scope(),
    forbidden,
    scope({ quarantined: true }),
    recentOnly,
  ];
  expectGolden('test/golden/summary.txt', summaryTable(run(scopes), { colours: false }));
});

test('a run that had nothing to sweep says so', () => {
  expect(summaryTable(run([]), { colours: false })).toContain('nothing was swept');
});

test('names and messages from the cloud cannot control the terminal or break a line', () => {
  const nasty = scope({ projectName: `a\u001b[2J\nb${'x'.repeat(10_000)}`, errorMessage: 'c\u0007\r\nd' });
  const lines = summaryTable(run([nasty]), { colours: false }).split('\n');
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  expect(lines).toHaveLength(6);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(160);
});

test('colours are only there when asked for', () => {
  expect(summaryTable(run([scope(), forbidden]), { colours: true })).toContain('\u001b[31m');
  expect(summaryTable(run([scope(), forbidden]), { colours: false })).not.toContain('\u001b');
});

test('the JSON object has the names of the SQL columns and survives being written and read', () => {
  const object = JSON.parse(JSON.stringify(summaryJson(run([scope(), forbidden]))));
  expect(object).toMatchObject({
    run_id: 12,
    started_at: '2026-11-24T01:07:00.000Z',
    duration_seconds: 12.345,
    outcome: 'partial',
    exit_code: 3,
    scopes_total: 2,
    scopes_certified: 1,
  });
  expect(object.scopes[1]).toMatchObject({
    project_id: 'p2',
    project_name: 'staging',
    certified: false,
    reason: 'forbidden',
    error_code: 'CLOUD_FORBIDDEN',
  });
  expect(Object.keys(object.scopes[0]).every((key) => /^[a-z_]+$/.test(key))).toBe(true);
});
