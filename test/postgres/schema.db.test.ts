import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { freshDatabase } from '../support/postgres.ts';

const ours = `n.nspname in ('inventory', 'compliance')`;

test('every schema, table, view, column and function has a comment', async () => {
  await using db = await freshDatabase();
  const bare = await db.query<{ what: string }>(`
    select 'schema ' || n.nspname as what from pg_namespace n where ${ours} and obj_description(n.oid, 'pg_namespace') is null
    union all
    select 'relation ' || n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and c.relkind in ('r', 'p', 'v', 'm') and obj_description(c.oid, 'pg_class') is null
    union all
    select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      and col_description(c.oid, a.attnum) is null
    union all
    select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where ${ours} and obj_description(p.oid, 'pg_proc') is null
    order by 1`);
  expect(bare).toEqual([]);
});

test('the schema is the golden one', async () => {
  await using db = await freshDatabase();
  const lines = await db.query<{ line: string }>(`
    select n.nspname || '.' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || case when a.attnotnull then ' not null' else '' end
      || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
      || case when a.attidentity <> '' then ' identity' else '' end as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where ${ours} and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
    union all
    select n.nspname || '.' || r.relname || ': ' || pg_get_constraintdef(c.oid)
    from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_namespace n on n.oid = r.relnamespace
    where ${ours} and c.contype <> 'n'
    union all
    select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace where ${ours}
    union all
    select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace where ${ours} and not t.tgisinternal
    union all
    select 'function ' || p.oid::regprocedure || ' returns ' || pg_get_function_result(p.oid)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours}
    order by 1`);
  await expectGolden('test/golden/schema.txt', `${lines.map(({ line }) => line).join('\n')}\n`);
});

test('the types of the program name the tables and columns that exist', async () => {
  await using db = await freshDatabase();
  const source = await readFile(new URL('../../src/postgres/schema.ts', import.meta.url), 'utf8');
  const columns = (name: string) =>
    [...(source.split(`interface ${name} `)[1]?.split('\n}')[0] ?? '').matchAll(/^ {2}(\w+):/gm)].map(
      ([, column]) => column,
    );
  const state = columns('StateColumns');
  const tables = {
    project: 'Project',
    run: 'Run',
    sweep: 'Sweep',
    anomaly: 'Anomaly',
    quarantine: 'Quarantine',
    counter: 'Counter',
    migration: 'Migration',
    pruning: 'Pruning',
    instance: 'Instance',
    backup: 'Backup',
  };
  for (const [table, type] of Object.entries(tables)) {
    const real = await db.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_schema = 'inventory' and table_name = '${table}'`,
    );
    const typed = [...columns(`${type}Table`), ...(table === 'instance' || table === 'backup' ? state : [])];
    expect([table, typed.toSorted()]).toEqual([table, real.map(({ name }) => name).toSorted()]);
  }
});
