// Reads pages for the sweep: ahead of time and several at once, counting what came. It judges nothing.

import type { IdSet } from './id-set.ts';
import type { Fact, ListPage, Rescans } from './model.ts';

export interface SweepDeps<F extends Fact> {
  /** One page. Throws CloudError when it cannot be had. */
  fetchPage(request: { offset: number; limit: number }, signal: AbortSignal): Promise<ListPage<F>>;
  /** Takes each page once, in the order in which they arrived; awaited one at a time. */
  onPage(page: ListPage<F>): Promise<void>;
}

export interface SweepOptions {
  /** Items a page, 3 at least. */
  limit: number;
  /** Pages in flight at once. */
  concurrency: number;
  /** False: the reported total proves nothing; joints alone certify. */
  trustTotalCount: boolean;
  /** Reads of one pass, at most: the bound where no total gives one. */
  maxReads: number;
  /** False for a window of a list, which is read once and never certified. */
  certify: boolean;
  signal: AbortSignal;
}

/** What the sweep keeps of a page once its rows are handed on. */
export interface PageRead {
  offset: number;
  /** Places on the page, rows without an id included. */
  length: number;
  ids: ReadonlySet<string>;
  /** Keys of the first and last place; null where one is not known. */
  firstKey: string | null;
  lastKey: string | null;
  /** Index of the last place whose key is newer than `lastKey`; -1 = all are equal, or order is not known. */
  lastNewerIndex: number;
  total: number | null;
}

export interface PageReader {
  readonly limit: number;
  readonly counts: {
    pages: number;
    rescans: Rescans;
    duplicates: number;
    totalFirst: number | null;
    totalLast: number | null;
    /** False once a page was not sorted newest first. */
    ordered: boolean;
    /** False once a page of this pass held fewer rows than its own total says that it must. */
    whole: boolean;
    /** Rows without an id in this pass. */
    nameless: number;
    /** A row could not be stored. */
    blocked: boolean;
  };
  /** Waits for what is in flight: a page belongs to one pass. */
  startPass(number: number): Promise<void>;
  read(offset: number, rescan?: keyof Rescans | null): Promise<PageRead>;
  /** The next page read ahead and not yet consumed; null where nothing is planned. `start`: where reading goes on. */
  ahead(start: number): Promise<PageRead | null>;
  consume(page: PageRead): void;
  discardAhead(): Promise<void>;
  /** Page after page without a new id: the list does not go on, whatever its offsets say. */
  stalled(): boolean;
  /** More requests than any honest list of this size needs. */
  capped(): boolean;
  /** Waits for what is in flight; call before the outcome is used. */
  settle(): Promise<void>;
}

interface Planned {
  offset: number;
  page: Promise<PageRead>;
}

/** Items that neighbouring pages share in a quiet list: the last item, and one with a newer key before it. */
const overlap = 2;

const maxReadsWithoutNews = 16;

export function createPageReader<F extends Fact>(
  deps: SweepDeps<F>,
  options: SweepOptions & { ids: IdSet },
): PageReader {
  const { limit, concurrency, ids } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const stride = limit - overlap;
  let pass = 0;
  let reads = 0;
  let readsWithoutNews = 0;
  let totalAtStart: number | null = null;
  let planned: Planned[] = [];
  let nextPlanned = 0;
  let handedOn: Promise<void> = Promise.resolve();
  const counts: PageReader['counts'] = {
    pages: 0,
    rescans: { joint: 0, tie: 0, total: 0 },
    duplicates: 0,
    totalFirst: null,
    totalLast: null,
    ordered: true,
    whole: true,
    nameless: 0,
    blocked: false,
  };

  const take = (offset: number, page: ListPage<F>): PageRead => {
    const seenBefore = ids.seenIn(pass);
    counts.pages += 1;
    if (pass > 1) counts.rescans.total += 1;
    if (counts.pages === 1) counts.totalFirst = page.total;
    if (reads === 1) totalAtStart = page.total;
    counts.totalLast = page.total;
    if (page.anomalies.some((anomaly) => anomaly.blocksCertification)) counts.blocked = true;
    for (const { id } of page.items) {
      if (id === null) counts.nameless += 1;
      else if (!ids.add(id, pass)) counts.duplicates += 1;
    }
    readsWithoutNews = ids.seenIn(pass) > seenBefore ? 0 : readsWithoutNews + 1;
    if (!isOrdered(page)) counts.ordered = false;
    const read = describe(offset, page);
    if (options.trustTotalCount && isShort(read, page, limit)) counts.whole = false;
    return read;
  };

  const read = async (offset: number): Promise<PageRead> => {
    reads += 1;
    const page = await deps.fetchPage({ offset, limit }, signal);
    const result = take(offset, page);
    handedOn = handedOn.then(() => deps.onPage(page));
    await handedOn;
    return result;
  };

  const plan = (total: number): void => {
    // The page before the planned one would be full, so the list goes on behind it.
    while (planned.length < concurrency && nextPlanned - stride + limit <= total) {
      const page = read(nextPlanned);
      page.catch(() => {}); // awaited in ahead() or settle()
      planned.push({ offset: nextPlanned, page });
      nextPlanned += stride;
    }
  };

  const discardAhead = async (): Promise<void> => {
    await Promise.allSettled(planned.map((each) => each.page));
    planned = [];
  };

  const mostReads = (): number => {
    const total = options.trustTotalCount ? totalAtStart : null;
    return total === null ? options.maxReads : Math.min(options.maxReads, 20 + 4 * Math.ceil(total / stride));
  };

  return {
    limit,
    counts,
    async startPass(number) {
      await discardAhead();
      pass = number;
      reads = 0;
      readsWithoutNews = 0;
      nextPlanned = stride;
      counts.ordered = true;
      counts.whole = true;
      counts.nameless = 0;
    },
    read(offset, rescan = null) {
      if (rescan !== null) counts.rescans[rescan] += 1;
      return read(offset);
    },
    async ahead(start) {
      if (concurrency > 1 && counts.totalLast !== null) {
        // What lies behind the place where reading goes on was bridged already.
        nextPlanned = Math.max(nextPlanned, planned.length === 0 ? start : 0);
        plan(counts.totalLast);
      }
      const first = planned[0];
      return first === undefined ? null : first.page;
    },
    consume(page) {
      if (planned[0]?.offset === page.offset) planned.shift();
    },
    discardAhead,
    stalled: () => readsWithoutNews > maxReadsWithoutNews,
    capped: () => reads > mostReads(),
    async settle() {
      stop.abort();
      await discardAhead();
      await handedOn.catch(() => {});
    },
  };
}

function describe<F extends Fact>(offset: number, page: ListPage<F>): PageRead {
  const { items, total } = page;
  const lastKey = items.at(-1)?.orderKey ?? null;
  const lastNewer = items.findLastIndex(
    (item) => item.orderKey !== null && lastKey !== null && item.orderKey > lastKey,
  );
  return {
    offset,
    length: items.length,
    ids: new Set(items.flatMap((item) => (item.id === null ? [] : [item.id]))),
    firstKey: items[0]?.orderKey ?? null,
    lastKey,
    lastNewerIndex: lastNewer,
    total,
  };
}

/** A page and its total are of one instant, so together they tell how many rows it must hold, whatever moves. */
function isShort<F extends Fact>({ offset, ids, total }: PageRead, { items }: ListPage<F>, limit: number): boolean {
  const rows = ids.size + items.filter((item) => item.id === null).length;
  return total !== null && rows < Math.min(limit, total - offset);
}

function isOrdered<F extends Fact>(page: ListPage<F>): boolean {
  let previous: string | null = null;
  for (const { orderKey } of page.items) {
    if (orderKey === null || (previous !== null && orderKey > previous)) return false;
    previous = orderKey;
  }
  return true;
}
