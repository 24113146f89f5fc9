// A few kills of each kind; `npm run soak` does fifty.

import { expect, test } from 'vitest';
import { randomOf } from '../inventory/moving-list.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { type KillingOptions, killRuns } from './killing.ts';

const on = ({ url, query }: TestDatabase): Pick<KillingOptions, 'database' | 'look'> => ({
  database: { databaseUrl: url },
  look: (work) => work(query),
});

const clean = { wrongRetirements: 0, duplicates: 0, countersFallen: 0, inexact: [], falsehoods: [] };

test('runs killed at random instants leave nothing wrong: the next run is exact', async () => {
  await using database = await freshDatabase({ migrated: false });
  const outcome = await killRuns({ ...on(database), kills: 4, signal: 'SIGKILL', random: randomOf(1) });
  expect(outcome).toMatchObject(clean);
}, 240_000);

test('runs that are told to stop end within ten seconds, whole', async () => {
  await using database = await freshDatabase({ migrated: false });
  const outcome = await killRuns({ ...on(database), kills: 2, signal: 'SIGTERM', random: randomOf(2) });
  expect(outcome).toMatchObject(clean);
  expect(outcome.slowestEndSeconds).toBeLessThan(10);
}, 240_000);
