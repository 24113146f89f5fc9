import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { readSqlFiles, type SqlFile, type SqlFiles } from '../../src/postgres/migration-files.ts';
import { migrate, requireCurrentSchema, schemaStatus } from '../../src/postgres/migrator.ts';
import { databaseUrl, freshDatabase } from '../support/postgres.ts';

const file = (name: string, text: string): SqlFile => ({ name, text, checksum: `checksum of ${text}` });

/** The program's first migration and its views, and more. */
async function filesWith(tables: SqlFile[], views: SqlFile[]): Promise<SqlFiles> {
  const own = await readSqlFiles();
  return { tables: [...own.tables.slice(0, 1), ...tables], views: [...own.views.slice(0, 1), ...views] };
}

test('an empty database is brought up to date, and a second migration does nothing', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  expect(await schemaStatus(database)).toMatchObject({ state: 'none', version: 0 });
  await expect(requireCurrentSchema(database)).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' });
  const first = await migrate(database);
  expect(first.applied).toContain('0001_inventory');
  expect(await migrate(database)).toMatchObject({ applied: [] });
  expect(await schemaStatus(database)).toMatchObject({ state: 'current', version: first.version, pending: [] });
  expect(await requireCurrentSchema(database)).toBe(first.version);
});

test('twenty migrations at once make one schema', async () => {
  await using home = await freshDatabase({ migrated: false });
  const results = await Promise.all(
    Array.from({ length: 20 }, async () => {
      await using database = await openDatabase({ url: home.url, maxConnections: 2 });
      return await migrate(database);
    }),
  );
  expect(results.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  expect(new Set(results.map(({ version }) => version)).size).toBe(1);
});

test('a migration that fails leaves nothing behind and says which file it was', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  const files = await filesWith([file('0002_bad', 'create table inventory.half (); select 1 / 0')], []);
  await expect(migrate(database, files)).rejects.toThrow('Migration 0002_bad failed; nothing was changed.');
  expect(await schemaStatus(database, files)).toMatchObject({ state: 'none' });
});

test('a migration whose connection is killed leaves nothing behind', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  const suicide = file('0002_suicide', 'create table inventory.half (); select pg_terminate_backend(pg_backend_pid())');
  await expect(migrate(database, await filesWith([suicide], []))).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  });
  expect(await schemaStatus(database)).toMatchObject({ state: 'none' });
  await migrate(database);
});

test('a schema of a newer program is refused', async () => {
  await using home = await freshDatabase();
  await using database = await openDatabase({ url: home.url });
  await home.query(`insert into inventory.migration values ('9999_future', '', now())`);
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'SCHEMA_NEWER',
    message: expect.stringContaining('9999_future'),
  });
});

test('a migration applied with another content is refused', async () => {
  await using home = await freshDatabase();
  await using database = await openDatabase({ url: home.url });
  await home.query(`update inventory.migration set checksum = 'x' where name = '0001_inventory'`);
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'SCHEMA_FOREIGN',
    message: expect.stringContaining('0001_inventory'),
  });
});

test('a schema called inventory that is not ours is refused', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  await home.query('create schema inventory');
  await expect(migrate(database)).rejects.toMatchObject({ code: 'SCHEMA_FOREIGN' });
});

test('views that change are applied again: in place, or made anew where their columns differ', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  const views = (columns: string) => [
    file(
      'views/80_a',
      `create or replace view inventory.a as select ${columns};
      create or replace function inventory.f() returns setof inventory.a language sql as 'select * from inventory.a'`,
    ),
    file('views/81_b', 'create or replace view inventory.b as select * from inventory.f()'),
  ];
  await migrate(database, await filesWith([], views('1 as x')));
  expect((await migrate(database, await filesWith([], views('2 as x')))).applied).toEqual([
    'views/10_inventory_history',
    'views/80_a',
    'views/81_b',
  ]);
  expect(await home.query('select * from inventory.b')).toEqual([{ x: 2 }]);
  await migrate(database, await filesWith([], views(`'three' as y`)));
  expect(await home.query('select * from inventory.b')).toEqual([{ y: 'three' }]);
  await migrate(database, await filesWith([], []));
  expect(
    await home.query(`select to_regclass('inventory.a') as a, to_regclass('inventory.backup_history') is null as h`),
  ).toEqual([{ a: null, h: false }]);
});

test('a table that changes beneath the views takes them along', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  await migrate(database, await filesWith([], []));
  const wider = file('0002_wider', 'alter table inventory.backup alter column name type varchar(500)');
  expect((await migrate(database, await filesWith([wider], []))).version).toBe(2);
  expect(await home.query('select count(*) as n from inventory.backup_history')).toEqual([{ n: 0 }]);
});

test('a view of somebody else on top of ours stops a change that would drop it, and is named', async () => {
  await using home = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: home.url });
  const view = (column: string) => file('views/80_a', `create or replace view inventory.a as select 1 as ${column}`);
  await migrate(database, await filesWith([], [view('x')]));
  await home.query('create view public.mine as select * from inventory.a');
  await expect(migrate(database, await filesWith([], [view('y')]))).rejects.toThrow(
    /view mine depends on view inventory\.a/,
  );
  expect(await home.query('select * from public.mine')).toEqual([{ x: 1 }]);
});

test('the reader role reads views and the five tables of the contract, and nothing else', async () => {
  await using home = await freshDatabase();
  const readable = await home.query<{ name: string }>(`
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('inventory', 'compliance') and c.relkind in ('r', 'p')
      and has_table_privilege('backup_inventory_reader', c.oid, 'select') order by 1`);
  expect(readable.map(({ name }) => name)).toEqual(
    ['backup', 'instance', 'project', 'run', 'sweep'].map((name) => `inventory.${name}`),
  );
  const unreadable = await home.query(`
    select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('inventory', 'compliance') and c.relkind in ('v', 'm')
      and not has_table_privilege('backup_inventory_reader', c.oid, 'select')`);
  expect(unreadable).toEqual([]);
});

test('the reader role can ask what was believed at an instant', async () => {
  await using home = await freshDatabase();
  await home.query(`do $$ begin create role reader_of_test login password 'reader' in role backup_inventory_reader;
    exception when duplicate_object or unique_violation then null; end $$`);
  const url = Object.assign(new URL(home.url), { username: 'reader_of_test', password: 'reader' }).href;
  await using database = await openDatabase({ url });
  await sql`select * from inventory.backup_as_of(now()), inventory.instance_as_of(now())`.execute(database.db);
  await expect(sql`select * from inventory.backup_past`.execute(database.db)).rejects.toMatchObject({
    code: 'DATABASE_AUTH',
  });
  await expect(sql`delete from inventory.backup`.execute(database.db)).rejects.toMatchObject({ code: 'DATABASE_AUTH' });
});

test('a user who may not create roles migrates, with a note', async () => {
  await using home = await freshDatabase({ migrated: false });
  const name = `owner_${home.name}`;
  await home.query(`create role ${name} login password 'owner'`);
  await home.query(`grant create on database ${home.name} to ${name}`);
  const url = Object.assign(new URL(databaseUrl(home.url, home.name)), { username: name, password: 'owner' }).href;
  {
    await using database = await openDatabase({ url });
    expect((await migrate(database)).applied).not.toEqual([]);
  }
  await home.query(`drop owned by ${name}`);
  await home.query(`drop role ${name}`);
});
