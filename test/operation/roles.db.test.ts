import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { databaseUrl } from '../support/postgres.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { startSimulatedCloud } from '../support/simulated-cloud.ts';

const script = readFileSync(new URL('../../scripts/create-roles.sql', import.meta.url), 'utf8');
const roles = ['owner', 'writer', 'server', 'reader'] as const;

/** The script as an administrator runs it, and passwords for everybody. Roles belong to a server: it is one of its own. */
async function createRoles(server: PostgresServer, database: string): Promise<void> {
  await ask(databaseUrl(server.url, database), script);
  for (const role of roles) {
    await ask(
      databaseUrl(server.url, database),
      `alter role backup_inventory_${role} login password '${role}-password'`,
    );
  }
}

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(text);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}

function as(role: string, server: PostgresServer, database: string): string {
  const url = new URL(databaseUrl(server.url, database));
  return Object.assign(url, { username: `backup_inventory_${role}`, password: `${role}-password` }).href;
}

const mayAnalyse = `select has_table_privilege('inventory.backup', 'maintain') as may`;

/** SQLSTATE of a refused statement; null where it is allowed. */
async function refusal(url: string, text: string): Promise<string | null> {
  return await ask(url, text).then(
    () => null,
    (error: { code: string }) => error.code,
  );
}

test('each role can do its work and no more', async () => {
  await using cloud = await startSimulatedCloud(['--projects', '1', '--instances', '4', '--days', '10']);
  await using server = await startPostgres();
  await ask(server.url, 'create database inventory');
  await createRoles(server, 'inventory');
  await createRoles(server, 'inventory'); // again: nothing breaks
  const url = (role: string) => as(role, server, 'inventory');

  const migrated = await runProgram(['-c', await cloud.configFile(url('owner')), 'migrate']);
  expect(migrated).toMatchObject({ code: 0, stdout: expect.not.stringContaining('note:') });

  const writer = await cloud.configFile(url('writer'), { extra: 'retention: { keep: 400d }' });
  for (let run = 0; run < 2; run += 1) {
    expect(await runProgram(['-c', writer, 'sync', '--json'], { timeoutMs: 60_000 })).toMatchObject({ code: 0 });
  }
  expect(await ask(url('writer'), 'select count(*)::int as n from inventory.pruning')).toEqual([{ n: 1 }]);
  const prune = ['-c', writer, 'prune', '--older-than', '30d'];
  expect(await runProgram(prune)).toMatchObject({ code: 0 });

  const serverFile = await cloud.configFile(url('server'), { extra: 'http: { host: 127.0.0.1, port: 0 }' });
  await using serving = startProgram(['-c', serverFile, 'serve', '--no-schedule'], { timeoutMs: 60_000 });
  const [, port] = await serving.waitFor(/"port":(\d+).*listening/);
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  await expect.poll(ready, { timeout: 20_000 }).toBe(200);

  expect(await ask(url('writer'), mayAnalyse)).toEqual([{ may: true }]);
  const denied = '42501';
  const insert = `insert into inventory.project values ('p', 'n', 'r', 'e', true, now(), now())`;
  expect(await refusal(url('writer'), 'create table inventory.mine (id int)')).toBe(denied);
  expect(await refusal(url('writer'), 'drop view compliance.finding')).toBe(denied);
  expect(await refusal(url('server'), insert)).toBe(denied);
  expect(await refusal(url('server'), 'delete from inventory.counter')).toBe(denied);
  expect(await refusal(url('reader'), insert)).toBe(denied);

  const readable = ['project', 'instance', 'backup', 'run', 'sweep', 'backup_history', 'history_limit'];
  for (const name of readable) expect(await refusal(url('reader'), `select from inventory.${name}`)).toBeNull();
  expect(await refusal(url('reader'), 'select from compliance.finding')).toBeNull();
  expect(await refusal(url('reader'), 'select from inventory.backup_as_of(now())')).toBeNull();
  const hidden = await ask(
    server.url.replace(/postgres$/, 'inventory'),
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('inventory', 'compliance') and c.relkind in ('r', 'p')
       and c.oid::regclass::text not in ('inventory.project', 'inventory.instance', 'inventory.backup', 'inventory.run', 'inventory.sweep')`,
  );
  expect(hidden.length).toBeGreaterThan(8);
  for (const { name } of hidden)
    expect([name, await refusal(url('reader'), `select from ${name}`)]).toEqual([name, denied]);
}, 240_000);

test('the script may come after the schema: what is there becomes the owner’s', async () => {
  await using server = await startPostgres();
  await ask(server.url, 'create database inventory');
  const folder = await mkdtemp(join(tmpdir(), 'roles-'));
  try {
    const file = join(folder, 'config.yaml');
    await writeFile(file, `database: { url: ${JSON.stringify(databaseUrl(server.url, 'inventory'))} }\n`);
    expect(await runProgram(['-c', file, 'migrate'])).toMatchObject({ code: 0 });
    await createRoles(server, 'inventory');
    const owned = await ask(
      as('owner', server, 'inventory'),
      `
      select count(*)::int as n from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('inventory', 'compliance') and c.relkind in ('r', 'v') and c.relowner <> 'backup_inventory_owner'::regrole`,
    );
    expect(owned).toEqual([{ n: 0 }]);
    const owner = join(folder, 'owner.yaml');
    await writeFile(owner, `database: { url: ${JSON.stringify(as('owner', server, 'inventory'))} }\n`);
    // As if views had changed: they are all made again, by the owner.
    await ask(
      as('owner', server, 'inventory'),
      "update inventory.migration set checksum = 'x' where name like 'views/%'",
    );
    expect(await runProgram(['-c', owner, 'migrate'])).toMatchObject({ code: 0 });
    expect(await refusal(as('server', server, 'inventory'), 'select from compliance.finding')).toBeNull();
    expect(await refusal(as('writer', server, 'inventory'), 'truncate inventory.quarantine')).toBeNull();
    expect(await ask(as('writer', server, 'inventory'), mayAnalyse)).toEqual([{ may: true }]);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

test('an administrator without superuser rights can run the script, as on managed servers', async () => {
  await using server = await startPostgres();
  await ask(server.url, "create role admin login createrole password 'admin-password'");
  await ask(server.url, 'create database inventory owner admin');
  const url = new URL(databaseUrl(server.url, 'inventory'));
  const admin = Object.assign(url, { username: 'admin', password: 'admin-password' }).href;
  for (const _again of [1, 2]) await ask(admin, script);
  await ask(admin, "alter role backup_inventory_owner password 'owner-password'");
  const env = { DATABASE_URL: as('owner', server, 'inventory') };
  expect(await runProgram(['migrate'], { env })).toMatchObject({
    code: 0,
    stdout: expect.not.stringContaining('note:'),
  });
  await ask(admin, script);
  const granted = await ask(
    server.url.replace(/postgres$/, 'inventory'),
    `select has_table_privilege('backup_inventory_writer', 'inventory.backup', 'update') as writes,
       has_table_privilege('backup_inventory_server', 'inventory.counter', 'select') as reads,
       has_table_privilege('backup_inventory_reader', 'compliance.finding', 'select') as sees`,
  );
  expect(granted).toEqual([{ writes: true, reads: true, sees: true }]);
}, 90_000);

test('a user who may not write gets a clear message, not a stack', async () => {
  await using server = await startPostgres();
  await ask(server.url, 'create database inventory');
  await createRoles(server, 'inventory');
  const env = { DATABASE_URL: as('server', server, 'inventory') };
  const refused = await runProgram(['migrate'], { env });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/DATABASE_AUTH.*may not do this.*owner of the schema/s);
}, 60_000);
