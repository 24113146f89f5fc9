import { expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.ts';
import { readSnapshot } from '../../src/postgres/snapshot.ts';
import { freshDatabase } from '../support/postgres.ts';
import { estate } from './estate-seed.ts';
import { now, seedOf } from './snapshot-seed.ts';

test('the summary views say of instances and orphans what the snapshot says', async () => {
  await using db = await freshDatabase();
  await estate(db, seedOf(db), 0.8);
  await using database = await openDatabase({ url: db.url });
  const snapshot = await readSnapshot(database, { now });
  const rows = await db.query<Record<string, number | boolean | null>>(`
    select project_id || ' ' || instance_id as key, backups, stored_bytes, available,
      extract(epoch from last_success_at)::float8 as success, extract(epoch from last_failure_at)::float8 as failure,
      extract(epoch from oldest_completed_at)::float8 as oldest, extract(epoch from oldest_building_at)::float8 as building,
      consecutive_failures as failures
    from inventory.instance_summary order by 1`);
  const greatest = (values: (number | null)[]) => values.reduce((a, b) => (a === null || (b ?? a) > a ? b : a), null);
  const least = (values: (number | null)[]) => values.reduce((a, b) => (a === null || (b ?? a) < a ? b : a), null);
  const sum = (values: (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const said = snapshot.instances.map(({ groups, marks, ...instance }) => ({
    key: `${instance.projectId} ${instance.instanceId}`,
    backups: sum(groups.map((group) => group.backups)),
    stored_bytes: sum(groups.filter((group) => group.status === 'COMPLETED').map((group) => group.sizeBytes)),
    available: marks.some((mark) => mark.lastSuccess !== null),
    success: greatest(marks.map((mark) => mark.lastSuccess)),
    failure: greatest(marks.map((mark) => mark.lastFailure)),
    oldest: least(marks.map((mark) => mark.oldestCompleted)),
    building: instance.oldestBuilding,
    failures: instance.consecutiveFailures,
  }));
  expect(said.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
    rows.sort((a, b) => (`${a.key}` < `${b.key}` ? -1 : 1)),
  );
  const orphans = await db.query('select project_id, backups, size_bytes from inventory.project_orphan order by 1');
  const orphansSaid = snapshot.projects.flatMap(({ projectId, orphans: left }) =>
    left === null ? [] : [{ project_id: projectId, backups: left.backups, size_bytes: left.sizeBytes }],
  );
  expect(orphansSaid).toEqual(orphans);
});
