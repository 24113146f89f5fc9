// Rows for the snapshot's tests, written straight into the tables: a test states only what matters.

import type { TestDatabase } from '../support/postgres.ts';

export const now = new Date('2026-11-20T12:00:00Z');

/** An instant this many hours before the tests' now. */
export function hoursAgo(hours: number): Date {
  return new Date(now.getTime() - hours * 3_600_000);
}

export function secondsOf(at: Date): number {
  return at.getTime() / 1000;
}

type Row = Record<string, unknown>;

export interface Seed {
  project(row?: Row): Promise<void>;
  run(row?: Row): Promise<void>;
  sweep(row?: Row): Promise<void>;
  /** Certified sweeps of all three scopes that began then. */
  certify(projectId: string, startedAt: Date): Promise<void>;
  instance(row?: Row): Promise<void>;
  backup(row?: Row): Promise<void>;
  counter(row: Row): Promise<void>;
}

export function seedOf(db: TestDatabase): Seed {
  let backups = 0;
  let runs = 0;
  const insert = async (table: string, row: Row) => {
    const names = Object.keys(row);
    const places = names.map((_, index) => `$${index + 1}`);
    await db.query(
      `insert into inventory.${table} (${names.join(', ')}) values (${places.join(', ')})`,
      Object.values(row),
    );
  };
  const seed: Seed = {
    project: (row) =>
      insert('project', {
        project_id: 'p1',
        name: 'prod',
        region: 'ap-southeast-1',
        endpoint: 'https://example.org',
        first_seen_at: hoursAgo(1000),
        changed_at: hoursAgo(1000),
        ...row,
      }),
    run: async (row) => {
      runs += 1;
      await insert('run', {
        trigger: 'schedule',
        mode: 'full',
        started_at: hoursAgo(1),
        finished_at: hoursAgo(0.9),
        outcome: 'certified',
        program_version: '0',
        config_digest: 'c',
        host: 'h',
        process_id: 1,
        ...row,
      });
    },
    sweep: async (row) => {
      await seed.run();
      const certified = row?.certified ?? true;
      await insert('sweep', {
        run_id: runs,
        project_id: 'p1',
        scope: 'instance_backups',
        mode: 'full',
        certified,
        reason: certified === true ? null : 'timeout',
        pages: 1,
        requests: 1,
        retries: 0,
        passes: 1,
        rescans: 0,
        rescans_joint: 0,
        rescans_tie: 0,
        rescans_total: 0,
        duplicates: 0,
        reported_total: 5,
        distinct_ids: 5,
        ids_digest: '',
        inserted: 0,
        updated: 0,
        unchanged: 0,
        struck: 0,
        retired: 0,
        revived: 0,
        quarantined: false,
        anomalies: 0,
        started_at: hoursAgo(1),
        finished_at: hoursAgo(0.95),
        committed_at: hoursAgo(0.95),
        ...row,
      });
    },
    certify: async (projectId, startedAt) => {
      for (const scope of ['instances', 'instance_backups', 'database_table_backups']) {
        await seed.sweep({
          project_id: projectId,
          scope,
          started_at: startedAt,
          finished_at: startedAt,
          committed_at: startedAt,
        });
      }
    },
    instance: (row) =>
      insert('instance', {
        project_id: 'p1',
        instance_id: 'i1',
        name: 'orders',
        datastore_type: 'cassandra',
        datastore_version: '3.11',
        status: 'normal',
        mode: 'Cluster',
        created_at: hoursAgo(2000),
        backup_keep_days: 7,
        first_seen_at: hoursAgo(1000),
        first_seen_run_id: 1,
        changed_at: hoursAgo(1000),
        changed_run_id: 1,
        ...row,
      }),
    backup: (row) => {
      backups += 1;
      return insert('backup', {
        project_id: 'p1',
        backup_id: `b${backups}`,
        backup_scope: 'instance',
        instance_id: 'i1',
        backup_type: 'auto',
        status: 'COMPLETED',
        size_bytes: 1000,
        begin_at: hoursAgo(5),
        end_at: hoursAgo(4),
        first_seen_at: hoursAgo(4),
        first_seen_run_id: 1,
        changed_at: hoursAgo(4),
        changed_run_id: 1,
        ...row,
      });
    },
    counter: (row) => insert('counter', row),
  };
  return seed;
}

/** An objective for everything: a recovery point of 26 h, a week of retention; and the default freshness. */
export async function requireObjective(db: TestDatabase) {
  await db.query(
    `insert into compliance.objective (position, rpo_seconds, retention_seconds, minimum_copies, manual_counts,
    valid_from, config_digest, set_by) values (1, 93600, 604800, 1, true, $1, 'c', 'test')`,
    [hoursAgo(5000)],
  );
  await db.query(
    `insert into compliance.setting (freshness_seconds, schedule_interval_seconds, valid_from, config_digest, set_by)
    values (10800, 3600, $1, 'c', 'test')`,
    [hoursAgo(5000)],
  );
}
