// A Postgres that refuses, hangs, hangs up or is not what it should be, met in the middle of a run.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { StoreErrorCode } from '../../src/inventory/errors.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';
import { expectExact, trustedRun } from './api-matrix.ts';

/** Makes every write to the table of backups do this first. */
async function atEachMerge(database: TestDatabase, statement: string): Promise<void> {
  await database.query('create sequence if not exists public.merges');
  await database.query(`
    create or replace function public.at_merge() returns trigger language plpgsql as $$ begin ${statement} return null; end $$`);
  await database.query(`
    create or replace trigger at_merge after insert or update on inventory.backup
    for each statement execute function public.at_merge()`);
}

async function heal(database: TestDatabase): Promise<void> {
  await database.query('drop trigger if exists at_merge on inventory.backup');
}

/** Everything but the rows of runs, as one text: what a failed run must leave as it was. */
async function contents(database: TestDatabase): Promise<string> {
  const tables = ['backup', 'backup_past', 'instance', 'instance_past', 'sweep', 'counter', 'anomaly', 'quarantine'];
  const parts: string[] = [];
  for (const table of tables) {
    const [row] = await database.query<{ all: string }>(`
      select coalesce(string_agg(t::text, e'\\n' order by t::text), '') as all from inventory.${table} t`);
    parts.push(row?.all ?? '');
  }
  return parts.join('\n--\n');
}

/** A story whose first run went well, and in which something is new to merge. */
async function storyOn(database: TestDatabase, extra = ''): Promise<Story> {
  const story = await beginStory({ databaseUrl: database.url, cloud: { backupsPerProject: 230 }, extra });
  await trustedRun(story);
  const [projectId = ''] = story.simulator.projectIds;
  story.simulator.control.insertBackup({ projectId });
  story.pass(hourMs);
  return story;
}

/** The run fails with that code, says what to do, and no scope is half there; when all is well again, the next is exact. */
async function failsWhole(story: Story, database: TestDatabase, code: StoreErrorCode, advice: RegExp): Promise<void> {
  await expect(story.run()).rejects.toMatchObject({ code, message: expect.stringMatching(advice) });
  const [merged] = await database.query<{ n: number }>(`
    select count(*) as n from inventory.sweep where scope <> 'instances' and run_id = (select max(run_id) from inventory.run)`);
  expect(merged).toEqual({ n: 0 });
  await heal(database);
  story.pass(hourMs);
  await expectExact(story);
}

const raise = (state: string, text: string) => `raise exception '${text}' using errcode = '${state}';`;

test.each<[string, string, StoreErrorCode, RegExp]>([
  ['no space left', raise('53100', 'could not extend file: No space left on device'), 'DATABASE_FULL', /Free or add/],
  [
    'a lock that is not freed',
    raise('55P03', 'canceling statement due to lock timeout'),
    'DATABASE_TIMEOUT',
    /Look for long transactions/,
  ],
  [
    'a statement that takes too long',
    raise('57014', 'canceling statement due to statement timeout'),
    'DATABASE_TIMEOUT',
    /Look for/,
  ],
  ['a deadlock that does not end', raise('40P01', 'deadlock detected'), 'DATABASE_FAILED', /deadlock detected/],
  ['a damaged page', raise('XX001', 'invalid page in block 3'), 'DATABASE_CORRUPT', /Restore them from a dump/],
  [
    'a right that is missing',
    raise('42501', 'permission denied for table backup'),
    'DATABASE_AUTH',
    /Grant it the right/,
  ],
])('%s in mid-merge: nothing of that scope is kept, and it is told', async (_what, statement, code, advice) => {
  await using database = await freshDatabase();
  await using story = await storyOn(database);
  await atEachMerge(database, statement);
  await failsWhole(story, database, code, advice);
});

test.each([
  ['a serialization failure', '40001'],
  ['a deadlock', '40P01'],
])('%s is tried again, and the sweep is stored once', async (_what, state) => {
  await using database = await freshDatabase();
  await using story = await storyOn(database);
  await atEachMerge(database, `if nextval('public.merges') <= 2 then ${raise(state, 'try again')} end if;`);
  await expectExact(story);
  const sweeps = await database.query('select count(*) as n from inventory.sweep');
  expect(sweeps).toEqual([{ n: 6 }]);
});

test('a statement that an administrator cancels ends the run, whole', async () => {
  await using database = await freshDatabase();
  await using story = await storyOn(database);
  await atEachMerge(database, 'perform pg_sleep(30);');
  const failing = failsWhole(story, database, 'DATABASE_TIMEOUT', /did not answer in time/);
  await expect
    .poll(
      async () => {
        const rows = await database.query<{ pid: number }>(`
        select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`);
        for (const { pid } of rows) await database.query('select pg_cancel_backend($1)', [pid]);
        return rows.length;
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(0);
  await failing;
});

test('a connection that is cut in mid-merge leaves nothing of that scope', async () => {
  await using database = await freshDatabase();
  await using story = await storyOn(database);
  await atEachMerge(database, 'perform pg_sleep(30);');
  const failing = failsWhole(story, database, 'DATABASE_UNREACHABLE', /No connection to the database/);
  await terminate(database, "wait_event = 'PgSleep'");
  await failing;
});

test('a run that loses its lock commits nothing more, says so, and another run may follow at once', async () => {
  await using database = await freshDatabase();
  await using story = await storyOn(database);
  const before = await contents(database);
  story.simulator.control.setBehaviour({ latencyMs: 200 });
  let terminated: Promise<void> | undefined;
  const cut = () => {
    terminated = terminate(database, "query like '%advisory%' or state = 'idle in transaction'");
  };
  story.simulator.afterRequests(1, cut, { operation: 'list_instances' });
  const running = story.run();
  await expect(running).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringMatching(/holds the run lock broke.*Run again/),
  });
  await terminated;
  expect(await contents(database)).toBe(before);
  story.simulator.control.setBehaviour({ latencyMs: 0 });
  await expectExact(story);
});

async function terminate(database: TestDatabase, where: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 20) {
    const rows = await database.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and (${where})`);
    if (rows.length > 0) return;
    await sleep(20);
  }
  throw new Error(`no backend with ${where}`);
}

test('a database that became read-only is told as such, and nothing of the run is kept', async () => {
  await using database = await freshDatabase();
  await using story = await storyOn(database);
  const before = await contents(database);
  await database.query(`alter database ${database.name} set default_transaction_read_only = on`);
  await database.query(`
    select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
  await expect(story.run()).rejects.toMatchObject({
    code: 'DATABASE_READ_ONLY',
    message: expect.stringMatching(/Point database\.url at the primary/),
  });
  expect(await contents(database)).toBe(before);
  expect(story.simulator.requestCounts().list_instances).toBe(2); // of the first run; the cloud was not asked again
});
