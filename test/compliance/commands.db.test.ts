// report, check, explain and verify as a user calls them, in this process, with a clock that stands still.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli.ts';
import { openDatabase } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrator.ts';
import { SecretRegistry } from '../../src/secret.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { ago, now, World } from './world.ts';

let good: TestDatabase;
let bad: TestDatabase;
let stale: TestDatabase;
let empty: TestDatabase;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'backup-inventory-commands-'));
  good = await migrated();
  const world = new World(good);
  await world.freshness(3 * 3600);
  await world.objective();
  await world.project('p1', { name: 'prod' });
  await world.project('p2', { name: 'staging' });
  for (const project of ['p1', 'p2']) {
    await world.instance(project, { id: `${project}-1`, name: 'orders' });
    await world.backups(project, 9, { instance: `${project}-1` });
    for (let hours = 24 * 9 + 1; hours > 0; hours -= 8) await world.sweeps(project, ago(`${hours} h`));
    await world.sweeps(project, ago('30 min'));
  }
  bad = await migrated();
  const worse = new World(bad);
  await worse.freshness(3 * 3600);
  await worse.objective();
  await worse.project('p1', { name: 'prod' });
  await worse.instance('p1', { id: 'i1', name: 'esc\u001b[31m' });
  await worse.exemption({ instance: 'esc*', control: 'BK-02', expires: ago('-30 d') });
  await worse.sweeps('p1', ago('30 min'));
  stale = await migrated();
  const older = new World(stale);
  await older.freshness(1800);
  await older.objective();
  await older.project('p1');
  await older.instance('p1', { id: 'i1', keepDays: 30 });
  await older.sweeps('p1', ago('31 min'));
  empty = await migrated();
}, 120_000);
afterAll(async () => {
  for (const db of [good, bad, stale, empty]) await db[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

/** Migrated by the program, so that its own log of migrations is there. */
async function migrated(): Promise<TestDatabase> {
  const db = await freshDatabase({ migrated: false });
  await using database = await openDatabase({ url: db.url });
  await migrate(database);
  return db;
}

async function run(db: TestDatabase, ...argv: string[]) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const [out, err] = [collected(streams.stdout), collected(streams.stderr)];
  const code = await runProgram({
    argv,
    env: { DATABASE_URL: db.url },
    ...streams,
    signal: new AbortController().signal,
    secrets: new SecretRegistry(),
    clock: { now: () => new Date(now), sleep: () => Promise.resolve() },
  });
  return { code, stdout: out(), stderr: err() };
}

function collected(stream: PassThrough): () => string {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString();
}

describe('check', () => {
  test('0: all hold', async () => {
    const { code, stdout } = await run(good, 'check');
    expect(stdout).toMatch(
      /^26 findings from readings committed up to 2026-03-20T11:31:00Z: 24 COMPLIANT, 0 NON_COMPLIANT, 0 UNKNOWN, 0 EXEMPT, 2 NOT_APPLICABLE\n$/,
    );
    expect(code).toBe(0);
  });

  test('6: one does not, and the sentence says why', async () => {
    const { code, stdout } = await run(bad, 'check');
    expect(code).toBe(6);
    expect(stdout).toContain(
      'NON_COMPLIANT  BK-07  prod / esc: The instance has no completed backup, 292 d after its creation.',
    );
    expect(stdout).not.toContain('\u001b');
  });

  test('7: none fails, some are unknown', async () => {
    const { code, stdout } = await run(stale, 'check');
    expect(stdout).toContain('UNKNOWN        BK-01  p1 / i1: The newest certified reading began 2026-03-20T11:29:00Z.');
    expect(code).toBe(7);
  });

  test('7: nothing was ever read', async () => {
    expect(await run(empty, 'check')).toMatchObject({ code: 7, stdout: expect.stringContaining('not observed') });
  });

  test('7: an instant before anything was read', async () => {
    expect((await run(good, 'check', '--as-of', '2026-01-01')).code).toBe(7);
  });

  test('only some controls or projects, as JSON', async () => {
    const one = await run(bad, 'check', '--control', 'BK-02', 'BK-13', '--json');
    expect(one.code).toBe(0);
    expect(JSON.parse(one.stdout)).toMatchObject({
      exitCode: 0,
      observed: true,
      counts: { EXEMPT: 1, COMPLIANT: 1 },
      findings: [],
    });
    expect((await run(good, 'check', '--project', 'staging')).stdout).toMatch(/^13 findings/);
  });

  test.each([
    [['--control', 'BK-99'], /no such control.*BK-01, BK-02/],
    [['--project', 'nope'], /no such project/],
    [['--as-of', '2026-02-30'], /no day 2026-02-30/],
  ])('%j is refused', async (options, message) => {
    const { code, stderr } = await run(good, 'check', ...options);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('explain', () => {
  test('says rule, inputs, objective, backups, reading and the sentence', async () => {
    const { code, stdout } = await run(good, 'explain', 'p1-1', '--control', 'BK-01');
    expect(code).toBe(0);
    expect(stdout.replace(/run \d+/, 'run N')).toBe(`orders (p1-1) in prod: live
objective: RPO 26 h, retention 7 d, 3 copies, manual backups count; objectives[0] of configuration digest, set by dba@host, in force since 2025-01-01T00:00:00Z

BK-01 Recovery point: COMPLIANT
  The newest completed backup ended 1 h 30 min before; allowed: 26 h.
  rule      Is the newest completed backup within the RPO? (version 1, reason within_rpo)
  measured  1 h 30 min; threshold 26 h; judged at 2026-03-20T12:00:00Z
  backup    b00001: auto, COMPLETED, begun 2026-03-20T10:00:00Z, ended 2026-03-20T10:30:00Z, 977 KiB
  reading   run N, instance_backups, certified: begun 2026-03-20T11:30:00Z, 1 page, 1 ids of 1 reported, digest digest
`);
  });

  test('says whose exemption it is', async () => {
    const { stdout } = await run(bad, 'explain', 'i1', '--control', 'BK-02');
    expect(stdout).toContain('BK-02 Policy on: EXEMPT');
    expect(stdout).toContain(
      'exempt    until 2026-04-19T12:00:00Z, by dba@example.org: rebuilt nightly (configuration digest)',
    );
  });

  test('as JSON has all thirteen controls', async () => {
    const { stdout } = await run(good, 'explain', 'orders', '--project', 'staging', '--json');
    const told = JSON.parse(stdout) as { instance: object; findings: { controlId: string; sentence: string }[] };
    expect(told.instance).toMatchObject({ instanceId: 'p2-1', projectName: 'staging', state: 'live' });
    expect(told.findings).toHaveLength(13);
    expect(told.findings.every(({ sentence }) => sentence.length > 0 && !sentence.includes('{'))).toBe(true);
  });

  test.each([
    [['nope'], /No instance has the id or name "nope"/],
    [['orders'], /more than one instance[\s\S]*p1-1 in prod \(p1\), live[\s\S]*p2-1 in staging/],
    [['orders', '--project', 'other'], /in project other/],
    [['p1-1', '--control', 'BK-99'], /no such control/],
    [
      ['p1-1', '--as-of', '2026-01-01'],
      /BK-13 Monitoring: UNKNOWN\n {2}No reading of the needed list was ever certified/,
    ],
  ])('%j is refused or says that nothing is known', async (words, message) => {
    const { code, stdout, stderr } = await run(good, 'explain', ...words);
    expect(stdout + stderr).toMatch(message);
    expect([0, 2]).toContain(code);
  });
});

describe('report', () => {
  test('without a name lists the reports', async () => {
    const { code, stdout } = await run(empty, 'report');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'coverage_calendar    period   Was every instance backed up on every day, and how is that known?',
    );
  });

  test.each(['table', 'csv', 'json', 'ndjson', 'html'])('as %s is the same bytes twice', async (format) => {
    const options = ['report', 'resource_compliance', '--as-of', '2026-03-20T11:45:00Z', '--format', format];
    const [one, other] = [await run(good, ...options), await run(good, ...options)];
    expect(one.code).toBe(0);
    expect(one.stdout.length).toBeGreaterThan(100);
    expect(other).toEqual(one);
  });

  test('to a file whose name says the format', async () => {
    const file = join(home, 'summary.json');
    expect(await run(good, 'report', 'coverage_summary', '--output', file)).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveLength(2);
  });

  test('of an instant before anything was read answers so, in the format, and ends with 2', async () => {
    const { code, stdout, stderr } = await run(
      good,
      'report',
      'population',
      '--as-of',
      '2026-01-01',
      '--format',
      'json',
    );
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject([{ state: 'not_observed', earliest: '2026-03-11T11:01:00Z' }]);
    expect(stderr).toContain('not observed: nothing had been read at 2026-01-02T00:00:00Z');
    expect((await run(empty, 'report', 'population')).stderr).toContain('no run has read anything yet');
  });

  test('of a period that begins before the inventory does says from when it can know', async () => {
    const note = 'The inventory begins at 2026-03-11T11:00:00Z, with its first certified reading: ';
    const early = ['report', 'backup_jobs', '--from', '2026-03-11', '--to', '2026-03-19'];
    expect(await run(good, ...early)).toMatchObject({ code: 0, stdout: expect.stringContaining(note), stderr: '' });
    const json = await run(good, ...early, '--format', 'json');
    expect(json).toMatchObject({ code: 0, stderr: expect.stringContaining(note) });
    expect(JSON.parse(json.stdout).length).toBeGreaterThan(0);
    const later = await run(good, 'report', 'backup_jobs', '--from', '2026-03-12', '--to', '2026-03-19');
    expect(later.stdout + later.stderr).not.toContain('The inventory begins');
  });

  test.each([
    [['nope'], /There is no report "nope"/],
    [['population', '--time-zone', 'Mars/Olympus'], /no time zone/],
    [['population', '--from', '2026-02-30'], /no day/],
    [['population', '--format', 'xml'], /give one of table, csv/],
    [['population', '--sign-key', 'x'], /for --evidence/],
    [['population', '--evidence', 'x'], /leave the name out/],
    [['--evidence', 'x', '--format', 'csv'], /leave --format/],
    [['--evidence', 'x', '--sign-key', '/nowhere'], /cannot be read/],
    [['population', '--output', '/nowhere/x.csv'], /cannot be written there/],
  ])('%j is refused', async (words, message) => {
    const { code, stdout, stderr } = await run(good, 'report', ...words);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });
});

describe('evidence', () => {
  test('is exported, verified without a database, and a change is named', async () => {
    const folder = join(home, 'q1');
    const made = await run(good, 'report', '--evidence', folder, '--from', '2026-03-12', '--to', '2026-03-19');
    expect(made.code).toBe(0);
    const digest = /manifest ([0-9a-f]{64})/.exec(made.stdout)?.[1];
    const fits = await run({ url: 'postgres://nowhere.invalid/x' } as TestDatabase, 'verify', folder);
    expect(fits).toMatchObject({ code: 0, stdout: expect.stringContaining(`manifest ${digest}\n`) });
    expect(fits.stdout).toContain('Everything fits.');
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      period: { firstDay: '2026-03-12', lastDay: '2026-03-19', timeZone: 'UTC' },
      readings: { certified: manifest.readings.certificates },
      configurations: { ran: ['digest'] },
      controls: expect.arrayContaining([{ id: 'BK-13', version: 1 }]),
      notObserved: [],
    });
    expect(manifest.reports).toHaveLength(13);
    expect(manifest.reports.find(({ name }: { name: string }) => name === 'resource_compliance').asOf).toBe(
      '2026-03-20T00:00:00Z',
    );
    const file = join(folder, 'population.csv');
    await writeFile(file, (await readFile(file, 'utf8')).replace('orders', 'ordnrs'));
    const broken = await run(good, 'verify', folder);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/FAULT population\.csv: byte \d+ \(row 1\) is not what was exported\./);
    expect((await run(good, 'report', '--evidence', folder)).stderr).toContain('already holds an export');
  });

  test('of a period before anything was read says which reports could not be made', async () => {
    const folder = join(home, 'reconstructed');
    expect(await run(good, 'report', '--evidence', folder, '--from', '2026-01-01', '--to', '2026-01-31')).toMatchObject(
      { code: 0 },
    );
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest.notObserved.map(({ report }: { report: string }) => report)).toContain('resource_compliance');
    expect((await run(good, 'verify', folder)).code).toBe(0);
  });
});
