// docs/sql.md and docs/compliance.md: what is generated from the database is current, and every recipe runs.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backup } from '../postgres/inventory-facts.ts';
import { freshStore, openRun, sweep } from '../postgres/inventory-fixture.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { ago, World } from './world.ts';

const page = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
const textOf = (name: string) => readFileSync(page(name), 'utf8');
const recipes = [...textOf('sql.md').matchAll(/^### (\d+)\. (.+)\n\n```sql\n([\s\S]+?)```/gm)].map(
  ([, number = '', title = '', sql = '']) => ({ number, title, sql }),
);

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
  const now = new Date().toISOString();
  const before = (span: string) => ago(span, now);
  const world = new World(db);
  await world.objective();
  await world.exemption({ instance: 'scratch*', expires: before('-30 d') });
  await world.project('p1', { name: 'prod' });
  await world.instance('p1', { id: 'i1', name: 'orders' });
  await world.instance('p1', { id: 'i2', name: 'scratch' });
  await world.instance('p1', { id: 'i3', name: 'legacy', retired: before('3 d'), changed: before('3 d') });
  for (let day = 0; day < 5; day += 1) await world.backup('p1', { instance: 'i1', begin: before(`${day + 2} d 2 h`) });
  await world.backup('p1', { instance: 'i1', begin: before('1 d'), status: 'FAILED' });
  await world.backup('p1', { instance: 'i3', begin: before('9 d'), type: 'manual' });
  await world.backup('p1', {
    instance: 'i1',
    begin: before('5 d'),
    missing: before('3 d'),
    retired: before('2 d'),
    reason: 'early',
  });
  await world.backup('p1', { instance: 'i1', begin: before('4 h'), end: before('3 h'), status: 'FAILED' });
  for (let hours = 240; hours > 0; hours -= 6) await world.sweeps('p1', before(`${hours} h`));
  await world.sweeps('p1', before('5 min'));
}, 60_000);
afterAll(() => db[Symbol.asyncDispose]());

test('there are at least fifteen recipes, numbered in order', () => {
  expect(recipes.length).toBeGreaterThanOrEqual(15);
  expect(recipes.map(({ number }) => Number(number))).toEqual(recipes.map((_, index) => index + 1));
});

test.each(recipes)('recipe $number runs and answers: $title', async ({ sql }) => {
  expect((await db.query(sql)).length).toBeGreaterThan(0);
});

test('a certificate is computed again by its recipe', async () => {
  await using fixture = await freshStore();
  await using run = await openRun(fixture);
  const ids = ['b2', 'B1', 'ä', 'b10'];
  await sweep(run, fixture.clock, [ids.map((id) => backup(id))], { certificate: { distinctIds: ids.length } });
  const recipe = recipes.find(({ title }) => title.includes('digest again'));
  const [row] = await fixture.query<{ ids_digest: string; digest_of_the_copy: string }>(recipe?.sql ?? '');
  expect(row?.digest_of_the_copy).toBe(row?.ids_digest);
  expect(row?.ids_digest).toMatch(/^[0-9a-f]{64}$/);
});

test('the relations of docs/sql.md are those of the database', async () => {
  const columns = await db.query<{
    relation: string;
    about: string;
    column: string;
    type: string;
    meaning: string | null;
    kind: string;
  }>(`
    select n.nspname || '.' || c.relname as relation, obj_description(c.oid, 'pg_class') as about, a.attname as column,
      format_type(a.atttypid, a.atttypmod) as type, col_description(c.oid, a.attnum) as meaning, c.relkind as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where (n.nspname in ('inventory', 'compliance') and c.relkind = 'v')
      or (n.nspname = 'inventory' and c.relname in ('project', 'instance', 'backup', 'run', 'sweep'))
    order by n.nspname desc, c.relname collate "C", a.attnum`);
  const functions = await db.query<{ name: string; about: string }>(`
    select n.nspname || '.' || p.proname || '(' || pg_get_function_arguments(p.oid) || ')' as name, obj_description(p.oid, 'pg_proc') as about
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('inventory', 'compliance') and p.prorettype <> 'trigger'::regtype
    order by n.nspname desc, p.proname collate "C"`);
  const relations = Map.groupBy(columns, ({ relation }) => relation);
  // The thirteen controls have the columns of compliance.finding: one table for all.
  const controls = [...relations.keys()].filter((name) => name.startsWith('compliance.control_'));
  const sections = [...relations]
    .filter(([name]) => !controls.includes(name))
    .map(([name, rows]) => {
      const table = rows.map(
        ({ column, type, meaning }) =>
          `| \`${column}\` | ${type.replace('timestamp with time zone', 'timestamptz')} | ${cell(meaning)} |`,
      );
      return `### ${name}\n\n${rows[0]?.about}\n\n| Column | Type | Meaning |\n|---|---|---|\n${table.join('\n')}`;
    });
  const views = controls.map((name) => `- \`${name}\`: ${relations.get(name)?.[0]?.about}`);
  const list = functions.map(
    ({ name, about }) => `- \`${name.replaceAll('timestamp with time zone', 'timestamptz')}\`: ${about}`,
  );
  current(
    'sql.md',
    'relations',
    [
      ...sections,
      `### Controls\n\nEach has the columns of \`compliance.finding\`.\n\n${views.join('\n')}`,
      `### Functions\n\n${list.join('\n')}`,
    ].join('\n\n'),
  );
});

test('every column of a view has a meaning', async () => {
  const bare = await db.query(`
    select c.oid::regclass::text || '.' || a.attname as column
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ('inventory', 'compliance') and c.relkind = 'v' and col_description(c.oid, a.attnum) is null`);
  expect(bare).toEqual([]);
});

test('the controls and reasons of docs/compliance.md are those of the database', async () => {
  const controls = await db.query<Record<string, string>>('select * from compliance.control order by control_id');
  const reasons = await db.query<Record<string, string>>(
    'select * from compliance.reason order by reason_code collate "C"',
  );
  const rows = controls.map(
    (one) => `| ${one.control_id} | ${one.control_version} | \`compliance.control_${one.slug}\` | ${one.question} |`,
  );
  current(
    'compliance.md',
    'controls',
    `## Controls\n\n| Id | Version | View | Question |\n|---|---|---|---|\n${rows.join('\n')}`,
  );
  const codes = reasons.map((one) => `| \`${one.reason_code}\` | ${one.verdict} | ${cell(one.sentence ?? '')} |`);
  current(
    'compliance.md',
    'reasons',
    `## Reason codes\n\n| Code | Verdict | Says |\n|---|---|---|\n${codes.join('\n')}`,
  );
});

test('every reason that a control can give is known, and every known one can be given', async () => {
  const functions = await db.query<{ source: string }>(
    `select prosrc as source from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'compliance' and (proname like 'control\\_%\\_at' or proname in ('settle', 'basis_at'))`,
  );
  const text = functions.map(({ source }) => source).join('\n');
  const given = new Set(
    [...text.matchAll(/(?:then|else) (?:case when c\.exempt > 0 then )?'([a-z_]+)'/g)].map(([, code]) => code),
  );
  for (const [, code] of text.matchAll(/else '([a-z_]+)' end end?/g)) given.add(code);
  const known = (await db.query<{ code: string }>('select reason_code as code from compliance.reason')).map(
    ({ code }) => code,
  );
  for (const noReason of ['seconds', 'backups', 'bytes', 'days']) given.delete(noReason);
  expect([...given].filter((code) => code !== undefined && !known.includes(code))).toEqual([]);
  expect(known.filter((code) => !given.has(code))).toEqual([]);
});

function cell(text: string | null): string {
  return (text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Compares what stands between the marks of a page; `npm run golden` rewrites it. */
function current(name: string, part: string, expected: string): void {
  const marks = new RegExp(`(<!-- generated: ${part} -->\n)([\\s\\S]*?)(<!-- end -->)`);
  const text = textOf(name);
  if (process.env.UPDATE_GOLDEN) {
    writeFileSync(
      page(name),
      text.replace(marks, (_, start, __, end) => `${start}\n${expected}\n\n${end}`),
    );
  }
  const found = marks.exec(textOf(name))?.[2];
  expect(found, `docs/${name} differs; if that is meant, run \`npm run golden\` and review the diff`).toBe(
    `\n${expected}\n\n`,
  );
}
