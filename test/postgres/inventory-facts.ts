// Builders of facts, certificates and runs with valid defaults: a test states only what matters to it.

import type { BackupFact, Certificate, InstanceFact } from '../../src/inventory/model.ts';
import type { Clock, RunInput } from '../../src/inventory/ports.ts';
import type { Instant } from '../../src/inventory/units.ts';

export const projectId = 'p1';

export function backup(id: string, fields: Partial<BackupFact> = {}): BackupFact {
  return {
    backupId: id,
    instanceId: 'i1',
    instanceName: 'orders',
    name: `backup ${id}`,
    description: null,
    backupType: 'auto',
    status: 'COMPLETED',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    sizeBytes: 1024,
    beginAt: '2026-01-01T00:00:00Z' as Instant,
    endAt: '2026-01-01T01:00:00Z' as Instant,
    databaseTables: null,
    ...fields,
  };
}

export function instance(id: string, fields: Partial<InstanceFact> = {}): InstanceFact {
  return {
    instanceId: id,
    name: 'orders',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    status: 'normal',
    mode: 'Cluster',
    createdAt: '2025-12-01T00:00:00Z' as Instant,
    backupKeepDays: 7,
    backupWindow: '01:00-02:00',
    ...fields,
  };
}

/** A clock that stands still until told. */
export class SettableClock implements Clock {
  #now: number;

  constructor(text = '2026-02-01T00:00:00Z') {
    this.#now = Date.parse(text);
  }

  now(): Date {
    return new Date(this.#now);
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

export function certificate(clock: Clock, fields: Partial<Certificate> = {}): Certificate {
  return {
    mode: 'full',
    certified: true,
    reason: null,
    startedAt: clock.now(),
    finishedAt: clock.now(),
    pages: 1,
    requests: 1,
    retries: 0,
    passes: 1,
    rescans: { joint: 0, tie: 0, total: 0 },
    duplicates: 0,
    reportedTotalFirst: null,
    reportedTotal: null,
    distinctIds: 0,
    errorCode: null,
    errorMessage: null,
    ...fields,
  };
}

export function runInput(clock: Clock, fields: Partial<RunInput> = {}): RunInput {
  return {
    trigger: 'command',
    mode: 'full',
    shard: null,
    startedAt: clock.now(),
    configDigest: 'digest',
    programVersion: '0.0.0',
    host: 'test-host',
    processId: process.pid,
    ...fields,
  };
}
