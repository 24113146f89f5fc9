import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { applyObjectives, type RulesInput } from '../../src/postgres/objectives.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';

const everything = { project: null, instance: null, datastore: null };

function rules(fields: Partial<RulesInput> = {}): RulesInput {
  return {
    objectives: [
      { match: everything, rpoSeconds: 93_600, retentionSeconds: 604_800, minimumCopies: 3, countManual: true },
    ],
    exemptions: [],
    freshnessSeconds: 10_800,
    scheduleIntervalSeconds: 3600,
    configDigest: 'first',
    at: new Date('2026-03-01T00:00:00Z'),
    setBy: 'dba@host',
    ...fields,
  };
}

const objectives = (db: TestDatabase) =>
  db.query(`select position, rpo_seconds, valid_from, valid_to, config_digest, ended_by_digest
    from compliance.objective order by objective_id`);

test('rules are stored with the instant, the configuration and the person that set them', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  const exemption = {
    match: { ...everything, instance: 'scratch-*' },
    control: 'BK-01',
    owner: 'dba@example.org',
    reason: 'rebuilt nightly',
    expiresAt: new Date('2027-04-01T00:00:00Z'),
  };
  expect(await applyObjectives(database, rules({ exemptions: [exemption] }))).toEqual({ opened: 3, closed: 0 });
  expect(await db.query('select * from compliance.exemption')).toMatchObject([
    {
      match_instance: 'scratch-*',
      match_project: null,
      control: 'BK-01',
      owner: 'dba@example.org',
      expires_at: new Date('2027-04-01T00:00:00Z'),
      valid_from: new Date('2026-03-01T00:00:00Z'),
      valid_to: null,
      config_digest: 'first',
      set_by: 'dba@host',
    },
  ]);
  expect(await db.query('select freshness_seconds, schedule_interval_seconds from compliance.setting')).toEqual([
    { freshness_seconds: 10_800, schedule_interval_seconds: 3600 },
  ]);
});

test('the same rules again, under another digest, write no row', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  await applyObjectives(database, rules());
  const again = rules({ configDigest: 'second', at: new Date('2026-03-02T00:00:00Z') });
  expect(await applyObjectives(database, again)).toEqual({ opened: 0, closed: 0 });
  expect(await objectives(db)).toMatchObject([{ config_digest: 'first', valid_to: null }]);
});

test('a changed rule closes the old range and opens a new one; its neighbours stay', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  const [first] = rules().objectives;
  if (first === undefined) throw new Error('no objective');
  const special = { ...first, match: { ...everything, instance: 'orders-*' }, rpoSeconds: 3600 };
  await applyObjectives(database, rules({ objectives: [special, first] }));
  const at = new Date('2026-03-05T00:00:00Z');
  const stricter = { ...special, rpoSeconds: 1800 };
  const result = await applyObjectives(database, rules({ objectives: [stricter, first], configDigest: 'second', at }));
  expect(result).toEqual({ opened: 1, closed: 1 });
  expect(await objectives(db)).toMatchObject([
    { position: 1, rpo_seconds: 3600, valid_to: at, config_digest: 'first', ended_by_digest: 'second' },
    { position: 2, rpo_seconds: 93_600, valid_to: null, config_digest: 'first' },
    { position: 1, rpo_seconds: 1800, valid_from: at, valid_to: null, config_digest: 'second' },
  ]);
});

test('rules that are taken out end, and rules that come back start anew', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  await applyObjectives(database, rules());
  await applyObjectives(database, rules({ objectives: [], at: new Date('2026-03-02T00:00:00Z') }));
  await applyObjectives(database, rules({ at: new Date('2026-03-03T00:00:00Z') }));
  expect(await objectives(db)).toMatchObject([
    { valid_from: new Date('2026-03-01T00:00:00Z'), valid_to: new Date('2026-03-02T00:00:00Z') },
    { valid_from: new Date('2026-03-03T00:00:00Z'), valid_to: null },
  ]);
});

test('a clock that went back does not open a range inside the past', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url });
  await applyObjectives(database, rules());
  await applyObjectives(database, rules({ objectives: [], at: new Date('2026-02-01T00:00:00Z') }));
  const [row] = await objectives(db);
  expect(row?.valid_to).toEqual(row?.valid_from);
});

test('twenty processes that apply the same rules at once store them once', async () => {
  await using db = await freshDatabase();
  await using database = await openDatabase({ url: db.url, maxConnections: 20 });
  await Promise.all(Array.from({ length: 20 }, () => applyObjectives(database, rules())));
  expect(await objectives(db)).toHaveLength(1);
});
