// The backups behind each day of the calendar, for the instances of one page: counts, bytes and the first begin.

import { sql } from 'kysely';
import type { DayBackups } from '../inventory/overview.ts';
import { keyOf } from './pages-judgement.ts';
import type { Tx } from './transaction.ts';

interface DayRow {
  project_id: string;
  instance_id: string;
  day: string;
  completed: number;
  failed: number;
  unfinished: number;
  size_bytes: number;
  first_begin_at: Date;
}

/** By `keyOf`: ISO date (UTC) → backups of the whole instance that began then, gone ones included. */
export async function readBackupsOfDays(
  tx: Tx,
  instances: readonly { project_id: string; instance_id: string }[],
  days: readonly string[],
): Promise<Map<string, Map<string, DayBackups>>> {
  const found = new Map<string, Map<string, DayBackups>>();
  if (instances.length === 0 || days.length === 0) return found;
  const { rows } = await sql<DayRow>`
    select k.project_id, k.instance_id, d.*
    from unnest(${instances.map((one) => one.project_id)}::text[], ${instances.map((one) => one.instance_id)}::text[])
      as k (project_id, instance_id)
    cross join lateral (
      select (b.begin_at at time zone 'UTC')::date::text as day,
        count(*) filter (where b.status = 'COMPLETED')::float8 as completed,
        count(*) filter (where b.status = 'FAILED')::float8 as failed,
        count(*) filter (where b.status not in ('COMPLETED', 'FAILED'))::float8 as unfinished,
        coalesce(sum(b.size_bytes) filter (where b.status = 'COMPLETED'), 0)::float8 as size_bytes,
        min(b.begin_at) as first_begin_at
      from inventory.backup b
      where b.project_id = k.project_id and b.instance_id = k.instance_id and b.backup_scope = 'instance'
        and b.begin_at >= ${days[0]}::date::timestamp at time zone 'UTC'
        and b.begin_at < (${days.at(-1)}::date + 1)::timestamp at time zone 'UTC'
      group by 1
    ) d`.execute(tx);
  for (const row of rows) {
    const key = keyOf(row.project_id, row.instance_id);
    const ofInstance = found.get(key) ?? new Map<string, DayBackups>();
    found.set(key, ofInstance);
    ofInstance.set(row.day, {
      completed: row.completed,
      failed: row.failed,
      unfinished: row.unfinished,
      sizeBytes: row.size_bytes,
      firstBeginAt: row.first_begin_at,
    });
  }
  return found;
}
