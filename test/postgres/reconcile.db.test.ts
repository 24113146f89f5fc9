import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { recompute } from '../../src/postgres/reconcile.ts';
import { readSnapshot } from '../../src/postgres/snapshot.ts';
import { allFamilies } from '../../src/prometheus/families/index.ts';
import { instantsOf, type Reconciliation, reconcile } from '../../src/prometheus/reconcile.ts';
import type { ScrapedSample } from '../../src/prometheus/scrape.ts';
import { expositionOf, samplesOf } from '../prometheus/scraping.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { estate } from './estate-seed.ts';
import { hoursAgo, now, seedOf } from './snapshot-seed.ts';

interface Reconciled {
  scrape: ScrapedSample[];
  movedOn: boolean;
  result(scrape: readonly ScrapedSample[]): Reconciliation;
}

async function reconciled(db: TestDatabase, scrapedAt: Date): Promise<Reconciled> {
  await using database = await openDatabase({ url: db.url });
  const scrape = await samplesOf(await expositionOf(await readSnapshot(database, { now }), scrapedAt));
  const { takenAt, judgedAt } = instantsOf(scrape);
  const { metrics, movedOn } = await recompute(database, { takenAt: takenAt ?? now, judgedAt, scrapedAt });
  return { scrape, movedOn, result: (samples) => reconcile(samples, metrics) };
}

test.each([0.1, 0.4, -0.7])(
  'a scrape of an estate with everything in it is what SQL says, with random seed %s',
  async (random) => {
    await using db = await freshDatabase();
    await estate(db, seedOf(db), random);
    const { scrape, movedOn, result } = await reconciled(db, now);
    const { differences, compared } = result(scrape);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(600);
    expect(movedOn).toBe(false);
  },
);

test('verdicts whose time was over at the scrape are unknown in SQL too', async () => {
  await using db = await freshDatabase();
  await estate(db, seedOf(db), 0.2);
  const { scrape, result } = await reconciled(db, hoursAgo(-1)); // p2 was read 3.5 h before, p1 2 h
  expect(result(scrape).differences).toEqual([]);
});

test('a sample that is wrong, missing or too much is a difference', async () => {
  await using db = await freshDatabase();
  await estate(db, seedOf(db), 0.3);
  const { scrape, result } = await reconciled(db, now);
  const first = scrape.find((sample) => sample.name === 'backup_inventory_backups');
  if (first === undefined) throw new Error('no sample');
  const others = scrape.filter((sample) => sample !== first);
  expect(result([...others, { ...first, value: first.value + 1 }]).differences).toMatchObject([
    { scraped: first.value + 1, recomputed: first.value },
  ]);
  expect(result(others).differences).toMatchObject([{ scraped: null, recomputed: first.value }]);
  const ghost = { ...first, labels: { ...first.labels, instance_id: 'ghost' } };
  expect(result([...scrape, ghost]).differences).toMatchObject([{ scraped: first.value, recomputed: null }]);
});

test('a database that moved on since the scrape is told from a scrape that is wrong', async () => {
  await using db = await freshDatabase();
  const seed = seedOf(db);
  await seed.project();
  await seed.sweep({ committed_at: hoursAgo(-0.1) });
  expect((await reconciled(db, now)).movedOn).toBe(true);
});

test('every metric that comes from the database has a definition', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  const { metrics } = await recompute(database, { takenAt: now, judgedAt: now, scrapedAt: now });
  const defined = new Set(metrics.map(({ metric }) => metric));
  const ofProcess = /^(build_info|schedule_interval|freshness_limit|run_in_progress|snapshot_|verdicts_|series)/;
  for (const { name, type } of allFamilies) {
    if (ofProcess.test(name)) continue;
    expect(defined, name).toContain(type === 'histogram' ? `${name}_count` : name);
  }
});
