import { describe, expect, test } from 'vitest';
import type { CounterValue } from '../../src/inventory/snapshot.ts';
import { allFamilies } from '../../src/prometheus/families/index.ts';
import { valuesOf } from './scraping.ts';
import { counterValue, instanceState, projectState, scopeState, snapshot, takenAt, takenSeconds } from './snapshots.ts';

const hours = 3600;
const later = (seconds: number) => new Date(takenAt.getTime() + seconds * 1000);

function counters(name: string, ...values: CounterValue[]) {
  return snapshot({ counters: new Map([[name, values]]) });
}

describe('every family', () => {
  const families = allFamilies;

  test('has a name of its own', () => {
    expect(new Set(families.map((family) => family.name)).size).toBe(families.length);
  });

  test('ends in its unit, and in _total if and only if it is a counter', () => {
    for (const { name, type, unit } of families) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (unit !== null) expect(name.replace(/_total$/, '').endsWith(`_${unit}`), name).toBe(true);
      else expect(name, name).not.toMatch(/_(seconds|bytes)(_total)?$/);
    }
  });

  test('uses no label that scrapers and users own', () => {
    const owned = ['region', 'instance', 'job', 'namespace', 'service', 'cluster', 'env', 'type', 'zone', 'pod'];
    for (const { name, labels } of families) for (const label of labels) expect(owned, name).not.toContain(label);
  });

  test('identifies instances by project_id and instance_id, names being left to the info metrics', () => {
    for (const { name, per, labels } of families) {
      if (per === 'instance') expect(labels.slice(0, 2), name).toEqual(['project_id', 'instance_id']);
      if (per === 'project') expect(labels[0], name).toBe('project_id');
      if (!name.endsWith('_info')) expect(labels.join(), name).not.toMatch(/_name\b/);
    }
  });

  test('explains itself in a line that ends with a full stop', () => {
    for (const { name, help } of families) expect(help, name).toMatch(/^\S[^\n]{10,220}\.$/);
  });
});

describe('an instance that was never backed up', () => {
  const never = snapshot({ instances: [instanceState({ groups: [], marks: [], failures: 0, completions: 0 })] });

  test('has no timestamp of a success, and a flag that says so', async () => {
    expect(await valuesOf(never, 'last_success_timestamp_seconds')).toEqual({});
    expect(await valuesOf(never, 'available')).toEqual({ 'p1 i1': 0 });
  });

  test('has counters that stand at zero, so that the first event is seen', async () => {
    expect(await valuesOf(never, 'failures_total')).toEqual({ 'p1 i1': 0 });
    expect(await valuesOf(never, 'completions_total')).toEqual({ 'p1 i1': 0 });
    expect(await valuesOf(never, 'consecutive_failures')).toEqual({ 'p1 i1': 0 });
  });
});

describe('the policy', () => {
  test('is off at zero days', async () => {
    const off = snapshot({ instances: [instanceState({ backupKeepDays: 0 })] });
    expect(await valuesOf(off, 'policy_enabled')).toEqual({ 'p1 i1': 0 });
    expect(await valuesOf(off, 'policy_retention_seconds')).toEqual({ 'p1 i1': 0 });
  });

  test('is absent where the cloud does not say it', async () => {
    const unsaid = snapshot({ instances: [instanceState({ backupKeepDays: null })] });
    expect(await valuesOf(unsaid, 'policy_enabled')).toEqual({});
    expect(await valuesOf(unsaid, 'policy_retention_seconds')).toEqual({});
  });
});

describe('the headline', () => {
  test('always has four series of which one is 1', async () => {
    const exempt = snapshot({ instances: [instanceState({ protection: 'exempt' })] });
    expect(await valuesOf(exempt, 'instance_protection_state')).toEqual({
      'p1 i1 protected': 0,
      'p1 i1 unprotected': 0,
      'p1 i1 unknown': 0,
      'p1 i1 exempt': 1,
    });
  });

  test('holds at the very limit of freshness and is unknown a moment later, while facts stay', async () => {
    const state = snapshot({ projects: [projectState({ verdictsUntil: takenSeconds + hours })] });
    expect(await valuesOf(state, 'instance_protection_state', later(hours))).toMatchObject({ 'p1 i1 protected': 1 });
    expect(await valuesOf(state, 'instance_protection_state', later(hours + 1))).toMatchObject({
      'p1 i1 protected': 0,
      'p1 i1 unknown': 1,
    });
    expect(await valuesOf(state, 'available', later(hours + 1))).toEqual({ 'p1 i1': 1 });
  });
});

describe('controls', () => {
  const controls = [
    { control: 'BK-01', verdict: 'COMPLIANT' as const, instances: 3 },
    { control: 'BK-01', verdict: 'EXEMPT' as const, instances: 1 },
  ];
  const judged = snapshot({ projects: [projectState({ controls })] });

  test('show the bad verdicts at zero too, and of the others what occurs', async () => {
    expect(await valuesOf(judged, 'control_instances')).toEqual({
      'p1 BK-01 COMPLIANT': 3,
      'p1 BK-01 EXEMPT': 1,
      'p1 BK-01 NON_COMPLIANT': 0,
      'p1 BK-01 UNKNOWN': 0,
    });
  });

  test('are all unknown once the facts are too old', async () => {
    expect(await valuesOf(judged, 'control_instances', later(2 * hours))).toEqual({
      'p1 BK-01 UNKNOWN': 4,
      'p1 BK-01 NON_COMPLIANT': 0,
    });
  });
});

describe('a project that cannot be reached', () => {
  const scopes = [scopeState('instances', { lastCertified: null, reportedItems: null, distinctItems: null })];
  const unreachable = snapshot({
    instances: [],
    projects: [projectState({ scopes, orphans: null, verdictsUntil: null })],
  });

  test('is there by name, with its attempt and without a certified time', async () => {
    expect(await valuesOf(unreachable, 'project_info')).toEqual({ 'p1 prod ap-southeast-1': 1 });
    expect(await valuesOf(unreachable, 'sweep_last_attempt_timestamp_seconds')).toEqual({
      'p1 instances': takenSeconds - 600,
    });
    expect(await valuesOf(unreachable, 'sweep_last_certified_timestamp_seconds')).toEqual({});
    expect(await valuesOf(unreachable, 'quarantined')).toEqual({ 'p1 instances': 0 });
    expect(await valuesOf(unreachable, 'orphan_backups')).toEqual({});
  });
});

describe('counters', () => {
  test('show every reason of a project from the start', async () => {
    const state = counters('retired_total', counterValue({ projectId: 'p1', label1: 'early', value: 2 }));
    expect(await valuesOf(state, 'retired_total')).toEqual({
      'p1 early': 2,
      'p1 expired': 0,
      'p1 instance_deleted': 0,
      'p1 policy_disabled': 0,
      'p1 unknown': 0,
    });
  });

  test('of a project that is no longer configured are left out', async () => {
    const state = counters(
      'sweep_pages_total',
      counterValue({ projectId: 'p9' }),
      counterValue({ projectId: 'p1', value: 5 }),
    );
    expect(await valuesOf(state, 'sweep_pages_total')).toEqual({ p1: 5 });
  });

  test('without a project label sum over projects, gone ones too, and so never fall', async () => {
    const state = counters(
      'anomalies_total',
      counterValue({ projectId: 'p1', label1: 'bad_time', value: 2 }),
      counterValue({ projectId: 'p9', label1: 'bad_time', value: 3 }),
    );
    expect(await valuesOf(state, 'anomalies_total')).toMatchObject({ bad_time: 5, unknown_enum: 0 });
  });

  test('fold labels that are new into other and add them up', async () => {
    const state = counters(
      'api_requests_total',
      counterValue({ label1: 'list_backups', label2: '200', value: 7 }),
      counterValue({ label1: 'list_backups', label2: 'gremlins', value: 1 }),
      counterValue({ label1: 'list_backups', label2: 'ghosts', value: 2 }),
      counterValue({ label1: '/v3/{id}', label2: 'timeout', value: 4 }),
    );
    expect(await valuesOf(state, 'api_requests_total')).toEqual({
      'list_backups 200': 7,
      'list_backups other': 3,
      'other timeout': 4,
    });
  });

  test('of durations cumulate over the buckets, and a bound of an older version counts in the next one', async () => {
    const state = snapshot({
      counters: new Map([
        [
          'api_request_duration_seconds_bucket',
          [
            counterValue({ label1: 'list', label2: '0.1', value: 3 }),
            counterValue({ label1: 'list', label2: '0.2', value: 2 }), // no bound of today
            counterValue({ label1: 'list', label2: '+Inf', value: 1 }),
          ],
        ],
        ['api_request_duration_seconds_sum', [counterValue({ label1: 'list', value: 77.5 })]],
      ]),
    });
    const buckets = await valuesOf(state, 'api_request_duration_seconds_bucket');
    expect(buckets).toMatchObject({
      'list 0.05': 0,
      'list 0.1': 3,
      'list 0.25': 5,
      'list 1.0': 5,
      'list 60.0': 5,
      'list +Inf': 6,
    });
    expect(await valuesOf(state, 'api_request_duration_seconds_count')).toEqual({ list: 6 });
    expect(await valuesOf(state, 'api_request_duration_seconds_sum')).toEqual({ list: 77.5 });
  });
});

describe('readings of the newest run', () => {
  test('are absent until a run stored them', async () => {
    expect(await valuesOf(snapshot(), 'clock_skew_seconds')).toEqual({});
    const read = snapshot({ readings: { clockSkewSeconds: -3, credentialExpiry: takenSeconds + hours } });
    expect(await valuesOf(read, 'clock_skew_seconds')).toEqual({ '': -3 });
    expect(await valuesOf(read, 'credential_expiry_timestamp_seconds')).toEqual({ '': takenSeconds + hours });
  });
});
