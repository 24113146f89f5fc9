// SQL: foreign text is data in every statement, and the reader's role reads views, the five tables of the contract, and
// nothing else.

import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli.ts';
import { SecretRegistry } from '../../src/secret.ts';
import { difference, none } from '../support/audit.ts';
import { freshDatabase } from '../support/postgres.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';

const injections = [
  "'; drop table inventory.backup; --",
  "' or '1'='1",
  '$$; drop schema inventory cascade; $$',
  "\\'; select pg_sleep(60); --",
  '"; drop table inventory.sweep; --',
  "'||(select pg_sleep(60))||'",
  "UTC'; drop table inventory.run; --",
  "2026-01-01'; delete from inventory.backup; --",
  '%',
  '_',
  '*',
  '\\',
];

async function printed(story: Story, argv: string[]): Promise<{ code: number; text: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream.on('data', (piece: Buffer) => {
      text += piece;
    });
  }
  const { signal } = new AbortController();
  const code = await runProgram({
    argv: ['-c', story.file, ...argv],
    env: {},
    stdout,
    stderr,
    signal,
    secrets: new SecretRegistry(),
  });
  await new Promise(setImmediate);
  return { code, text };
}

describe('foreign text', () => {
  test('of any kind in names, ids and descriptions is stored as it is', async () => {
    await using story = await beginStory({ cloud: { instances: 2, days: 3 } });
    const [projectId = ''] = story.simulator.projectIds;
    const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), { numRuns: 150, seed: 3 });
    const usable = texts.filter((text) => text.isWellFormed() && !text.includes('\0'));
    for (const [index, text] of [...injections, ...usable].entries()) {
      story.simulator.control.insertBackup({
        projectId,
        id: `${index}${text}`,
        name: text,
        description: text,
        status: text,
      });
      story.simulator.control.insertInstance({ projectId, name: text, instanceId: `${index}${text}`, status: text });
    }
    story.pass(hourMs);
    expect((await story.run()).exitCode).toBe(0);
    const truths = new Map([[projectId, story.simulator.truth(projectId)]]);
    expect(await difference(story.query, truths)).toEqual(none);
    // Again, and gone: the same texts as keys of look-ups, strikes and retirements.
    for (const { id } of story.simulator.truth(projectId).instance_backups.slice(0, 30)) {
      story.simulator.control.deleteBackup({ projectId, backupId: id });
    }
    for (let run = 0; run < 2; run += 1) {
      story.pass(hourMs);
      expect((await story.run()).exitCode).toBe(0);
    }
    expect(await difference(story.query, new Map([[projectId, story.simulator.truth(projectId)]]))).toEqual(none);
  }, 60_000);

  test('in parameters of commands is a value, an unknown one, or refused', async () => {
    await using story = await beginStory({ cloud: { instances: 2, days: 3 } });
    await story.run();
    const [before] = await story.query('select count(*) as n from inventory.backup');
    const startedMs = performance.now();
    for (const text of injections) {
      for (const args of [
        ['explain', text],
        ['explain', 'x', '--project', text],
        ['report', text],
        ['report', 'coverage_calendar', '--time-zone', text],
        ['report', 'coverage_calendar', '--from', text, '--to', text],
        ['report', 'rules', '--as-of', text],
        ['sync', '--project', text],
        ['check', '--as-of', text],
      ]) {
        const { code, text: said } = await printed(story, args);
        expect([1, 2], `${args.join(' ')}: ${said}`).toContain(code);
        expect(said, args.join(' ')).not.toMatch(/syntax error|42601|unterminated/);
      }
    }
    expect(performance.now() - startedMs).toBeLessThan(60_000); // nothing slept in the database
    expect(await story.query('select count(*) as n from inventory.backup')).toEqual([before]);
  }, 120_000);

  test('in objectives and exemptions of the configuration is a pattern, not SQL', async () => {
    const quoted = (text: string) => JSON.stringify(text);
    const rules = injections
      .filter((text) => !/[\\[\]{}]|\*\*/.test(text))
      .map(
        (text) =>
          `  - { match: { instance: ${quoted(text)}, project: ${quoted(text)}, datastore: ${quoted(text)} }, rpo: 1h }`,
      );
    await using story = await beginStory({
      cloud: { instances: 2, days: 3 },
      extra: ['objectives:', ...rules].join('\n'),
    });
    expect((await story.run()).exitCode).toBe(0);
    const held = await story.query<{ n: number }>('select count(*)::int as n from compliance.objective');
    expect(held).toEqual([{ n: rules.length }]);
    expect(await story.query('select * from compliance.finding limit 1')).toHaveLength(1);
  });
});

describe('the role of readers', () => {
  test('reads every view and the five tables, calls functions, and can do nothing else', async () => {
    await using database = await freshDatabase();
    const name = `reader_${process.pid}`;
    await database.query(`create role ${name} login password 'reader' in role backup_inventory_reader`);
    const url = Object.assign(new URL(database.url), { username: name, password: 'reader' }).href;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const refused = async (statement: string): Promise<string | null> =>
      await client.query(statement).then(
        () => null,
        (error: { code: string }) => error.code,
      );
    try {
      const relations = await database.query<{ name: string; kind: string }>(`
        select c.oid::regclass::text as name, c.relkind::text as kind from pg_class c
        where c.relnamespace in ('inventory'::regnamespace, 'compliance'::regnamespace) and c.relkind in ('r', 'v', 'm')`);
      const open = ['project', 'instance', 'backup', 'run', 'sweep'].map((table) => `inventory.${table}`);
      let views = 0;
      for (const { name: relation, kind } of relations) {
        const readable = kind !== 'r' || open.includes(relation);
        if (kind !== 'r') views += 1;
        expect(await refused(`select * from ${relation} limit 1`), relation).toBe(readable ? null : '42501');
        for (const statement of [
          `delete from ${relation}`,
          `insert into ${relation} default values`,
          `truncate ${relation}`,
          `alter table ${relation} rename to stolen`,
          `drop view if exists ${relation}`,
        ]) {
          expect(['42501', '42809', '55000'], `${statement} as reader`).toContain(await refused(statement));
        }
      }
      expect(views).toBeGreaterThan(30);
      for (const statement of [
        'create table inventory.mine (n int)',
        'create view compliance.mine as select 1',
        'create schema mine',
        'create extension dblink',
        'create role other',
        `alter role ${name} superuser`,
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
        'set role postgres',
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' limit 1",
      ]) {
        expect(await refused(statement), statement).not.toBeNull();
      }
      const definers = await database.query(`
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace in ('inventory'::regnamespace, 'compliance'::regnamespace) and p.prosecdef`);
      expect(definers).toEqual([]); // no function lends its maker's rights
      expect(await refused('select count(*) from compliance.finding_at(now())')).toBeNull();
    } finally {
      await client.end();
      await database.query(`drop role ${name}`);
    }
  });
});
