// The whole story as processes: simulate → sync → serve → scrape → churn → sync → SQL as-of. Nothing is stubbed.

import { describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { type ProgramResult, runProgram, startProgram } from '../support/program.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../support/simulated-cloud.ts';

const estate = ['--projects', '2', '--instances', '50', '--days', '45', '--seed', '3'];

interface SummaryJson {
  run_id: number;
  outcome: string;
  scopes_total: number;
  scopes_certified: number;
  scopes: Record<string, unknown>[];
}

async function sync(file: string, ...args: string[]): Promise<ProgramResult & { summary: SummaryJson }> {
  const result = await runProgram(['--config', file, 'sync', '--json', ...args], { timeoutMs: 60_000 });
  return { ...result, summary: result.stdout === '' ? null : JSON.parse(result.stdout) };
}

/** Ids that the cloud lists and the inventory does not hold as live, and the other way round. */
async function difference(cloud: SimulatedCloud, database: TestDatabase) {
  const live = await database.query<{ key: string }>(`
    select project_id || ' ' || backup_scope || ' ' || backup_id as key from inventory.backup where retired_at is null
    union all select project_id || ' ' || instance_id from inventory.instance where retired_at is null`);
  const stored = new Set(live.map(({ key }) => key));
  const listed = new Set<string>();
  for (const { id } of cloud.projects) {
    const truth = await cloud.truth(id);
    for (const backup of truth.instance_backups) listed.add(`${id} instance ${backup.id}`);
    for (const backup of truth.database_table_backups) listed.add(`${id} database_table ${backup.id}`);
    for (const instance of truth.instances) listed.add(`${id} ${instance.id}`);
  }
  return { lacking: [...listed.difference(stored)], surplus: [...stored.difference(listed)], size: listed.size };
}

describe('the story', () => {
  test('copies everything, certified; again at once, no row is written', async () => {
    await using cloud = await startSimulatedCloud(estate);
    await using database = await freshDatabase({ migrated: false });
    const file = await cloud.configFile(database.url);

    const first = await sync(file);
    expect(first.stderr).not.toContain('"level":"error"');
    expect(first.code).toBe(0);
    expect(first.summary).toMatchObject({ outcome: 'certified', scopes_total: 6, scopes_certified: 6 });
    const { size, ...rest } = await difference(cloud, database);
    expect(rest).toEqual({ lacking: [], surplus: [] });
    expect(size).toBeGreaterThan(1500);

    const versions =
      'select xmin::text, ctid::text, backup_id from inventory.backup order by project_id, backup_id, backup_scope';
    const before = await database.query(versions);
    const second = await sync(file);
    expect(second.code).toBe(0);
    for (const scope of second.summary.scopes) {
      expect(scope).toMatchObject({ inserted: 0, updated: 0, struck: 0, retired: 0, certified: true });
    }
    expect(await database.query(versions)).toEqual(before);
    const [past] = await database.query('select count(*) as states from inventory.backup_past');
    expect(past).toEqual({ states: 0 });
  }, 90_000);

  test('stays complete when backups are deleted between two pages, and remembers what was', async () => {
    await using cloud = await startSimulatedCloud(estate);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    await sync(file);
    const [{ at }] = (await database.query<{ at: Date }>('select max(committed_at) as at from inventory.sweep')) as [
      { at: Date },
    ];

    const [project] = cloud.projects;
    const doomed = (await cloud.truth(project?.id ?? '')).instance_backups.slice(3, 15).map(({ id }) => id);
    for (const [index, backupId] of doomed.entries()) {
      const after = { requests: 2 + Math.floor(index / 4), operation: 'list_backups', projectId: project?.id };
      await cloud.post('delete-backup', { projectId: project?.id, backupId, after });
    }
    const during = await sync(file);
    expect(during.code).toBe(0);
    expect(during.summary).toMatchObject({ outcome: 'certified', scopes_certified: 6 });
    expect((await difference(cloud, database)).lacking).toEqual([]);
    await sync(file);
    await sync(file);
    expect(await difference(cloud, database)).toMatchObject({ lacking: [], surplus: [] });

    const reasons = await database.query(
      'select distinct retired_reason from inventory.backup where retired_at is not null and backup_id = any($1)',
      [doomed],
    );
    expect(reasons.length).toBeGreaterThan(0);
    const [then] = await database.query(
      'select count(*) as live from inventory.backup_as_of($1) where retired_at is null and backup_id = any($2)',
      [at, doomed],
    );
    expect(then).toEqual({ live: doomed.length });
    const [now] = await database.query(
      'select count(*) as live from inventory.backup_as_of(now()) where retired_at is null and backup_id = any($1)',
      [doomed],
    );
    expect(now).toEqual({ live: 0 });
  }, 120_000);

  test('a forbidden project costs itself alone: exit 3, nothing retired, the others complete', async () => {
    await using cloud = await startSimulatedCloud(estate);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    await sync(file);
    const [forbidden, other] = cloud.projects;
    await cloud.post('forbid-project', { projectId: forbidden?.id });
    const result = await sync(file);
    expect(result.code).toBe(3);
    expect(result.summary).toMatchObject({ outcome: 'partial', scopes_certified: 3 });
    for (const scope of result.summary.scopes) {
      if (scope.project_id === other?.id) expect(scope).toMatchObject({ certified: true, reason: null });
      else expect(scope).toMatchObject({ certified: false, reason: 'forbidden', error_code: 'CLOUD_FORBIDDEN' });
    }
    const [gone] = await database.query(
      'select count(*) as n from inventory.backup where retired_at is not null or missing_since is not null',
    );
    expect(gone).toEqual({ n: 0 });
    const stored = await database.query(
      'select distinct reason from inventory.sweep where project_id = $1 and not certified',
      [forbidden?.id],
    );
    expect(stored).toEqual([{ reason: 'forbidden' }]);
  }, 90_000);

  test('killed in mid-run, the next run is complete, without duplicates, and retires nothing wrongly', async () => {
    await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '40']);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    for (let kill = 0; kill < 3; kill += 1) {
      await using killed = startProgram(['--config', file, 'sync', '--json'], { timeoutMs: 60_000 });
      await killed.waitFor(/run started/);
      await new Promise((resolve) => setTimeout(resolve, 150 + kill * 250));
      killed.child.kill('SIGKILL');
      await killed.result;
    }
    const result = await sync(file);
    expect(result.code).toBe(0);
    expect(await difference(cloud, database)).toMatchObject({ lacking: [], surplus: [] });
    const outcomes = await database.query('select outcome, count(*) as n from inventory.run group by 1 order by 1');
    expect(outcomes).toEqual([
      { outcome: 'abandoned', n: 3 },
      { outcome: 'certified', n: 1 },
    ]);
  }, 120_000);

  test('a wrong secret costs one request, says so, and exits 4', async () => {
    await using cloud = await startSimulatedCloud(estate);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url, { secretKey: 'MARKEDWRONGSECRET' });
    const result = await sync(file);
    expect(result.code).toBe(4);
    const requests = Object.values(await cloud.requestCounts()).reduce((sum, count) => sum + count, 0);
    expect(requests).toBe(1);
    expect(result.stderr).toMatch(/secret/i);
    expect(result.stderr + result.stdout).not.toContain('MARKEDWRONGSECRET');
    expect(result.summary.scopes.every((scope) => scope.reason === 'auth')).toBe(true);
  }, 60_000);

  test('a second sync at once exits 5 and says who holds the lock since when', async () => {
    await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '300']);
    await using database = await freshDatabase();
    const file = await cloud.configFile(database.url);
    await using first = startProgram(['--config', file, 'sync', '--json'], { timeoutMs: 90_000 });
    await first.waitFor(/run started/);
    const second = await runProgram(['--config', file, 'sync', '--json'], { timeoutMs: 30_000 });
    expect(second.code).toBe(5);
    expect(second.stderr).toMatch(new RegExp(`${first.child.pid}`));
    expect(second.stderr).toMatch(/since|started/i);
    first.child.kill('SIGKILL');
    await first.result;
    const third = await sync(file);
    expect(third.code).toBe(0);
  }, 120_000);

  test('serve shows what SQL says, follows runs of other processes, and stops in mid-sweep within ten seconds', async () => {
    await using cloud = await startSimulatedCloud([...estate, '--latency-ms', '30']);
    await using database = await freshDatabase();
    const extra = 'http: { host: 127.0.0.1, port: 0 }\nschedule: { full: "0 0 1 1 *" }';
    const file = await cloud.configFile(database.url, { extra });
    await using server = startProgram(['--config', file, 'serve', '--no-schedule'], { timeoutMs: 110_000 });
    const listening = await server.waitFor(/"port":(\d+).*listening/);
    const url = `http://127.0.0.1:${listening[1]}`;
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 15_000 }).toBe(200);
    expect((await sync(file)).code).toBe(0);
    const finished = Date.now();
    const scraped = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const values = [...text.matchAll(/^backup_inventory_backups\{.*\} (\d+)$/gm)].map(([, value]) => Number(value));
      return values.reduce((sum, value) => sum + value, 0);
    };
    const [stored] = await database.query<{ n: number }>(`
      select count(*) as n from inventory.backup b join inventory.instance i using (project_id, instance_id)
      where b.retired_at is null and i.retired_at is null`);
    await expect.poll(scraped, { timeout: 10_000, interval: 50 }).toBe(stored?.n);
    expect(Date.now() - finished).toBeLessThan(4000); // the sync process's own exit is in it; the promise is 2 s
    server.child.kill('SIGTERM');
    expect((await server.result).code).toBe(0);

    await using scheduled = startProgram(['--config', file, 'serve'], { timeoutMs: 60_000 });
    await database.query("update inventory.run set started_at = started_at - interval '2 years'");
    await scheduled.waitFor(/run started/);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const stopped = Date.now();
    scheduled.child.kill('SIGTERM');
    expect((await scheduled.result).code).toBe(0);
    expect(Date.now() - stopped).toBeLessThan(10_000);
    expect((await sync(file)).code).toBe(0);
    expect(await difference(cloud, database)).toMatchObject({ lacking: [], surplus: [] });
  }, 180_000);
});
