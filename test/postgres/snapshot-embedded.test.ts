import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { recompute } from '../../src/postgres/reconcile.ts';
import { createSnapshotReader } from '../../src/postgres/snapshot.ts';
import { reconcile } from '../../src/prometheus/reconcile.ts';
import { expositionOf, samplesOf } from '../prometheus/scraping.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { estate } from './estate-seed.ts';
import { hoursAgo, now, seedOf } from './snapshot-seed.ts';

test('the embedded database gives the same: facts, then verdicts, then what changed, all as SQL says', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-'));
  try {
    await using database = await openDatabase({ directory });
    await migrate(database);
    const query = async <R>(text: string, params: readonly unknown[] = []) =>
      (await database.db.executeQuery(CompiledQuery.raw(text, [...params]))).rows as R[];
    const db: TestDatabase = { url: '', name: '', query, [Symbol.asyncDispose]: async () => undefined };
    const seed = seedOf(db);
    await estate(db, seed, 0.6);
    const reader = createSnapshotReader(database);
    await reader.readFacts(now);
    await seed.backup({ instance_id: 'i2', project_id: 'p2', changed_at: hoursAgo(0.1) });
    await seed.sweep({ project_id: 'p2', inserted: 1, committed_at: hoursAgo(0.1), started_at: hoursAgo(0.2) });
    await reader.readFacts(now);
    const scrape = await samplesOf(await expositionOf(await reader.readVerdicts(now)));
    const { metrics } = await recompute(database, { takenAt: now, judgedAt: now, scrapedAt: now });
    expect(reconcile(scrape, metrics).differences).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 120_000);
