import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { createStore } from '../../src/postgres/store.ts';
import { freshDatabase } from '../support/postgres.ts';
import { backup, certificate, projectId, runInput, SettableClock } from './inventory-facts.ts';
import { freshStore, openRun, runOnce, sweep } from './inventory-fixture.ts';

test('an unchanged list of many writes no tuple of inventory.backup or its history, and next to no WAL', async () => {
  await using home = await freshDatabase();
  const clock = new SettableClock();
  const list = Array.from({ length: 5000 }, (_, n) => backup(`b${n}`));
  /** WAL written by the commit. The connections are closed after it: backends tell their counts at the latest then. */
  const store = async (): Promise<number> => {
    await using database = await openDatabase({ url: home.url });
    await using run = await openRun({ clock, store: createStore({ database, clock }) });
    await using stage = await run.stage({ projectId, scope: 'instance_backups' });
    await stage.add(list);
    await stage.absence();
    const [start] = await home.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    const absence = { kind: 'judged' as const, verdicts: [] };
    await stage.commit({ certificate: certificate(clock), absence, anomalies: [], counters: [] });
    const wal = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${start?.lsn}')::float8 as bytes`;
    return (await home.query<{ bytes: number }>(wal))[0]?.bytes ?? Number.NaN;
  };
  const sessions = () =>
    home.query(`select pid from pg_stat_activity
      where datname = current_database() and application_name = 'backup-inventory'`);
  const written = async () => {
    await expect.poll(sessions).toEqual([]);
    return home.query(`select relname, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup from pg_stat_user_tables
      where schemaname = 'inventory' and relname in ('backup', 'backup_past') order by 1`);
  };
  await store();
  const before = await written();
  expect(before).toMatchObject([{ n_tup_ins: 5000 }, { n_tup_ins: 0 }]);
  expect(await store()).toBeLessThan(list.length * 4); // the certificate and its counters; nothing per row
  expect(await written()).toEqual(before);
});

test('a connection that is terminated in mid-merge leaves nothing of the scope, and the next run is exact', async () => {
  await using fixture = await freshStore();
  await runOnce(fixture, [[backup('a')]]);
  await fixture.query(`create function public.kill_me() returns trigger language plpgsql as $$
    begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$`);
  await fixture.query('create trigger kill_me after insert on inventory.sweep execute function public.kill_me()');
  await expect(runOnce(fixture, [[backup('a', { sizeBytes: 7 }), backup('b')]])).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  });
  expect(await fixture.query('select backup_id, size_bytes from inventory.backup_history')).toEqual([
    { backup_id: 'a', size_bytes: 1024 },
  ]);
  await fixture.query('drop trigger kill_me on inventory.sweep');
  expect(await runOnce(fixture, [[backup('a', { sizeBytes: 7 }), backup('b')]])).toMatchObject({
    inserted: 1,
    updated: 1,
  });
});

test('a sweep is refused when another run has committed its scope while it was under way', async () => {
  await using fixture = await freshStore();
  await using one = await openRun(fixture, { shard: '0/2' });
  await using other = await openRun(fixture, { shard: '0/3' });
  await using stage = await one.stage({ projectId, scope: 'instance_backups' });
  await stage.add([backup('a', { name: 'old' })]);
  await sweep(other, fixture.clock, [[backup('a', { name: 'new' })]]);
  const input = {
    certificate: certificate(fixture.clock),
    absence: { kind: 'none' },
    anomalies: [],
    counters: [],
  } as const;
  await expect(stage.commit(input)).rejects.toMatchObject({ code: 'SWEEP_SUPERSEDED' });
  expect(await fixture.query('select name from inventory.backup')).toEqual([{ name: 'new' }]);
});

test('two runs that commit at once take turns', async () => {
  await using fixture = await freshStore();
  const shards = Array.from({ length: 4 }, (_, n) => n);
  const results = await Promise.all(
    shards.map(async (n) => {
      await using run = await openRun(fixture, { shard: `${n}/4` });
      await run.saveProjects([{ projectId: `project-${n}`, name: 'n', region: 'r', endpoint: 'e' }], {
        exhaustive: false,
      });
      await using stage = await run.stage({ projectId: `project-${n}`, scope: 'instance_backups' });
      await stage.add(Array.from({ length: 500 }, (_, id) => backup(`b${id}`)));
      return await stage.commit({
        certificate: certificate(fixture.clock),
        absence: { kind: 'none' },
        anomalies: [],
        counters: [],
      });
    }),
  );
  expect(results.map(({ inserted }) => inserted)).toEqual([500, 500, 500, 500]);
  expect(new Set(results.map(({ committedAt }) => committedAt.getTime())).size).toBe(4);
});

test('projects are added, changed, and marked when no longer configured', async () => {
  await using fixture = await freshStore();
  const input = runInput(fixture.clock);
  await using run = await fixture.store.openRun(input);
  const project = (id: string, name = id) => ({ projectId: id, name, region: 'r', endpoint: 'e' });
  await run.saveProjects([project('a'), project('b')], { exhaustive: true });
  await run.saveProjects([project('b', 'new name'), project('c')], { exhaustive: false });
  await run.saveProjects([project('b', 'new name'), project('c')], { exhaustive: true });
  expect(await fixture.query('select project_id, name, configured from inventory.project order by 1')).toEqual([
    { project_id: 'a', name: 'a', configured: false },
    { project_id: 'b', name: 'new name', configured: true },
    { project_id: 'c', name: 'c', configured: true },
  ]);
});
