// The database comes back from a dump that was taken in the middle of a run, or does not come back at all.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { runProgram } from '../support/program.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';
import { expectExact, expectWholeHistory, reasonsOf, trustedRun } from './api-matrix.ts';

const dayMs = 24 * hourMs;

/** A server and its pg_dump must be of one version: both from the system's packages (scripts/install-test-tools). */
function systemBinaries(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => ['postgres', 'initdb', 'pg_dump', 'pg_restore'].every((name) => existsSync(join(bin, name))));
  if (found === undefined)
    throw new Error('no Postgres with pg_dump in /usr/lib/postgresql: run scripts/install-test-tools');
  return found;
}

test('restored from a dump taken in mid-run, the next run is exact, and the run of the dump is closed as abandoned', async () => {
  const bin = systemBinaries();
  await using server = await startPostgres([], bin);
  const folder = mkdtempSync(join(tmpdir(), 'backup-inventory-dump-'));
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  const dump = join(folder, 'mid-run.dump');
  const inventory = Object.assign(new URL(server.url), { pathname: '/inventory' }).href;
  const psql = (url: string, statement: string) =>
    execFileSync(join(bin, 'psql'), [url, '-v', 'ON_ERROR_STOP=1', '-qAtc', statement], { encoding: 'utf8' }).trim();
  psql(server.url, 'create database inventory');

  const cloud = { backupsPerProject: 730, churn: { insert: 0.5, expire: 0.3, delete: 0.3 } };
  await using story = await beginStory({ databaseUrl: inventory, cloud, settings: { concurrency: 1 } });
  await trustedRun(story);
  story.pass(hourMs);
  story.simulator.control.setBehaviour({ latencyMs: 120 });
  let dumped: Promise<unknown> = Promise.resolve();
  const takeDump = () => {
    dumped = promisify(execFile)(join(bin, 'pg_dump'), ['-Fc', '-f', dump, inventory]);
  };
  story.simulator.afterRequests(4, takeDump, { operation: 'list_backups' });
  expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok');
  await dumped;
  story.simulator.control.setBehaviour({ latencyMs: 0 });
  story.pass(hourMs);
  expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok'); // work that the restore takes back

  psql(server.url, 'drop database inventory with (force)');
  psql(server.url, 'create database inventory');
  execFileSync(join(bin, 'pg_restore'), ['-d', inventory, '--exit-on-error', dump]);
  expect(psql(inventory, 'select run_id, outcome is null from inventory.run order by 1')).toBe('1|f\n2|t');

  story.simulator.control.setChurn({ insert: 0, expire: 0, delete: 0 });
  story.pass(hourMs);
  expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok');
  story.pass(hourMs);
  await expectExact(story);
  await expectWholeHistory(story);
  const outcomes = psql(inventory, 'select run_id, outcome from inventory.run order by 1').split('\n');
  expect(outcomes.slice(0, 3)).toEqual(['1|certified', '2|abandoned', '3|certified']);
}, 120_000);

async function completeness(story: Story): Promise<Record<string, unknown>[]> {
  const at = story.simulator.now().toISOString();
  return await story.query(`
    select scope, complete, readings::int as readings, first_certified_at
    from compliance.report_completeness(null, null, 'UTC', '${at}') order by scope`);
}

async function calendarStates(story: Story, daysBack: number): Promise<string[]> {
  const at = story.simulator.now();
  const day = new Date(at.getTime() - daysBack * dayMs).toISOString().slice(0, 10);
  const rows = await story.query<{ state: string }>(`
    select distinct state from compliance.report_coverage_calendar('${day}', '${day}', 'UTC', '${at.toISOString()}') order by 1`);
  return rows.map(({ state }) => state);
}

test('pointed at an empty database after a loss, it is exact at once and says what can no longer be proved', async () => {
  await using lost = await freshDatabase();
  const cloud = { instances: 5, days: 60, startAt: new Date(Date.now() - 21 * dayMs), seed: 4 };
  await using before = await beginStory({ databaseUrl: lost.url, cloud });
  for (let day = 0; day < 20; day += 1) {
    await trustedRun(before);
    before.pass(dayMs);
  }
  await trustedRun(before);
  before.pass(60_000);
  expect(await calendarStates(before, 15)).not.toContain('not_observed');
  const known = (await completeness(before))[0];
  expect(known).toMatchObject({ readings: 21 });

  // The same cloud at the same time, and a database that knows nothing.
  await using empty = await freshDatabase({ migrated: false });
  await using after = await beginStory({ databaseUrl: empty.url, cloud });
  for (let day = 0; day < 20; day += 1) after.pass(dayMs);
  const first = await trustedRun(after);
  expect(reasonsOf(first)).toBe('ok ok ok');
  await expectExact(after);
  after.pass(60_000);
  for (const row of await completeness(after)) {
    expect(row).toMatchObject({ complete: 'reconstructed', readings: 2, first_certified_at: first.startedAt });
  }
  // Days whose backups expired before the inventory began again: neither covered nor missed.
  expect(await calendarStates(after, 15)).toContain('not_observed');
  // What still lies in the cloud proves its day all the same, as reconstructed.
  const strengths = await after.query(`
    select distinct strength from compliance.report_coverage_calendar(null, null, 'UTC', '${after.simulator.now().toISOString()}')
    where state = 'good'`);
  expect(strengths).toEqual([{ strength: 'reconstructed' }]);
  // And what was believed before it began is nothing, not an empty cloud.
  const [then] = await after.query(`
    select (select count(*) from inventory.backup_as_of('${new Date(first.startedAt.getTime() - dayMs).toISOString()}'))::int as rows,
      (select count(*) from compliance.finding_at('${new Date(first.startedAt.getTime() - dayMs).toISOString()}') where verdict = 'COMPLIANT')::int as compliant`);
  expect(then).toEqual({ rows: 0, compliant: 0 });

  const { stdout } = await runProgram(['-c', after.file, 'doctor'], { timeoutMs: 30_000 });
  expect(stdout).toContain(
    `ok    inventory: begins ${first.startedAt.toISOString()}; nothing before that can be proved`,
  );
}, 120_000);

test('doctor tells of readings that a wrong clock has dated into the future', async () => {
  await using story = await beginStory({ cloud: { startAt: new Date(Date.now() + dayMs) } });
  await trustedRun(story);
  const { stdout, code } = await runProgram(['-c', story.file, 'doctor'], { timeoutMs: 30_000 });
  expect(stdout).toMatch(/^FAULT inventory: its newest reading is dated .*verdicts are UNKNOWN until then/m);
  expect(code).toBe(1);
}, 60_000);
