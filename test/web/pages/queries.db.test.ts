// What the pages read, from a real Postgres: search, order, figures, verdicts and the past.

import { describe, expect, test } from 'vitest';
import type { InstanceQuery, Judgement, Overview } from '../../../src/inventory/overview.ts';
import { openDatabase } from '../../../src/postgres/database.ts';
import { readOverview } from '../../../src/postgres/pages.ts';
import { readInstanceView } from '../../../src/postgres/pages-instance.ts';
import { readJudgement } from '../../../src/postgres/pages-judgement.ts';
import { defaultQuery } from '../../../src/web/pages/query.ts';
import { hoursAgo, now, type Seed, seedOf } from '../../postgres/snapshot-seed.ts';
import { freshDatabase } from '../../support/postgres.ts';

interface Estate extends AsyncDisposable {
  seed: Seed;
  query(text: string, values?: unknown[]): Promise<unknown>;
  judge(at?: Date, signal?: AbortSignal): Promise<Judgement>;
  overview(query?: Partial<InstanceQuery>, at?: Date, judgement?: Judgement | null): Promise<Overview>;
  instance(id: string, options?: { asOf?: Date; page?: number }): ReturnType<typeof readInstanceView>;
}

/** Two projects, read an hour ago and before; an objective of 26 h for everybody. */
async function estate(): Promise<Estate> {
  const fresh = await freshDatabase();
  const database = await openDatabase({ url: fresh.url });
  const seed = seedOf(fresh);
  await seed.project();
  await seed.project({ project_id: 'p2', name: 'staging_eu' });
  for (const project of ['p1', 'p2']) {
    for (const hours of [900, 30, 1]) await seed.certify(project, hoursAgo(hours));
  }
  await fresh.query(
    `insert into compliance.objective (position, rpo_seconds, retention_seconds, minimum_copies, manual_counts, valid_from,
      config_digest, set_by) values (1, 93600, 604800, 0, true, $1, 'c', 'u')`,
    [hoursAgo(1000)],
  );
  const judge = (at = now, signal = new AbortController().signal) => readJudgement(database, { now: at, signal });
  return {
    seed,
    query: (text, values = []) => fresh.query(text, values),
    judge,
    async overview(query = {}, at = now, judgement) {
      const given = judgement === undefined ? await judge(at) : judgement;
      return readOverview(database, { now: at, query: { ...defaultQuery, ...query }, pageSize: 2, judgement: given });
    },
    instance: (instanceId, { asOf, page = 1 } = {}) =>
      readInstanceView(database, {
        projectId: 'p1',
        instanceId,
        now,
        asOf: asOf ?? null,
        page,
        pageSize: 2,
        judgement: null,
      }),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

/** orders is protected, billing has an old backup, 100%_new has none and is in another project. */
async function threeInstances(): Promise<Estate> {
  const made = await estate();
  await made.seed.instance();
  await made.seed.instance({ instance_id: 'i2', name: 'billing' });
  await made.seed.instance({ project_id: 'p2', instance_id: 'i3', name: '100%_new' });
  await made.seed.backup({ size_bytes: 3000 });
  await made.seed.backup({ begin_at: hoursAgo(29), end_at: hoursAgo(28.5), size_bytes: 500 });
  await made.seed.backup({ instance_id: 'i2', begin_at: hoursAgo(80), end_at: hoursAgo(79), size_bytes: 9000 });
  return made;
}

const namesOf = (overview: Overview) => overview.rows.map((row) => row.name);

describe('the list of instances', () => {
  test('begins with the worst, and names the controls that do not hold', async () => {
    await using made = await threeInstances();
    const { rows, matches, figures } = await made.overview();
    expect(rows.map((row) => [row.name, row.protection])).toEqual([
      ['100%_new', 'unprotected'],
      ['billing', 'unprotected'],
    ]);
    expect(rows[0]?.wrong).toContain('BK-07');
    expect(rows[1]?.wrong).toContain('BK-01');
    expect(matches).toBe(3);
    expect(figures).toEqual({
      instances: 3,
      projects: 2,
      backups: 3,
      storedBytes: 12_500,
      protections: { protected: 1, unprotected: 2, unknown: 0, exempt: 0 },
    });
  });

  test.each<[string, string[]]>([
    ['ORD', ['orders']],
    ['i2', ['billing']],
    ['staging', ['100%_new']],
    ['%', ['100%_new']],
    ['_', ['100%_new']],
    ['\\', []],
    ["' or 1=1 --", []],
    ['p1', ['billing', 'orders']],
  ])('finds %s by name, id or project, taking wildcards as they are', async (search, names) => {
    await using made = await threeInstances();
    expect(namesOf(await made.overview({ search, sort: 'name' }))).toEqual(names);
  });

  test('narrows to a state and to a control', async () => {
    await using made = await threeInstances();
    expect(namesOf(await made.overview({ protection: 'protected' }))).toEqual(['orders']);
    expect(namesOf(await made.overview({ protection: 'unknown' }))).toEqual([]);
    expect(namesOf(await made.overview({ control: 'BK-07' }))).toEqual(['100%_new']);
  });

  test.each<[InstanceQuery['sort'], boolean, string[]]>([
    ['name', false, ['100%_new', 'billing', 'orders']],
    ['name', true, ['orders', 'billing', '100%_new']],
    ['project', true, ['100%_new', 'billing', 'orders']],
    ['recovery', false, ['100%_new', 'billing', 'orders']],
    ['backups', true, ['orders', 'billing', '100%_new']],
    ['stored', true, ['billing', 'orders', '100%_new']],
    ['verdict', true, ['orders', 'billing', '100%_new']],
  ])('sorts by %s (descending: %s), page by page', async (sort, descending, names) => {
    await using made = await threeInstances();
    const pages = await Promise.all([1, 2].map((page) => made.overview({ sort, descending, page })));
    expect(pages.flatMap(namesOf)).toEqual(names);
  });

  test('shows the last page for a page that does not exist', async () => {
    await using made = await threeInstances();
    const { rows, query } = await made.overview({ sort: 'name', page: 99 });
    expect([rows.length, query.page]).toEqual([1, 2]);
  });

  test('has what began on each day behind the calendar', async () => {
    await using made = await threeInstances();
    const { rows, judgement } = await made.overview({ search: 'orders' });
    expect(judgement?.days).toHaveLength(30);
    expect(rows[0]?.days).toHaveLength(30);
    expect(rows[0]?.days.at(-1)).toBe('g');
    expect(rows[0]?.backupsOfDays.get('2026-11-20')).toEqual({
      completed: 1,
      failed: 0,
      unfinished: 0,
      sizeBytes: 3000,
      firstBeginAt: hoursAgo(5),
    });
  });

  test('leaves out what is gone and projects that are no longer configured', async () => {
    await using made = await threeInstances();
    await made.query(
      `update inventory.instance set retired_at = $1, retired_reason = 'instance_deleted' where instance_id = 'i2'`,
      [now],
    );
    await made.query(`update inventory.project set configured = false where project_id = 'p2'`);
    const { figures, rows } = await made.overview();
    expect([figures.instances, figures.projects, rows.map((row) => row.name)]).toEqual([1, 1, ['orders']]);
  });
});

describe('verdicts', () => {
  test('are unknown once the readings behind them have grown too old', async () => {
    await using made = await threeInstances();
    const judgement = await made.judge();
    const later = new Date(now.getTime() + 4 * 3_600_000);
    const { figures, readings, rows } = await made.overview({ search: 'orders' }, later, judgement);
    expect(new Set(readings.map((reading) => reading.state))).toEqual(new Set(['stale']));
    expect(rows[0]?.protection).toBe('unknown');
    expect(figures.protections).toMatchObject({ protected: 0, unknown: 1 });
  });

  test('may be missing while they are found', async () => {
    await using made = await threeInstances();
    const { rows, judgement, matches } = await made.overview({}, now, null);
    expect([judgement, matches, rows[0]?.protection]).toEqual([null, 3, null]);
  });

  test('stop being found when told to', async () => {
    await using made = await threeInstances();
    await expect(made.judge(now, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await expect(made.judge()).resolves.toMatchObject({ judgedAt: now });
  });

  test('come with the stored bytes of each day, what went later put back', async () => {
    await using made = await threeInstances();
    await made.seed.backup({
      instance_id: 'i2',
      begin_at: hoursAgo(300),
      end_at: hoursAgo(299),
      size_bytes: 70_000,
      missing_since: hoursAgo(40),
      retired_at: hoursAgo(30),
      retired_reason: 'expired',
    });
    const { growth } = await made.judge();
    const bytesOf = (day: string) => growth.find((one) => one.day === day)?.bytes;
    expect(['2026-11-07', '2026-11-08', '2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20'].map(bytesOf)).toEqual([
      0, 70_000, 79_000, 9_000, 9_500, 12_500,
    ]);
    expect(growth.filter((one) => one.reconstructed).at(-1)?.day).toBe('2026-10-13');
  });
});

describe('the page of an instance', () => {
  test('has its policy, objective, findings and backups, newest first', async () => {
    await using made = await threeInstances();
    const view = await made.instance('i1');
    expect(view?.instance).toMatchObject({
      name: 'orders',
      backupKeepDays: 7,
      objective: { rpoSeconds: 93_600, position: 1 },
    });
    expect(view?.protection).toBe('protected');
    expect(view?.findings).toHaveLength(13);
    expect(view?.backups.map((backup) => backup.backupId)).toEqual(['b1', 'b2']);
    expect(view?.points.map((point) => [point.sizeBytes, point.durationSeconds])).toEqual([
      [500, 1800],
      [3000, 3600],
    ]);
  });

  test('pages its backups', async () => {
    await using made = await threeInstances();
    for (let day = 2; day < 5; day += 1) await made.seed.backup({ begin_at: hoursAgo(24 * day), end_at: null });
    const view = await made.instance('i1', { page: 3 });
    expect([view?.backupCount, view?.page, view?.backups.length]).toEqual([5, 3, 1]);
    expect((await made.instance('i1', { page: 99 }))?.page).toBe(3);
  });

  test('shows what was believed at an instant in the past', async () => {
    await using made = await threeInstances();
    await made.query(
      `update inventory.backup set status = 'FAILED', changed_at = $1 where backup_id = 'b1' and project_id = 'p1'`,
      [hoursAgo(0.5)],
    );
    expect((await made.instance('i1'))?.backups[0]?.status).toBe('FAILED');
    expect((await made.instance('i1', { asOf: hoursAgo(0.9) }))?.backups[0]?.status).toBe('COMPLETED');
    expect(await made.instance('i1', { asOf: hoursAgo(5000) })).toBeNull();
  });

  test('is kept for an instance that is gone, which is not judged', async () => {
    await using made = await threeInstances();
    await made.query(
      `update inventory.instance set retired_at = $1, retired_reason = 'instance_deleted', changed_at = $1 where instance_id = 'i1'`,
      [hoursAgo(0.5)],
    );
    const view = await made.instance('i1');
    expect(view?.protection).toBeNull();
    expect(view?.instance.retiredAt).toEqual(hoursAgo(0.5));
    expect(view?.backupCount).toBe(2);
  });
});
