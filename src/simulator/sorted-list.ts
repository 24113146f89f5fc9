// Backups of one list in the order of their begin, kept in chunks: insertion, removal and reading at an offset cost
// about the square root of the length, so a list of a million moves as easily as one of a hundred.

import type { BackupRecord } from './records.ts';

const CHUNK = 1024;

/** Oldest first inside; offsets count from the newest, as the API does. */
export interface SortedList {
  chunks: BackupRecord[][];
  length: number;
}

export function createSortedList(): SortedList {
  return { chunks: [], length: 0 };
}

/** Takes records that are in order already. */
export function fillSorted(list: SortedList, ordered: readonly BackupRecord[]): void {
  for (let i = 0; i < ordered.length; i += CHUNK / 2) list.chunks.push(ordered.slice(i, i + CHUNK / 2));
  list.length += ordered.length;
}

/** Older before newer; ties by order of creation. */
export function compareAge(a: BackupRecord, b: BackupRecord): number {
  return a.beginAt - b.beginAt || a.seq - b.seq;
}

/** The number of leading entries for which `before` holds; the entries must be partitioned by it. */
function partition<T>(items: readonly T[], before: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && before(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastOf(chunk: readonly BackupRecord[]): BackupRecord {
  const last = chunk.at(-1);
  if (last === undefined) throw new Error('a chunk of the list is empty: the list is broken');
  return last;
}

export function insertSorted(list: SortedList, record: BackupRecord): void {
  list.length++;
  const found = partition(list.chunks, (chunk) => compareAge(lastOf(chunk), record) < 0);
  const index = Math.min(found, list.chunks.length - 1);
  const chunk = list.chunks[index];
  if (chunk === undefined) {
    list.chunks.push([record]);
    return;
  }
  chunk.splice(
    partition(chunk, (item) => compareAge(item, record) < 0),
    0,
    record,
  );
  if (chunk.length > CHUNK) list.chunks.splice(index + 1, 0, chunk.splice(CHUNK / 2));
}

/** Whether the record was there. */
export function removeSorted(list: SortedList, record: BackupRecord): boolean {
  const index = partition(list.chunks, (chunk) => compareAge(lastOf(chunk), record) < 0);
  const chunk = list.chunks[index];
  if (chunk === undefined) return false;
  const at = partition(chunk, (item) => compareAge(item, record) < 0);
  if (chunk[at] !== record) return false;
  chunk.splice(at, 1);
  if (chunk.length === 0) list.chunks.splice(index, 1);
  list.length--;
  return true;
}

/** Up to `limit` records from the offset on, newest first. */
export function readSorted(list: SortedList, offset: number, limit: number): BackupRecord[] {
  const page: BackupRecord[] = [];
  let skip = offset;
  for (let c = list.chunks.length - 1; c >= 0 && page.length < limit; c--) {
    const chunk = list.chunks[c] ?? [];
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    for (let i = chunk.length - 1 - skip; i >= 0 && page.length < limit; i--) {
      const record = chunk[i];
      if (record !== undefined) page.push(record);
    }
    skip = 0;
  }
  return page;
}

/** How many records begin after the instant. */
export function countNewer(list: SortedList, beginAt: number): number {
  const index = partition(list.chunks, (chunk) => lastOf(chunk).beginAt <= beginAt);
  let count = 0;
  for (let c = list.chunks.length - 1; c > index; c--) count += list.chunks[c]?.length ?? 0;
  const chunk = list.chunks[index];
  return chunk === undefined ? count : count + chunk.length - partition(chunk, (item) => item.beginAt <= beginAt);
}

/** Every record, newest first. */
export function* walkSorted(list: SortedList): Generator<BackupRecord> {
  for (let c = list.chunks.length - 1; c >= 0; c--) {
    const chunk = list.chunks[c] ?? [];
    for (let i = chunk.length - 1; i >= 0; i--) {
      const record = chunk[i];
      if (record !== undefined) yield record;
    }
  }
}
