import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LockHeldError } from '../../src/inventory/errors.ts';
import type { OpenRun } from '../../src/inventory/ports.ts';
import { openDatabase } from '../../src/postgres/database.ts';
import { createStore } from '../../src/postgres/store.ts';
import { freshDatabase } from '../support/postgres.ts';
import { backup, certificate, projectId, runInput, SettableClock } from './inventory-facts.ts';
import { databaseKinds, freshStore, openRun, sweep } from './inventory-fixture.ts';

const end = (clock: SettableClock) =>
  ({ outcome: 'certified', finishedAt: clock.now(), errorCode: null, errorMessage: null }) as const;

describe.each(databaseKinds)('the run lock on %s', (kind) => {
  test('is held by one run, and says by whom and since when', async () => {
    await using fixture = await freshStore(kind);
    {
      await using run = await openRun(fixture, { host: 'db-host', processId: 4711 });
      const refused = fixture.store.openRun(runInput(fixture.clock));
      await expect(refused).rejects.toBeInstanceOf(LockHeldError);
      await expect(refused).rejects.toMatchObject({
        code: 'LOCK_HELD',
        message: expect.stringContaining('run 1 of process 4711 on db-host, since 2026-02-01T00:00:00.000Z'),
        holder: { host: 'db-host', processId: 4711, runId: 1, since: fixture.clock.now() },
      });
      await run.finish(end(fixture.clock), []);
    }
    await using _next = await openRun(fixture);
  });

  test('lets shards run beside each other, and nothing beside a run over everything', async () => {
    await using fixture = await freshStore(kind);
    {
      await using _one = await openRun(fixture, { shard: '0/2' });
      await using _two = await openRun(fixture, { shard: '1/2' });
      await expect(openRun(fixture, { shard: '1/2' })).rejects.toMatchObject({ holder: { runId: 2 } });
      await expect(openRun(fixture)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    }
    await using _all = await openRun(fixture);
    await expect(openRun(fixture, { shard: '0/2' })).rejects.toMatchObject({ holder: { runId: 3 } });
  });

  test('closes as abandoned what a vanished holder left open', async () => {
    await using fixture = await freshStore(kind);
    {
      await using _vanished = await openRun(fixture);
    }
    fixture.clock.advance(60_000);
    await using _next = await openRun(fixture);
    expect(
      await fixture.query('select run_id, outcome, error_code, finished_at from inventory.run order by 1'),
    ).toEqual([
      { run_id: 1, outcome: 'abandoned', error_code: 'RUN_ABANDONED', finished_at: fixture.clock.now() },
      { run_id: 2, outcome: null, error_code: null, finished_at: null },
    ]);
  });
});

test('twenty processes ask for the lock at once and one gets it', async () => {
  await using fixture = await freshStore();
  const asked = await Promise.allSettled(
    Array.from({ length: 20 }, () => fixture.store.openRun(runInput(fixture.clock))),
  );
  const held = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(held).toHaveLength(1);
  expect(asked.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))).toEqual(
    Array(19).fill('LOCK_HELD'),
  );
  for (const run of held) await run[Symbol.asyncDispose]();
});

test('a killed holder frees the lock; its stage is gone and its run abandoned', async () => {
  await using home = await freshDatabase();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'children/lock-holder.ts'), home.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [runId] = await once(createInterface(child.stdout), 'line');
  await using database = await openDatabase({ url: home.url });
  const store = createStore({ database, clock: new SettableClock() });
  await expect(store.openRun(runInput(new SettableClock()))).rejects.toMatchObject({
    holder: { host: 'elsewhere', processId: child.pid, runId: Number(runId) },
  });
  expect(await home.query('select count(*) as n from inventory.staged_backup')).toEqual([{ n: 2500 }]);

  child.kill('SIGKILL');
  await once(child, 'exit');
  let run: OpenRun | undefined;
  for (let waited = 0; run === undefined && waited < 5000; waited += 20) {
    run = await store.openRun(runInput(new SettableClock())).catch(() => sleep(20, undefined));
  }
  expect(run?.runId).toBe(2);
  expect(await home.query('select outcome from inventory.run order by run_id')).toEqual([
    { outcome: 'abandoned' },
    { outcome: null },
  ]);
  expect(await home.query('select count(*) as n from inventory.staged_backup')).toEqual([{ n: 0 }]);
  await run?.[Symbol.asyncDispose]();
});

async function breakLock(query: (text: string) => Promise<unknown>): Promise<void> {
  await query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()`);
}

test('a run whose lock broke is told, commits nothing more, and is fenced out', async () => {
  await using fixture = await freshStore();
  await using zombie = await openRun(fixture);
  await sweep(zombie, fixture.clock, [[backup('a')]]);
  await using stage = await zombie.stage({ projectId, scope: 'database_table_backups' });
  await stage.add([backup('late')]);
  const lost = once(zombie.lost, 'abort');
  await breakLock(fixture.query);
  await lost;
  expect(zombie.lost.reason).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  const input = {
    certificate: certificate(fixture.clock),
    absence: { kind: 'none' },
    anomalies: [],
    counters: [],
  } as const;
  await expect(stage.commit(input)).rejects.toBe(zombie.lost.reason);

  await using _next = await openRun(fixture);
  await expect(zombie.finish(end(fixture.clock), [])).rejects.toMatchObject({ code: 'RUN_FENCED' });
  await expect(zombie.saveProjects([], { exhaustive: true })).rejects.toMatchObject({ code: 'RUN_FENCED' });
  expect(await fixture.query('select backup_id from inventory.backup')).toEqual([{ backup_id: 'a' }]);
});

test('a run that another has abandoned cannot commit, even if it does not know', async () => {
  await using fixture = await freshStore();
  await using run = await openRun(fixture);
  await fixture.query(`update inventory.run set outcome = 'abandoned', finished_at = now()`);
  await expect(sweep(run, fixture.clock, [[backup('a')]])).rejects.toMatchObject({ code: 'RUN_FENCED' });
  expect(await fixture.query('select count(*) as n from inventory.backup')).toEqual([{ n: 0 }]);
});

test('a large stage that somebody reads, as pg_dump does, is emptied all the same', async () => {
  await using home = await freshDatabase();
  await using database = await openDatabase({ url: home.url });
  await using reader = await openDatabase({ url: home.url });
  const clock = new SettableClock();
  const fixture = { clock, store: createStore({ database, clock }), query: home.query };
  const reading = await reader.db.startTransaction().execute();
  {
    await using run = await openRun(fixture);
    await using stage = await run.stage({ projectId, scope: 'instance_backups' });
    await stage.add(Array.from({ length: 30_000 }, (_, n) => backup(`b${n}`, { description: 'x'.repeat(200) })));
    await stage.absence();
    await sql`lock table inventory.staged_backup in access share mode`.execute(reading);
  }
  expect(await fixture.query('select count(*) as n from inventory.staged_backup')).toEqual([{ n: 0 }]);
  await reading.rollback().execute();
  await using _next = await openRun(fixture);
  expect(await fixture.query(`select pg_relation_size('inventory.staged_backup') as bytes`)).toEqual([{ bytes: 0 }]);
});
