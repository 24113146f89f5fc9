// The promise of the sweep, tried on lists that move while they are read.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SweepOptions } from '../../src/inventory/page-reader.ts';
import { sweep } from '../../src/inventory/sweep.ts';
import { type Churn, movingList, naivePages, quiet } from './moving-list.ts';

const seeds = Number(process.env.SWEEP_SEEDS ?? 3000);

const maxReads = 300;

const chance = fc.double({ min: 0, max: 0.9, noNaN: true });
const churns: fc.Arbitrary<Churn> = fc.record({
  insertAtHead: chance,
  insertInMiddle: chance,
  remove: chance,
  burst: fc.integer({ min: 1, max: 12 }),
});
const lists = fc.record({
  seed: fc.integer(),
  size: fc.integer({ min: 0, max: 160 }),
  tieGroup: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 12 })),
  churn: churns,
});
const readings = fc.record({
  limit: fc.integer({ min: 3, max: 20 }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  trustTotalCount: fc.boolean(),
});

async function run(
  list: ReturnType<typeof movingList>,
  options: Pick<SweepOptions, 'limit' | 'concurrency' | 'trustTotalCount'> & { maxReads?: number },
) {
  const seen = new Set<string>();
  const outcome = await sweep(
    {
      fetchPage: (request) => list.fetchPage(request),
      onPage: async (page) => {
        for (const item of page.items) if (item.id !== null) seen.add(item.id);
      },
    },
    { maxReads, ...options, certify: true, signal: new AbortController().signal },
  );
  const lost = [...list.throughout].filter((id) => !seen.has(id));
  return { outcome, seen, lost };
}

describe('a sweep over a moving list', () => {
  test(`certifies only lists of which it saw every item that lived throughout, ${seeds} lists`, async () => {
    let certified = 0;
    await fc.assert(
      fc.asyncProperty(lists, readings, async (made, reading) => {
        const { outcome, lost } = await run(movingList(made), reading);
        if (outcome.certified) {
          certified += 1;
          expect(lost).toEqual([]);
        }
      }),
      { numRuns: seeds },
    );
    // biome-ignore lint/suspicious/noConsole: the figure belongs into the test report
    console.info(`${seeds} lists: ${certified} certified, none of them wrong`);
    expect(certified).toBeGreaterThan(seeds / 10);
  }, 120_000);

  test('ends within a bounded number of reads, whatever the list does', async () => {
    await fc.assert(
      fc.asyncProperty(lists, readings, async (made, reading) => {
        const list = movingList(made);
        await run(list, reading);
        expect(list.reads()).toBeLessThanOrEqual(3 * (maxReads + 1 + reading.concurrency));
        if (!reading.trustTotalCount) return;
        // Each pass is bound by the total it began with; no list here grows past this one.
        const grown = made.size + list.reads() * 2 * made.churn.burst;
        expect(list.reads()).toBeLessThanOrEqual(
          3 * (21 + reading.concurrency + 4 * Math.ceil(grown / (reading.limit - 2))),
        );
      }),
      { numRuns: Math.ceil(seeds / 3) },
    );
  });

  test('certifies every quiet list without ties in one pass, with the fewest reads that prove it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 400 }), readings, async (seed, size, reading) => {
        const list = movingList({ seed, size, tieGroup: 1, churn: quiet });
        const { outcome, seen } = await run(list, { ...reading, maxReads: 1000 });
        expect(outcome).toMatchObject({ certified: true, passes: 1, distinctIds: size });
        expect(seen.size).toBe(size);
        const { limit } = reading;
        const pages = size < limit ? 1 : Math.floor((size - limit) / (limit - 2)) + 2;
        expect(list.reads()).toBe(pages + 1);
      }),
      { numRuns: Math.ceil(seeds / 3) },
    );
  });

  test('certifies every quiet list whose equal keys are shuffled at each read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 200 }), readings, async (seed, size, reading) => {
        const list = movingList({ seed, size, tieGroup: reading.limit - 2, churn: quiet });
        const { outcome, lost } = await run(list, reading);
        expect(lost).toEqual([]);
        expect(outcome.certified).toBe(true);
      }),
      { numRuns: Math.ceil(seeds / 3) },
    );
  });

  test('a plain offset pager loses live items on the same lists, so the property can fail', () => {
    let losing = 0;
    fc.assert(
      fc.property(lists, readings, (made, { limit }) => {
        const list = movingList(made);
        const seen = naivePages(list, limit);
        if ([...list.throughout].some((id) => !seen.has(id))) losing += 1;
      }),
      { numRuns: seeds, seed: 7 },
    );
    expect(losing).toBeGreaterThan(seeds / 10);
  });
});
