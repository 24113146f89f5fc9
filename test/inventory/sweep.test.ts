// The sweep against lists that misbehave in one way each.

import { describe, expect, test } from 'vitest';
import { CloudError } from '../../src/inventory/errors.ts';
import type { Anomaly, InstanceFact, ListPage } from '../../src/inventory/model.ts';
import type { SweepOptions } from '../../src/inventory/page-reader.ts';
import { sweep } from '../../src/inventory/sweep.ts';
import { movingList, quiet } from './moving-list.ts';

type Page = ListPage<InstanceFact>;
type Read = (request: { offset: number; limit: number }, number: number) => Page;

const total250 = (seed = 1) => movingList({ seed, size: 250, tieGroup: 1, churn: quiet });

async function run(read: Read, options: Partial<SweepOptions> = {}) {
  const ids = new Set<string>();
  const offsets: number[] = [];
  const outcome = await sweep(
    {
      fetchPage: async (request) => read(request, offsets.push(request.offset)),
      onPage: async (page) => {
        for (const item of page.items) if (item.id !== null) ids.add(item.id);
      },
    },
    {
      limit: 100,
      concurrency: 2,
      trustTotalCount: true,
      maxReads: 500,
      certify: true,
      signal: new AbortController().signal,
      ...options,
    },
  );
  return { outcome, ids, offsets };
}

const failure = (kind: ConstructorParameters<typeof CloudError>[0]) =>
  new CloudError(kind, 'No.', { operation: 'list_backups' });

describe('a sweep', () => {
  test('certifies an empty list', async () => {
    const { outcome } = await run(() => ({ items: [], total: 0, anomalies: [] }));
    expect(outcome).toMatchObject({ certified: true, reason: null, distinctIds: 0, reportedTotal: 0, pages: 2 });
  });

  test('closes the gap that a deletion between two pages leaves', async () => {
    const moving = total250(2);
    const gone = new Set(moving.ids().slice(-5));
    const shifted = await run(
      ({ offset, limit }, number) => {
        const page = moving.page(0, 250);
        const items = number === 1 ? page.items : page.items.filter((item) => item.id === null || !gone.has(item.id));
        return { items: items.slice(offset, offset + limit), total: items.length, anomalies: [] };
      },
      { concurrency: 1 },
    );
    expect(shifted.outcome).toMatchObject({ certified: true, rescans: { joint: 1 } });
    expect(moving.ids().filter((id) => !shifted.ids.has(id))).toEqual([]);
  });

  test('does not take an empty page in mid-list for the end', async () => {
    const list = total250();
    const { outcome, ids } = await run(({ offset, limit }, number) =>
      number === 2 ? { items: [], total: 250, anomalies: [] } : list.page(offset, limit),
    );
    expect(outcome.certified).toBe(true);
    expect(ids.size).toBe(250);
  });

  test('does not take a short page in mid-list for the end', async () => {
    const list = total250();
    const { outcome, ids } = await run(({ offset, limit }, number) => {
      const page = list.page(offset, limit);
      return number === 2 ? { ...page, items: page.items.slice(0, 60) } : page;
    });
    expect(outcome.certified).toBe(true);
    expect(ids.size).toBe(250);
  });

  test('reads a page longer than asked like any other', async () => {
    const list = total250();
    const { outcome, ids } = await run(({ offset }) => list.page(offset, 130));
    expect(outcome.certified).toBe(true);
    expect(ids.size).toBe(250);
  });

  test('gives up on a list that answers every offset with the same page', async () => {
    const list = total250();
    const { outcome, offsets } = await run(({ limit }) => list.page(0, limit));
    expect(outcome.certified).toBe(false);
    expect(offsets.length).toBeLessThan(150);
    const untrusting = await run(({ limit }) => list.page(0, limit), { trustTotalCount: false });
    expect(untrusting.outcome.certified).toBe(false);
    expect(untrusting.offsets.length).toBeLessThan(150);
  });

  test('refuses to certify fewer ids than reported, after three passes', async () => {
    const list = movingList({ seed: 1, size: 250, tieGroup: 1, churn: quiet, report: (total) => total + 1 });
    const { outcome } = await run(({ offset, limit }) => list.page(offset, limit));
    expect(outcome).toMatchObject({ certified: false, reason: 'total_mismatch', passes: 3, distinctIds: 250 });
  });

  test.each([
    ['nothing', 0],
    ['less than half', 60],
  ])('refuses a list that shows %s of what it showed before, with a total that agrees', async (_what, left) => {
    const list = total250();
    let reads = 0;
    const { outcome, ids } = await run(({ offset, limit }) => {
      reads += 1;
      if (reads === 1) return list.page(offset, limit);
      const { items } = list.page(0, 1000);
      return { items: items.slice(-left || items.length).slice(offset, offset + limit), total: left, anomalies: [] };
    });
    expect(outcome).toMatchObject({ certified: false, reportedTotal: left });
    expect(ids.size).toBeGreaterThanOrEqual(100);
  });

  test('certifies on joints alone where the total is not trusted', async () => {
    const list = movingList({ seed: 1, size: 250, tieGroup: 1, churn: quiet, report: () => 7 });
    const options = { trustTotalCount: false };
    const { outcome, ids } = await run(({ offset, limit }) => list.page(offset, limit), options);
    expect(outcome).toMatchObject({ certified: true, reportedTotal: 7 });
    expect(ids.size).toBe(250);
  });

  test('stops soon where the total is absurdly high', async () => {
    const list = movingList({ seed: 1, size: 250, tieGroup: 1, churn: quiet, report: () => 5_000_000_000 });
    const { outcome, offsets } = await run(({ offset, limit }) => list.page(offset, limit), { maxReads: 100_000 });
    expect(outcome).toMatchObject({ certified: false, reason: 'total_mismatch', distinctIds: 250 });
    expect(offsets.length).toBeLessThan(60);
  });

  test('proves a page full of equal keys by a second pass that sees the same', async () => {
    const list = movingList({ seed: 3, size: 250, tieGroup: 1, churn: quiet });
    const flat: Read = ({ offset, limit }) => {
      const page = list.page(offset, limit);
      return { ...page, items: page.items.map((item) => ({ ...item, orderKey: '2026-03-03T00:00:00Z' })) };
    };
    const { outcome } = await run(flat);
    expect(outcome).toMatchObject({ certified: true, passes: 2, distinctIds: 250 });
    const alone = await run(flat, { trustTotalCount: false });
    expect(alone.outcome).toMatchObject({ certified: false, reason: 'joint_broken' });
  });

  test('proves a list out of order by a second pass, never by its joints', async () => {
    const list = total250();
    const jumbled: Read = ({ offset, limit }) => {
      const page = list.page(offset, limit);
      const [first, second, ...rest] = page.items;
      return { ...page, items: first && second ? [second, first, ...rest] : page.items };
    };
    expect((await run(jumbled)).outcome).toMatchObject({ certified: true, passes: 2 });
    expect((await run(jumbled, { trustTotalCount: false })).outcome.certified).toBe(false);
  });

  test('is uncertified for a row that cannot be stored, and keeps the others', async () => {
    const list = total250();
    const { outcome, ids } = await run(({ offset, limit }) => {
      const page = list.page(offset, limit);
      if (offset !== 0) return page;
      const anomaly: Anomaly = {
        kind: 'bad_row',
        itemId: null,
        field: null,
        detail: 'no id',
        raw: {},
        blocksCertification: true,
      };
      const items = page.items.map((item, index) => (index === 5 ? { ...item, id: null } : item));
      return { items, total: page.total, anomalies: [anomaly] };
    });
    expect(outcome).toMatchObject({ certified: false, reason: 'anomaly', passes: 1 });
    expect(ids.size).toBe(249);
  });

  test.each([
    ['throttled', 'throttled'],
    ['timeout', 'timeout'],
    ['auth', 'auth'],
    ['forbidden', 'forbidden'],
    ['unreachable', 'unreachable'],
    ['api', 'api'],
    ['not_found', 'api'],
  ] as const)('ends incomplete when a page fails for good: %s', async (kind, reason) => {
    const list = total250();
    const { outcome, ids } = await run(({ offset, limit }) => {
      if (offset > 100) throw failure(kind);
      return list.page(offset, limit);
    });
    expect(outcome).toMatchObject({ certified: false, reason, errorCode: `CLOUD_${kind.toUpperCase()}` });
    expect(ids.size).toBeGreaterThanOrEqual(100);
  });

  test('says cancelled when it is told to stop', async () => {
    const list = total250();
    const abort = new AbortController();
    const { outcome } = await run(
      ({ offset, limit }) => {
        if (offset > 0) {
          abort.abort();
          throw failure('cancelled');
        }
        return list.page(offset, limit);
      },
      { signal: abort.signal },
    );
    expect(outcome).toMatchObject({ certified: false, reason: 'cancelled' });
  });

  test('passes on what is no fault of the cloud', async () => {
    await expect(
      run(() => {
        throw new TypeError('a bug');
      }),
    ).rejects.toThrow('a bug');
  });

  test('reads a window once, without the head again, and never certifies it', async () => {
    const list = movingList({ seed: 1, size: 30, tieGroup: 1, churn: quiet });
    const { outcome, offsets } = await run(({ offset, limit }) => list.page(offset, limit), { certify: false });
    expect(outcome).toMatchObject({ certified: false, reason: 'recent', readThrough: true, pages: 1 });
    expect(offsets).toEqual([0]);
  });

  test('keeps pages in flight up to its concurrency and no more', async () => {
    const list = movingList({ seed: 1, size: 2000, tieGroup: 1, churn: quiet });
    let inFlight = 0;
    let most = 0;
    const outcome = await sweep(
      {
        fetchPage: async ({ offset, limit }) => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          await new Promise((resolve) => setTimeout(resolve, 2));
          inFlight -= 1;
          return list.page(offset, limit);
        },
        onPage: async () => {},
      },
      {
        limit: 100,
        concurrency: 4,
        trustTotalCount: true,
        maxReads: 500,
        certify: true,
        signal: new AbortController().signal,
      },
    );
    expect(outcome.certified).toBe(true);
    expect(most).toBe(4);
  });
});
