// Backups made from a number: the same number and version give the same backup on every run. For the benchmarks only.

import type { BackupFact, InstanceFact } from '../../src/inventory/model.ts';
import type { Instant } from '../../src/inventory/units.ts';

export interface Shape {
  /** Instances that the backups are spread over. */
  instances: number;
  /** Each `changeEvery`-th backup differs between two versions; 0 = none. */
  changeEvery?: number;
  version?: number;
  /** Names another project's backups and instances. */
  salt?: number;
}

const pageSize = 100;
const newestMs = Date.UTC(2026, 5, 1);

function backupFact(index: number, { instances, changeEvery = 0, version = 0, salt = 0 }: Shape): BackupFact {
  const beginMs = newestMs - index * 2000;
  const instance = index % instances;
  const changed = changeEvery > 0 && index % changeEvery === 0 ? version : 0;
  return {
    backupId: `${hex(index, salt)}br06`,
    instanceId: instanceId(instance, salt),
    instanceName: `orders-${instance}`,
    name: `GaussDB-auto-${index}`,
    description: null,
    backupType: 'auto',
    status: 'COMPLETED',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    sizeBytes: (scramble(index) % 1_000_000) * 1024 + changed,
    beginAt: instant(beginMs),
    endAt: instant(beginMs + 600_000),
    databaseTables: null,
  };
}

export function instanceFact(index: number, salt = 0): InstanceFact {
  return {
    instanceId: instanceId(index, salt),
    name: `orders-${index}`,
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    status: 'normal',
    mode: 'Cluster',
    createdAt: '2025-01-01T00:00:00Z' as Instant,
    backupKeepDays: 30,
    backupWindow: '01:00-02:00',
  };
}

/** Pages of `pageSize` backups, from `first` on. */
export function* pagesOf(count: number, shape: Shape, first = 0): Generator<BackupFact[]> {
  for (let start = 0; start < count; start += pageSize) {
    const page: BackupFact[] = [];
    for (let index = start; index < Math.min(count, start + pageSize); index += 1) {
      page.push(backupFact(first + index, shape));
    }
    yield page;
  }
}

function instanceId(index: number, salt: number): string {
  return `${hex(index, salt + 7919)}in06`;
}

function instant(ms: number): Instant {
  return `${new Date(ms).toISOString().slice(0, 19)}Z` as Instant;
}

function hex(index: number, salt: number): string {
  let text = '';
  for (let part = 0; part < 4; part += 1) {
    text += scramble(index + part * 0x1000_0001 + salt * 0x9e37_79b1)
      .toString(16)
      .padStart(8, '0');
  }
  return text;
}

function scramble(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
