// A cloud that lives through a schedule of sweeps: its list changes before every read, and each sweep meets its own faults.
// In memory and seeded; for the pure logic only.

import { CloudError, type CloudFailure } from '../../src/inventory/errors.ts';
import type { BackupFact, ListItem, ListPage } from '../../src/inventory/model.ts';
import { type Instant, instantOf } from '../../src/inventory/units.ts';
import { randomOf } from './moving-list.ts';

export interface CloudItem {
  id: string;
  /** When it began, in hours; what the list is sorted by. */
  key: number;
  auto: boolean;
}

/** What a request meets. `from` and `until` count the requests of a sweep from 1. */
export interface Fault {
  kind: FaultKind;
  from: number;
  until: number;
  /** How much of it: rows, positions, or a number added to the total. */
  size: number;
}

export const transportFaults = ['error', 'forbidden', 'throttled', 'cancel', 'kill'] as const;
export const listFaults = [
  'duplicate',
  'out-of-order',
  'too-long',
  'same-page',
  'nameless',
  'total-high',
  'total-missing',
] as const;
/** Each hides rows that live. */
export const hidingFaults = ['row-missing', 'short-page', 'empty-page', 'permission-empty'] as const;
/** Each says that fewer live than do. */
export const understatingFaults = ['total-low', 'total-of-page'] as const;
export const lookUpFaults = ['look-up-error', 'look-up-others'] as const;
export type FaultKind =
  | (typeof transportFaults)[number]
  | (typeof listFaults)[number]
  | (typeof hidingFaults)[number]
  | (typeof understatingFaults)[number]
  | (typeof lookUpFaults)[number];

export interface CloudOptions {
  seed: number;
  size: number;
  tieGroup: number;
  insert: number;
  expire: number;
  remove: number;
}

/** The process was killed: whatever was under way is lost. */
export class Killed extends Error {}

export const epochMs = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

export function scheduledCloud(options: CloudOptions) {
  const random = randomOf(options.seed);
  const below = (limit: number) => Math.floor(random() * limit);
  /** Oldest first. */
  const items: CloudItem[] = [];
  let named = 0;
  let key = 0;
  let faults: readonly Fault[] = [];
  let requests = 0;
  let throughout = new Set<string>();
  let stop = new AbortController();

  const make = (at: number): CloudItem => {
    named += 1;
    return { id: `b${named}`, key: at, auto: random() < 0.8 };
  };
  for (let left = options.size; left > 0; ) {
    key += 1;
    for (let tied = Math.min(left, 1 + below(options.tieGroup)); tied > 0; tied -= 1, left -= 1) items.push(make(key));
  }

  const drop = (index: number): void => {
    const [gone] = items.splice(index, 1);
    if (gone !== undefined) throughout.delete(gone.id);
  };
  const churn = (): void => {
    if (random() < options.insert && items.length < 400) {
      if (random() < 0.7) key += 1;
      items.push(make(key));
    }
    if (random() < options.expire && items.length > 0) drop(0);
    if (random() < options.remove && items.length > 0) drop(below(items.length));
  };
  const met = (kind: FaultKind): Fault | undefined =>
    faults.find((fault) => fault.kind === kind && requests >= fault.from && requests <= fault.until);

  const refuse = (): void => {
    if (met('kill')) throw new Killed();
    if (met('cancel')) stop.abort(new Error('stopped'));
    const failure: CloudFailure | null = met('forbidden')
      ? 'forbidden'
      : met('throttled')
        ? 'throttled'
        : met('error')
          ? 'api'
          : null;
    if (stop.signal.aborted) throw new CloudError('cancelled', 'Stopped.', { operation: 'list_backups' });
    if (failure !== null) throw new CloudError(failure, 'No.', { operation: 'list_backups' });
  };

  /** Newest first, equal keys in an order of this request's own. */
  const sorted = (): CloudItem[] =>
    items
      .map((item) => ({ item, shuffle: random() }))
      .sort((a, b) => b.item.key - a.item.key || a.shuffle - b.shuffle)
      .map(({ item }) => item);

  const fetchPage = async (request: { offset: number; limit: number }): Promise<ListPage<BackupFact>> => {
    requests += 1;
    churn();
    refuse();
    if (met('permission-empty')) return { items: [], total: 0, anomalies: [] };
    const list = sorted();
    const offset = met('same-page') ? 0 : request.offset;
    const limit = met('too-long') ? request.limit * 2 : request.limit;
    return spoilt(list.slice(offset, offset + limit), list.length);
  };

  const spoilt = (rows: CloudItem[], total: number): ListPage<BackupFact> => {
    let page = [...rows];
    if (met('empty-page')) page = [];
    if (met('short-page')) page = page.slice(0, Math.ceil(page.length / 2));
    if (met('row-missing')) page.splice(below(page.length), met('row-missing')?.size ?? 1);
    if (met('duplicate')) page = [...page, ...page.slice(0, 1)];
    if (met('out-of-order') && page.length > 1) page = [...page.slice(1), ...page.slice(0, 1)];
    const listed = page.map(listItem);
    const nameless = met('nameless') !== undefined && listed.length > 0;
    if (nameless) listed[below(listed.length)] = { id: null, orderKey: null, fact: null };
    const anomaly = {
      kind: 'bad_row',
      itemId: null,
      field: 'id',
      detail: '',
      raw: null,
      blocksCertification: true,
    } as const;
    return { items: listed, total: totalOf(total, page.length), anomalies: nameless ? [anomaly] : [] };
  };

  const totalOf = (total: number, length: number): number | null => {
    if (met('total-missing')) return null;
    if (met('total-of-page')) return length;
    return Math.max(0, total + (met('total-high')?.size ?? 0) - (met('total-low')?.size ?? 0));
  };

  return {
    /** Begins a sweep that meets these faults. */
    begin(next: readonly Fault[]): AbortSignal {
      faults = next;
      requests = 0;
      throughout = new Set(items.map(({ id }) => id));
      stop = new AbortController();
      return stop.signal;
    },
    fetchPage,
    /** What a look-up by id answers. */
    async lookUp(id: string): Promise<ListPage<BackupFact>> {
      requests += 1;
      churn();
      refuse();
      if (met('look-up-error')) throw new CloudError('api', 'No.', { operation: 'look_up_backup' });
      // The source throws where an answer holds other rows than the one that was asked for.
      if (met('look-up-others')) throw new CloudError('api', 'Others.', { operation: 'look_up_backup' });
      const found = met('permission-empty') ? [] : items.filter((item) => item.id === id);
      return { items: found.map(listItem), total: found.length, anomalies: [] };
    },
    /** Time passes between two sweeps: some come, some go. */
    rest(): void {
      for (let change = below(6); change > 0; change -= 1) churn();
    },
    lives: (id: string) => items.some((item) => item.id === id),
    /** Ids that lived from the begin of the sweep to now. */
    throughout: () => throughout,
    newestKey: () => key,
  };
}

export type ScheduledCloud = ReturnType<typeof scheduledCloud>;

function listItem(item: CloudItem): ListItem<BackupFact> {
  const beginAt = instantOf(new Date(epochMs + item.key * hourMs));
  return { id: item.id, orderKey: beginAt, fact: factOf(item, beginAt) };
}

function factOf({ id, auto }: CloudItem, beginAt: Instant): BackupFact {
  return {
    backupId: id,
    instanceId: 'i1',
    instanceName: 'orders',
    name: id,
    description: null,
    backupType: auto ? 'auto' : 'manual',
    status: 'COMPLETED',
    datastoreType: 'cassandra',
    datastoreVersion: '3.11',
    sizeBytes: 1,
    beginAt,
    endAt: beginAt,
    databaseTables: null,
  };
}
