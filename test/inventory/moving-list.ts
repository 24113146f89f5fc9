// A list that moves while it is read: what the sweep is tried on. Seeded; no network, no clock.

import type { InstanceFact, ListItem, ListPage } from '../../src/inventory/model.ts';

export interface Churn {
  /** Chance of each event before each read. */
  insertAtHead: number;
  insertInMiddle: number;
  remove: number;
  /** Events of one kind at once, at most. */
  burst: number;
}

export const quiet: Churn = { insertAtHead: 0, insertInMiddle: 0, remove: 0, burst: 1 };

export interface MovingListOptions {
  seed: number;
  size: number;
  /** Items that share one key, at most. */
  tieGroup: number;
  churn: Churn;
  /** What the API says the total is. */
  report?: (total: number) => number | null;
}

const mostItems = 600;

interface Item {
  id: string;
  key: number;
}

/** A random sequence in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Newest first by key; equal keys in an order that changes with every read. */
export function movingList(options: MovingListOptions) {
  const random = randomOf(options.seed);
  const below = (limit: number) => Math.floor(random() * limit);
  let named = 0;
  let key = 0;
  const make = (at: number): Item => {
    named += 1;
    return { id: `b${named}`, key: at };
  };
  let items: Item[] = [];
  for (let left = options.size; left > 0; ) {
    key += 1;
    for (let tied = Math.min(left, 1 + below(options.tieGroup)); tied > 0; tied -= 1, left -= 1) items.push(make(key));
  }
  const throughout = new Set(items.map((item) => item.id));
  let reads = 0;

  const churn = (): void => {
    const { remove, burst } = options.churn;
    const full = items.length >= mostItems; // a list that outgrows every reader shows nothing new and takes long
    const insertAtHead = full ? 0 : options.churn.insertAtHead;
    const insertInMiddle = full ? 0 : options.churn.insertInMiddle;
    if (random() < insertAtHead) {
      for (let n = 1 + below(burst); n > 0; n -= 1) {
        if (random() < 0.7) key += 1;
        items.push(make(key));
      }
    }
    if (random() < insertInMiddle) for (let n = 1 + below(burst); n > 0; n -= 1) items.push(make(1 + below(key)));
    if (random() < remove) {
      for (let n = 1 + below(burst); n > 0 && items.length > 0; n -= 1) {
        const [gone] = items.splice(below(items.length), 1);
        if (gone !== undefined) throughout.delete(gone.id);
      }
    }
  };

  const page = (offset: number, limit: number): ListPage<InstanceFact> => {
    reads += 1;
    churn();
    items = items
      .map((item) => ({ item, shuffle: random() }))
      .sort((a, b) => b.item.key - a.item.key || a.shuffle - b.shuffle)
      .map(({ item }) => item);
    const report = options.report ?? ((total: number) => total);
    return {
      items: items.slice(offset, offset + limit).map(listItem),
      total: report(items.length),
      anomalies: [],
    };
  };

  return {
    page,
    /** Ids that were in the list from the first read to now. */
    throughout,
    reads: () => reads,
    ids: () => items.map((item) => item.id),
    /** Another order of arrival for each call, so that pages read together finish in any order. */
    async fetchPage(request: { offset: number; limit: number }): Promise<ListPage<InstanceFact>> {
      for (let turns = below(4); turns > 0; turns -= 1) await Promise.resolve();
      const result = page(request.offset, request.limit);
      for (let turns = below(4); turns > 0; turns -= 1) await Promise.resolve();
      return result;
    },
  };
}

export type MovingList = ReturnType<typeof movingList>;

function listItem({ id, key }: Item): ListItem<InstanceFact> {
  return { id, orderKey: String(key).padStart(9, '0'), fact: null };
}

/** What most tools do: offset += limit until a short page. */
export function naivePages(list: MovingList, limit: number): Set<string> {
  const seen = new Set<string>();
  for (let offset = 0; ; offset += limit) {
    const { items } = list.page(offset, limit);
    for (const item of items) if (item.id !== null) seen.add(item.id);
    if (items.length < limit) return seen;
  }
}
