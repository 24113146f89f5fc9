// What a sweep writes: nothing where nothing changed, the changed rows where some did, and what history adds to the time.

import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupFact } from '../src/inventory/model.ts';
import { openDatabase } from '../src/postgres/database.ts';
import type { BenchDatabase } from './support/database.ts';
import { startServer } from './support/database.ts';
import { pagesOf } from './support/facts.ts';
import { settle } from './support/fill.ts';
import { interleave } from './support/measure.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';
import { storeSweep } from './support/store-path.ts';

const shape = { instances: 10_000 };

export const changes: Bench = {
  name: 'changes',
  about: 'The same list again with 0 %, 1 % and 10 % of its rows changed: exact counts, and history against none.',
  async run({ full }) {
    const count = full ? 200_000 : 50_000;
    await using server = await startServer();
    await using loaded = await server.clone();
    await storeSweep(loaded.database, pagesOf(count, shape));
    await settle(loaded);
    await loaded.close();
    return [
      ...(await exactCounts(() => server.clone(loaded.name), count)),
      await historyCost(() => server.clone(loaded.name), count),
    ];
  },
};

async function exactCounts(clone: () => Promise<BenchDatabase>, count: number): Promise<Row[]> {
  await using database = await clone();
  await database.query('checkpoint');
  const none = await written(database, pagesOf(count, shape));
  const some = { ...shape, changeEvery: 100, version: 1 };
  const percent = await written(database, pagesOf(count, some));
  const changed = Math.ceil(count / 100);
  return [
    {
      what: `the same ${thousands(count)} rows again, unchanged`,
      against: 'exact counts',
      target: '0 tuples written, 0 dead, WAL < 1 byte per row',
      measured: `${none.tuples} tuples written, ${none.dead} dead, ${(none.wal / count).toFixed(2)} bytes per row`,
      met: none.tuples === 0 && none.dead === 0 && none.wal < count,
    },
    {
      what: `1 % of ${thousands(count)} rows changed`,
      against: 'exact counts',
      target: `${thousands(changed)} rows updated, ${thousands(changed)} states kept`,
      measured: `${thousands(percent.updated)} updated, ${thousands(percent.inserted)} states kept; WAL ${thousands(percent.wal / changed)} bytes per changed row`,
      met: percent.updated === changed && percent.inserted === changed && percent.tuples === 2 * changed,
    },
  ];
}

interface Written {
  inserted: number;
  updated: number;
  /** Inserted, updated and deleted, in the current table and the past. */
  tuples: number;
  dead: number;
  wal: number;
}

async function written(database: BenchDatabase, pages: Iterable<BackupFact[]>): Promise<Written> {
  const before = await counters(database);
  const walBefore = await database.wal();
  {
    // Sessions hand in their counts at their end.
    await using own = await openDatabase({ url: database.url });
    await storeSweep(own, pages);
  }
  const wal = (await database.wal()) - walBefore;
  const after = await counters(database);
  const inserted = after.inserted - before.inserted;
  const updated = after.updated - before.updated;
  const tuples = inserted + updated + after.deleted - before.deleted;
  return { inserted, updated, tuples, dead: after.dead - before.dead, wal };
}

async function counters(database: BenchDatabase) {
  for (;;) {
    const others = await database.query("select from pg_stat_activity where application_name = 'backup-inventory'");
    if (others.length === 0) break;
    await sleep(20);
  }
  const [row] = await database.query<{ inserted: number; updated: number; deleted: number; dead: number }>(`
    select sum(n_tup_ins)::int8 as inserted, sum(n_tup_upd)::int8 as updated, sum(n_tup_del)::int8 as deleted,
      sum(n_dead_tup)::int8 as dead
    from pg_stat_user_tables where schemaname = 'inventory' and relname in ('backup', 'backup_past')`);
  if (row === undefined) throw new Error('An aggregate without a row.');
  return row;
}

async function historyCost(clone: () => Promise<BenchDatabase>, count: number): Promise<Row> {
  const changed = { ...shape, changeEvery: 10, version: 1 };
  const pages = [...pagesOf(count, changed)];
  let current: BenchDatabase | null = null;
  const fresh = async (trigger: 'enable' | 'disable') => {
    await current?.[Symbol.asyncDispose]();
    current = await clone();
    await current.query(`alter table inventory.backup ${trigger} trigger keep_past`);
    await current.query('checkpoint');
  };
  const run = async () => {
    if (current === null) throw new Error('No database is open.');
    await storeSweep(current.database, pages);
    return undefined;
  };
  const timings = await interleave(5, [
    { name: 'with', work: count, prepare: () => fresh('enable'), run },
    { name: 'without', work: count, prepare: () => fresh('disable'), run },
  ]);
  await (current as BenchDatabase | null)?.[Symbol.asyncDispose]();
  const ratio = timings.ratio('without', 'with');
  return {
    what: `10 % of ${thousands(count)} rows changed, with history`,
    against: 'the same without history',
    target: '≤ 1.2 × the time',
    measured: spreadText(ratio),
    met: ratio.median <= 1.2,
  };
}
