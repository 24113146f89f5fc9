import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { watchRuns } from '../../src/postgres/changes.ts';
import type { Database } from '../../src/postgres/database.ts';
import { databaseKinds, freshStore, openRun } from './inventory-fixture.ts';

async function waitFor(condition: () => boolean, timeoutMs: number): Promise<void> {
  for (const end = Date.now() + timeoutMs; !condition() && Date.now() < end; ) await sleep(10);
  expect(condition()).toBe(true);
}

test.each(databaseKinds)('a watcher on %s is told of a run that begins and of its end, at once', async (kind) => {
  await using fixture = await freshStore(kind);
  const stop = new AbortController();
  let told = 0;
  const onChange = () => {
    told += 1;
  };
  const watch = watchRuns(fixture.database, { signal: stop.signal, pollMs: 60_000, onChange });
  await sleep(700); // until it listens
  await using run = await openRun(fixture);
  await waitFor(() => told === 1, 1000);
  await run.finish({ outcome: 'failed', finishedAt: fixture.clock.now(), errorCode: null, errorMessage: null }, []);
  await waitFor(() => told === 2, 1000);
  stop.abort();
  await watch;
});

test('a watcher without notifications polls', async () => {
  await using fixture = await freshStore();
  const deaf: Database = { ...fixture.database, connect: () => Promise.reject(new Error('no')) };
  const stop = new AbortController();
  const troubles: string[] = [];
  let told = 0;
  const onChange = () => {
    told += 1;
  };
  const watch = watchRuns(deaf, {
    signal: stop.signal,
    onChange,
    onTrouble: ({ code }) => troubles.push(code),
  });
  await sleep(100);
  await using _run = await openRun(fixture);
  await waitFor(() => told === 1, 2000);
  expect(troubles).toEqual(['DATABASE_FAILED']);
  stop.abort();
  await watch;
});

test('a change that could not be looked at is told again soon, and what came before the first look at once', async () => {
  await using fixture = await freshStore();
  const stop = new AbortController();
  let told = 0;
  const troubles: string[] = [];
  const onChange = () => {
    told += 1;
    if (told === 2) throw new Error('not now');
  };
  const onTrouble = ({ message }: Error) => void troubles.push(message);
  const options = { signal: stop.signal, pollMs: 100, tellFirst: true, onChange, onTrouble };
  const watch = watchRuns(fixture.database, options);
  await waitFor(() => told === 1, 2000);
  await sleep(700);
  await using _run = await openRun(fixture);
  await waitFor(() => told === 3, 2000);
  expect(troubles).toEqual([expect.stringContaining('not now')]);
  await sleep(300);
  expect(told).toBe(3);
  stop.abort();
  await watch;
});

test('a watcher whose connection is terminated listens again and misses nothing', async () => {
  await using fixture = await freshStore();
  const stop = new AbortController();
  let told = 0;
  const onChange = () => {
    told += 1;
  };
  const watch = watchRuns(fixture.database, { signal: stop.signal, pollMs: 60_000, onChange });
  await sleep(700);
  await fixture.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
  );
  await using _run = await openRun(fixture);
  await waitFor(() => told >= 1, 2500);
  stop.abort();
  await watch;
});
