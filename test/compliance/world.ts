// Facts for the tests of verdicts, written straight into the tables: a test states only what matters to it.
// Instants are text; `ago` counts back from the instant at which the tests judge.

/** The instant at which most tests judge: a Friday noon. */
export const now = '2026-03-20T12:00:00Z';

const unitMs = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `ago('26 h')`, `ago('26 h 1 s')`: an instant before `now`; a minus sign leads into the future. */
export function ago(span: string, from: string = now): string {
  let ms = 0;
  for (const [, value, unit] of span.matchAll(/(-?\d+) (s|min|h|d)\b/g)) {
    ms += Number(value) * unitMs[unit as keyof typeof unitMs];
  }
  return new Date(Date.parse(from) - ms).toISOString();
}

export interface BackupGiven {
  id?: string;
  instance?: string | null;
  scope?: 'instance' | 'database_table';
  type?: string;
  status?: string;
  begin: string;
  /** Default: 30 minutes after the begin, where it is not BUILDING. */
  end?: string | null;
  size?: number | null;
  /** When it was first seen and in this state; default: at its end. */
  seen?: string;
  changed?: string;
  missing?: string;
  retired?: string;
  reason?: string;
}

export interface InstanceGiven {
  id?: string;
  name?: string | null;
  datastore?: string | null;
  status?: string;
  created?: string | null;
  keepDays?: number | null;
  seen?: string;
  changed?: string;
  missing?: string;
  retired?: string;
}

export interface SweepGiven {
  scope?: string;
  started: string;
  committed?: string;
  certified?: boolean;
  mode?: 'full' | 'recent';
  quarantined?: boolean;
  reason?: string | null;
}

export interface ObjectiveGiven {
  project?: string | null;
  instance?: string | null;
  datastore?: string | null;
  rpo?: number;
  retention?: number;
  copies?: number;
  manualCounts?: boolean;
  from?: string;
  to?: string | null;
  position?: number;
}

export interface ExemptionGiven {
  control?: string;
  project?: string | null;
  instance?: string | null;
  expires: string;
  from?: string;
  to?: string | null;
}

/** Whatever runs statements: a test database, or the embedded one. */
export interface Queryable {
  query<R = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<R[]>;
}

/** Writes facts; every method waits for the database. */
export class World {
  readonly db: Queryable;
  #backups = 0;
  #runs = 0;

  constructor(db: Queryable) {
    this.db = db;
  }

  async project(id: string, { name = id, from = '2025-01-01T00:00:00Z', configured = true } = {}): Promise<void> {
    await this.db.query(
      `insert into inventory.project (project_id, name, region, endpoint, configured, first_seen_at, changed_at)
       values ($1, $2, 'r1', 'https://x.test', $3, $4, $4)`,
      [id, name, configured, from],
    );
  }

  async instance(project: string, given: InstanceGiven = {}): Promise<string> {
    const { id = `${project}-i`, name = id, datastore = 'cassandra', status = 'normal', keepDays = 7 } = given;
    const created = given.created === undefined ? '2025-06-01T00:00:00Z' : given.created;
    const seen = given.seen ?? '2025-06-01T00:00:00Z';
    await this.db.query(
      `insert into inventory.instance (project_id, instance_id, name, datastore_type, datastore_version, status, mode,
         created_at, backup_keep_days, first_seen_at, first_seen_run_id, changed_at, changed_run_id, missing_since,
         retired_at, retired_reason)
       values ($1, $2, $3, $4, '3.11', $5, 'Cluster', $6, $7, $8, 1, $9, 1, $10, $11, $12)`,
      [
        project,
        id,
        name,
        datastore,
        status,
        created,
        keepDays,
        seen,
        given.changed ?? seen,
        given.missing ?? given.retired ?? null,
        given.retired ?? null,
        given.retired === undefined ? null : 'instance_deleted',
      ],
    );
    return id;
  }

  async backup(project: string, given: BackupGiven): Promise<string> {
    this.#backups += 1;
    const id = given.id ?? `b${String(this.#backups).padStart(5, '0')}`;
    const { scope = 'instance', type = 'auto', status = 'COMPLETED', begin, instance = `${project}-i` } = given;
    const unfinished = status !== 'COMPLETED' && status !== 'FAILED';
    const end = given.end === undefined ? (unfinished ? null : ago('-30 min', begin)) : given.end;
    const size = given.size === undefined ? (status === 'COMPLETED' ? 1_000_000 : 0) : given.size;
    const seen = given.seen ?? end ?? begin;
    await this.db.query(
      `insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, instance_name, name, backup_type,
         status, datastore_type, size_bytes, begin_at, end_at, first_seen_at, first_seen_run_id, changed_at,
         changed_run_id, missing_since, retired_at, retired_reason)
       values ($1, $2, $3, $4, $5, $2, $6, $7, 'cassandra', $8, $9, $10, $11, 1, $12, 1, $13, $14, $15)`,
      [
        project,
        id,
        scope,
        instance,
        instance,
        type,
        status,
        size,
        begin,
        end,
        seen,
        given.changed ?? given.retired ?? given.missing ?? seen,
        given.missing ?? given.retired ?? null,
        given.retired ?? null,
        given.retired === undefined ? null : (given.reason ?? 'unknown'),
      ],
    );
    return id;
  }

  /** Good backups every `every` hours, the newest of them `newest` ago. */
  async backups(
    project: string,
    count: number,
    { newest = '2 h', every = 24, ...given }: Partial<BackupGiven> & { newest?: string; every?: number } = {},
  ): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      await this.backup(project, { ...given, begin: ago(`${index * every} h`, ago(newest)) });
    }
  }

  /** One sweep of a scope; by default a certified full one that took a minute. */
  async sweep(project: string, given: SweepGiven): Promise<void> {
    const { started, scope = 'instance_backups', mode = 'full', quarantined = false } = given;
    const certified = given.certified ?? mode === 'full';
    const reason = certified ? null : (given.reason ?? (mode === 'recent' ? 'recent' : 'throttled'));
    const committed = given.committed ?? ago('-1 min', started);
    this.#runs += 1;
    await this.db.query(
      `with run as (
         insert into inventory.run (trigger, mode, started_at, finished_at, outcome, program_version, config_digest, host,
           process_id)
         values ('schedule', $3, $4, $5, 'certified', '1.0.0', 'digest', 'host', 1) returning run_id
       )
       insert into inventory.sweep (run_id, project_id, scope, mode, certified, reason, pages, requests, retries, passes,
         rescans, rescans_joint, rescans_tie, rescans_total, duplicates, reported_total_first, reported_total,
         distinct_ids, ids_digest, inserted, updated, unchanged, struck, retired, revived, quarantined, anomalies,
         started_at, finished_at, committed_at)
       select run_id, $1, $2, $3, $6, $7, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 'digest', 0, 0, 1, 0, 0, 0, $8, 0, $4, $5, $5
       from run`,
      [project, scope, mode, started, committed, certified, reason, quarantined],
    );
  }

  /** Certified sweeps of all three scopes at these instants. */
  async sweeps(project: string, ...starts: readonly string[]): Promise<void> {
    for (const started of starts) {
      for (const scope of ['instances', 'instance_backups', 'database_table_backups']) {
        await this.sweep(project, { scope, started });
      }
    }
  }

  /** Certified hourly sweeps of the list of backups between two instants. */
  async hourly(project: string, from: string, to: string): Promise<void> {
    for (let at = Date.parse(from); at <= Date.parse(to); at += unitMs.h) {
      await this.sweep(project, { started: new Date(at).toISOString() });
    }
  }

  async objective(given: ObjectiveGiven = {}): Promise<void> {
    await this.db.query(
      `insert into compliance.objective (position, match_project, match_instance, match_datastore, rpo_seconds,
         retention_seconds, minimum_copies, manual_counts, valid_from, valid_to, config_digest, set_by, ended_by_digest)
       values (coalesce($1, (select count(*) + 1 from compliance.objective)), $2, $3, $4, $5, $6, $7, $8, $9, $10,
         'digest', 'dba@host', case when $10::timestamptz is not null then 'later' end)`,
      [
        given.position ?? null,
        given.project ?? null,
        given.instance ?? null,
        given.datastore ?? null,
        given.rpo ?? 26 * 3600,
        given.retention ?? 7 * 86_400,
        given.copies ?? 3,
        given.manualCounts ?? true,
        given.from ?? '2025-01-01T00:00:00Z',
        given.to ?? null,
      ],
    );
  }

  async exemption(given: ExemptionGiven): Promise<void> {
    await this.db.query(
      `insert into compliance.exemption (position, match_project, match_instance, control, owner, reason, expires_at,
         valid_from, valid_to, config_digest, set_by, ended_by_digest)
       values ((select count(*) + 1 from compliance.exemption), $1, $2, $3, 'dba@example.org', 'rebuilt nightly', $4, $5, $6,
         'digest', 'dba@host', case when $6::timestamptz is not null then 'later' end)`,
      [
        given.project ?? null,
        given.instance ?? null,
        given.control ?? 'BK-01',
        given.expires,
        given.from ?? '2025-01-01T00:00:00Z',
        given.to ?? null,
      ],
    );
  }

  async freshness(seconds: number, from = '2025-01-01T00:00:00Z'): Promise<void> {
    await this.db.query(
      `insert into compliance.setting (freshness_seconds, valid_from, config_digest, set_by)
       values ($1, $2, 'digest', 'dba@host')`,
      [seconds, from],
    );
  }
}
