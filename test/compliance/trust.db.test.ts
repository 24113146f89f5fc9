// What holds for every control: no verdict on doubt, exemptions, rules in force, time zones.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { controlCases } from './control-cases.ts';
import { ago, now, World } from './world.ts';

const good = [{ begin: ago('2 h'), end: ago('1 h') }];

describe('a verdict needs a fresh certified reading', () => {
  controlCases('last_good_backup', {
    'as old as the freshness limit is fresh': {
      backups: good,
      sweeps: [{ started: ago('3 h') }],
      says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
    },
    'a second older is stale': {
      backups: good,
      sweeps: [{ started: ago('3 h 1 s') }],
      says: { verdict: 'UNKNOWN', reason_code: 'stale' },
    },
    'stale data do not condemn either': {
      sweeps: [{ started: ago('3 h 1 s') }],
      says: { verdict: 'UNKNOWN', reason_code: 'stale' },
    },
    'nothing read is nothing known': {
      backups: good,
      sweeps: [],
      says: { verdict: 'UNKNOWN', reason_code: 'never_certified' },
    },
    'an uncertified reading proves nothing': {
      backups: good,
      sweeps: [{ started: ago('1 h'), certified: false }],
      says: { verdict: 'UNKNOWN', reason_code: 'never_certified' },
    },
    'a recent reading, of a window only, freshens nothing': {
      backups: good,
      sweeps: [{ started: ago('4 h') }, { started: ago('1 h'), mode: 'recent' }],
      says: { verdict: 'UNKNOWN', reason_code: 'stale' },
    },
    'a newer uncertified reading takes nothing away': {
      backups: good,
      sweeps: [{ started: ago('2 h') }, { started: ago('1 h'), certified: false }],
      says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
    },
    'a quarantined reading throws doubt on everything': {
      backups: good,
      sweeps: [{ started: ago('2 h') }, { started: ago('1 h'), quarantined: true }],
      says: { verdict: 'UNKNOWN', reason_code: 'quarantined' },
    },
    'until one that is not': {
      backups: good,
      sweeps: [{ started: ago('2 h'), quarantined: true }, { started: ago('1 h') }],
      says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
    },
    'a reading committed after the instant was not known then': {
      backups: good,
      sweeps: [{ started: ago('10 min'), committed: ago('-1 min') }],
      says: { verdict: 'UNKNOWN', reason_code: 'never_certified' },
    },
    'a list of tables says nothing of instances': {
      backups: good,
      sweeps: [{ scope: 'database_table_backups', started: ago('1 h') }],
      says: { verdict: 'UNKNOWN', reason_code: 'never_certified' },
    },
    'no objective, no verdict': {
      objective: null,
      backups: good,
      says: { verdict: 'UNKNOWN', reason_code: 'no_objective' },
    },
  });
});

describe('exemptions', () => {
  controlCases('last_good_backup', {
    'one in force exempts': {
      exemptions: [{ expires: ago('-1 s') }],
      says: { verdict: 'EXEMPT', reason_code: 'exempt' },
    },
    'also where the control would hold': {
      backups: good,
      exemptions: [{ expires: ago('-1 d') }],
      says: { verdict: 'EXEMPT', reason_code: 'exempt' },
    },
    'also where nothing is known': {
      sweeps: [],
      exemptions: [{ expires: ago('-1 d') }],
      says: { verdict: 'EXEMPT', reason_code: 'exempt' },
    },
    'at its expiry it is over': {
      exemptions: [{ expires: now }],
      says: { verdict: 'NON_COMPLIANT', reason_code: 'exemption_expired' },
    },
    'expired, it does not hide behind doubt': {
      sweeps: [],
      exemptions: [{ expires: ago('1 d') }],
      says: { verdict: 'NON_COMPLIANT', reason_code: 'exemption_expired' },
    },
    'expired, it hurts nobody whose control holds': {
      backups: good,
      exemptions: [{ expires: ago('1 d') }],
      says: { verdict: 'COMPLIANT', reason_code: 'within_rpo' },
    },
    'nor where the control does not apply': {
      instance: { created: ago('1 h') },
      exemptions: [{ expires: ago('1 d') }],
      says: { verdict: 'NOT_APPLICABLE', reason_code: 'first_backup_due' },
    },
    'of several the one that ends last counts': {
      exemptions: [{ expires: ago('1 d') }, { expires: ago('-1 d') }],
      says: { verdict: 'EXEMPT', reason_code: 'exempt' },
    },
    'one for another control exempts nobody here': {
      exemptions: [{ control: 'BK-02', expires: ago('-1 d') }],
      says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
    },
    'one for every control does': {
      exemptions: [{ control: '*', expires: ago('-1 d') }],
      says: { verdict: 'EXEMPT', reason_code: 'exempt' },
    },
    'one for other instances does not': {
      instance: { name: 'orders-1' },
      exemptions: [{ instance: 'scratch-*', expires: ago('-1 d') }],
      says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
    },
    'one that was not configured yet does not': {
      exemptions: [{ from: ago('-1 s'), expires: ago('-1 d') }],
      says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
    },
    'one that was taken out neither, not even as an expired one': {
      exemptions: [{ to: ago('1 h'), expires: ago('2 h') }],
      says: { verdict: 'NON_COMPLIANT', reason_code: 'no_completed_backup' },
    },
  });
});

describe('rules in force', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await freshDatabase();
    const world = new World(db);
    await world.project('p1', { name: 'prod' });
    await world.project('p2', { name: 'staging' });
    await world.instance('p1', { id: 'i1', name: 'orders-eu_1', datastore: 'cassandra' });
    await world.instance('p1', { id: 'i2', name: 'orders-2', datastore: 'mongodb' });
    await world.instance('p2', { id: 'i3', name: null, datastore: null });
    await world.objective({ project: 'prod', instance: 'orders-?', rpo: 1 });
    await world.objective({ project: 'p1', instance: 'orders-*_?', datastore: 'cass*', rpo: 2 });
    await world.objective({ project: 'prod', rpo: 3 });
    await world.objective({ rpo: 4, to: '2026-03-01T00:00:00Z', position: 4 });
    await world.objective({ rpo: 5, from: '2026-03-01T00:00:00Z', position: 4 });
  });
  afterAll(() => db[Symbol.asyncDispose]());

  test('the first objective that matches by project name or id, instance and engine wins', async () => {
    const rows = await db.query('select instance_id, rpo_seconds from compliance.objective_of_instance order by 1');
    expect(rows).toEqual([
      { instance_id: 'i1', rpo_seconds: 2 },
      { instance_id: 'i2', rpo_seconds: 1 },
      { instance_id: 'i3', rpo_seconds: 5 },
    ]);
  });

  test('the past keeps the rules that it had', async () => {
    const at = (instant: string) =>
      db.query(`select rpo_seconds from compliance.subject_at($1) where instance_id = 'i3'`, [instant]);
    expect(await at('2026-02-28T23:59:59Z')).toEqual([{ rpo_seconds: 4 }]);
    expect(await at('2026-03-01T00:00:00Z')).toEqual([{ rpo_seconds: 5 }]);
    expect(await at('2024-01-01T00:00:00Z')).toEqual([]);
  });

  test('a project that was renamed was called something else before', async () => {
    await db.query(
      `update inventory.project set name = 'live', changed_at = '2026-03-10T00:00:00Z' where project_id = 'p1'`,
    );
    const at = (instant: string) =>
      db.query(`select project_name, rpo_seconds from compliance.subject_at($1) where instance_id = 'i2'`, [instant]);
    expect(await at('2026-03-09T00:00:00Z')).toEqual([{ project_name: 'prod', rpo_seconds: 1 }]);
    expect(await at('2026-03-10T00:00:00Z')).toEqual([{ project_name: 'live', rpo_seconds: 5 }]);
  });

  test('a project that is no longer configured is no longer judged, and was before', async () => {
    await db.query(
      `update inventory.project set configured = false, changed_at = '2026-03-15T00:00:00Z' where project_id = 'p2'`,
    );
    const at = (instant: string) =>
      db.query(`select count(*) as n from compliance.finding_at($1) where project_id = 'p2'`, [instant]);
    expect(await at('2026-03-14T00:00:00Z')).toEqual([{ n: 13 }]);
    expect(await at('2026-03-15T00:00:00Z')).toEqual([{ n: 0 }]);
  });
});

test.each([
  [null, 'anything', true],
  [null, null, true],
  ['*', null, true],
  ['*', '', true],
  ['?', '', false],
  ['orders-*', 'orders-', true],
  ['orders-*', 'my-orders-1', false],
  ['*-eu-*', 'orders-eu-1', true],
  ['a?c', 'abc', true],
  ['a?c', 'abbc', false],
  ['100%', '100 of 200', false],
  ['100%', '100%', true],
  ['a_c', 'abc', false],
  ['a\\*', 'a\\b', true],
  ['Orders', 'orders', false],
  ['日*', '日本', true],
  ['*', 'two\nlines', true],
])('the glob %j on %j: %j', async (pattern, subject, matches) => {
  await using db = await freshDatabase();
  expect(await db.query('select compliance.glob_matches($1, $2) as m', [pattern, subject])).toEqual([{ m: matches }]);
});
