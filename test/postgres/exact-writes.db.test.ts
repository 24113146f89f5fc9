// What a sweep writes, counted by Postgres itself: nothing where nothing changed, each changed row once.

import { expect, test } from 'vitest';
import { type BenchDatabase, startServer } from '../../bench/support/database.ts';
import { pagesOf } from '../../bench/support/facts.ts';
import { storeSweep } from '../../bench/support/store-path.ts';
import { openDatabase } from '../../src/postgres/database.ts';

const rows = 20_000;
const shape = { instances: 200 };

interface Counts {
  backup: { inserted: number; updated: number; deleted: number; dead: number };
  past: { inserted: number; updated: number; deleted: number; dead: number };
  wal: number;
}

/** The counters of both tables once all sessions have handed theirs in, and the log's length. */
async function counts(db: BenchDatabase): Promise<Counts> {
  const [row] = await db.query<Counts>(`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal,
      ${['backup', 'backup_past'].map(
        (table) => `(
        select json_build_object('inserted', n_tup_ins, 'updated', n_tup_upd, 'deleted', n_tup_del, 'dead', n_dead_tup)
        from pg_stat_all_tables where relid = 'inventory.${table}'::regclass) as ${table.replace('backup_', '')}`,
      )}`);
  if (row === undefined) throw new Error('A row of constants is missing.');
  return row;
}

async function written(db: BenchDatabase, version: number, changeEvery: number): Promise<Counts> {
  const before = await counts(db);
  let walAfter = before.wal;
  {
    await using database = await openDatabase({ url: db.url });
    await storeSweep(database, pagesOf(rows, { ...shape, version, changeEvery }));
    walAfter = (await counts(db)).wal;
  } // its sessions end, and with that their counts are in
  await expect.poll(async () => (await sessions(db)).length).toBe(0);
  const after = await counts(db);
  const less = (table: 'backup' | 'past') => ({
    inserted: after[table].inserted - before[table].inserted,
    updated: after[table].updated - before[table].updated,
    deleted: after[table].deleted - before[table].deleted,
    dead: after[table].dead - before[table].dead,
  });
  return { backup: less('backup'), past: less('past'), wal: walAfter - before.wal };
}

function sessions(db: BenchDatabase) {
  return db.query(
    `select pid from pg_stat_activity where datname = current_database() and application_name = 'backup-inventory'`,
  );
}

/** Rows that the planner knows of, and how often it was told by us. */
function analysed(db: BenchDatabase) {
  return db.query(`
    select reltuples::int as rows, analyze_count::int as times
    from pg_class join pg_stat_all_tables on relid = pg_class.oid where relid = 'inventory.backup'::regclass`);
}

test('an unchanged list writes no tuple and less than a byte of log a row; a changed one writes each changed row once', async () => {
  // A server of its own: the log is one for all databases.
  await using server = await startServer(['full_page_writes=off']);
  await using db = await server.clone();
  const nothing = { inserted: 0, updated: 0, deleted: 0, dead: 0 };
  await written(db, 0, 0);
  expect(await analysed(db)).toEqual([{ rows, times: 1 }]);
  const unchanged = await written(db, 0, 0);
  expect(unchanged.backup).toEqual(nothing);
  expect(unchanged.past).toEqual(nothing);
  expect(unchanged.wal / rows).toBeLessThan(1);

  const changed = await written(db, 1, 100);
  expect(changed.backup).toEqual({ inserted: 0, updated: rows / 100, deleted: 0, dead: rows / 100 });
  expect(changed.past).toEqual({ inserted: rows / 100, updated: 0, deleted: 0, dead: 0 });
  expect(await analysed(db)).toEqual([{ rows, times: 1 }]);
});

test('many small projects fill a table as much as a large one: the planner is told on the way', async () => {
  await using server = await startServer();
  await using db = await server.clone();
  for (let project = 0; project < 10; project += 1) {
    const scope = { projectId: `project-${project}`, scope: 'instance_backups' } as const;
    await storeSweep(db.database, pagesOf(500, shape), scope);
  }
  const [told] = await db.query<{ known: number }>(
    "select reltuples::int as known from pg_class where oid = 'inventory.backup'::regclass",
  );
  expect(told?.known).toBeGreaterThan(5000 / 1.3);
});
