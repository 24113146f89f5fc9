// Snapshots for the tests of this room: builders with valid defaults.

import { type Scope, scopes } from '../../src/inventory/model.ts';
import type { CounterValue, InstanceState, ProjectState, ScopeState, Snapshot } from '../../src/inventory/snapshot.ts';

export const takenAt = new Date('2026-11-20T12:00:00Z');
export const takenSeconds = takenAt.getTime() / 1000;

export function scopeState(scope: Scope, overrides: Partial<ScopeState> = {}): ScopeState {
  return {
    scope,
    lastAttempt: takenSeconds - 600,
    lastCertified: takenSeconds - 600,
    reportedItems: 3,
    distinctItems: 3,
    durationSeconds: 1.5,
    quarantined: false,
    ...overrides,
  };
}

export function projectState(overrides: Partial<ProjectState> = {}): ProjectState {
  return {
    projectId: 'p1',
    name: 'prod',
    region: 'ap-southeast-1',
    scopes: scopes.map((scope) => scopeState(scope)),
    orphans: { backups: 0, sizeBytes: 0 },
    controls: [],
    verdictsUntil: takenSeconds + 3600,
    ...overrides,
  };
}

export function instanceState(overrides: Partial<InstanceState> = {}): InstanceState {
  return {
    projectId: 'p1',
    instanceId: 'i1',
    name: 'orders',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    mode: 'Cluster',
    status: 'normal',
    createdAt: takenSeconds - 90 * 86_400,
    backupKeepDays: 7,
    groups: [
      { backupType: 'auto', backupScope: 'instance', status: 'COMPLETED', backups: 7, sizeBytes: 7_000_000 },
      { backupType: 'auto', backupScope: 'instance', status: 'FAILED', backups: 1, sizeBytes: null },
    ],
    marks: [
      {
        backupType: 'auto',
        lastSuccess: takenSeconds - 7200,
        lastFailure: takenSeconds - 100_000,
        oldestCompleted: takenSeconds - 7 * 86_400,
        lastSizeBytes: 1_000_000,
        lastDurationSeconds: 600,
      },
    ],
    consecutiveFailures: 0,
    oldestBuilding: null,
    failures: 1,
    completions: 90,
    objective: { rpoSeconds: 93_600, retentionSeconds: 604_800 },
    protection: 'protected',
    ...overrides,
  };
}

export function snapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    takenAt,
    judgedAt: takenAt,
    durationSeconds: 0.25,
    projects: [projectState()],
    formerProjectIds: [],
    instances: [instanceState()],
    counters: new Map(),
    readings: { clockSkewSeconds: null, credentialExpiry: null },
    scheduleIntervalSeconds: null,
    ...overrides,
  };
}

export function counterValue(overrides: Partial<CounterValue> = {}): CounterValue {
  return { projectId: '', label1: '', label2: '', value: 1, ...overrides };
}
