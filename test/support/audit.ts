// Compares what the inventory holds with what the simulated cloud really held, by its own reading of the wire: none of
// the product's code is used. Every sentence that `falsehoods` returns is a broken promise.

/** What the three lists of a project hold at an instant; the simulator's `truth`. */
export interface Truth {
  instances: readonly object[];
  instance_backups: readonly object[];
  database_table_backups: readonly object[];
}

export type Query = <R = Record<string, unknown>>(text: string) => Promise<R[]>;

/** Truth by project id. */
export type Truths = ReadonlyMap<string, Truth>;

const lists = ['instances', 'instance_backups', 'database_table_backups'] as const;
type List = (typeof lists)[number];

/** What the inventory should hold: facts as text, by `project list id`. */
function expectedRows(truths: Truths): Map<string, string> {
  const rows = new Map<string, string>();
  for (const [projectId, truth] of truths) {
    for (const list of lists) {
      for (const wire of truth[list]) {
        const row = wire as Record<string, unknown>;
        const facts = list === 'instances' ? instanceFacts(row) : backupFacts(row);
        rows.set(keyOf(projectId, list, storable(String(row.id))), JSON.stringify(facts));
      }
    }
  }
  return rows;
}

function keyOf(projectId: string, list: List, id: string): string {
  return `${projectId} ${list} ${id}`;
}

function backupFacts(row: Record<string, unknown>): unknown[] {
  const tables = row.database_tables as { database_name: string; table_names: string[] | null }[] | null | undefined;
  const type = String(row.type);
  return [
    row.instance_id,
    text(row.name),
    text(row.description),
    type === 'Auto' || type === 'Manual' ? type.toLowerCase() : type,
    row.status,
    Math.round(Number(row.size) * 1024),
    instant(row.begin_time),
    instant(row.end_time),
    tables?.length ? tables.map((one) => [one.database_name, one.table_names?.length ? one.table_names : null]) : null,
  ];
}

function instanceFacts(row: Record<string, unknown>): unknown[] {
  const strategy = row.backup_strategy as { keep_days: number } | undefined;
  return [text(row.name), row.status, row.mode, instant(`${row.created}Z`), strategy?.keep_days ?? null];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? storable(value) : null;
}

/** Postgres stores neither NUL nor half a surrogate pair. */
function storable(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\uFFFD');
}

function instant(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return new Date(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')).toISOString();
}

interface StoredRow {
  facts: string;
  retired: boolean;
  missing: boolean;
}

async function storedRows(query: Query): Promise<Map<string, StoredRow>> {
  const rows = new Map<string, StoredRow>();
  const backups = await query<Record<string, unknown>>('select * from inventory.backup');
  for (const row of backups) {
    const list = row.backup_scope === 'instance' ? 'instance_backups' : 'database_table_backups';
    const tables = row.database_tables as { database: string; tables: string[] | null }[] | null;
    const facts = [
      row.instance_id,
      row.name,
      row.description,
      row.backup_type,
      row.status,
      row.size_bytes,
      isoOf(row.begin_at),
      isoOf(row.end_at),
      tables?.map((one) => [one.database, one.tables]) ?? null,
    ];
    rows.set(keyOf(String(row.project_id), list, String(row.backup_id)), stored(row, facts));
  }
  for (const row of await query<Record<string, unknown>>('select * from inventory.instance')) {
    const facts = [row.name, row.status, row.mode, isoOf(row.created_at), row.backup_keep_days];
    rows.set(keyOf(String(row.project_id), 'instances', String(row.instance_id)), stored(row, facts));
  }
  return rows;
}

function stored(row: Record<string, unknown>, facts: unknown[]): StoredRow {
  return { facts: JSON.stringify(facts), retired: row.retired_at !== null, missing: row.missing_since !== null };
}

function isoOf(value: unknown): string | null {
  return value instanceof Date ? value.toISOString() : null;
}

export interface Difference {
  /** In the cloud, not live in the inventory. */
  lacking: string[];
  /** Live in the inventory, not in the cloud. */
  surplus: string[];
  /** Live in both, with other facts: what is held, what is true. */
  different: string[];
}

export const none: Difference = { lacking: [], surplus: [], different: [] };

/** How the live rows differ from the truth. */
export async function difference(query: Query, truths: Truths): Promise<Difference> {
  const expected = expectedRows(truths);
  const held = await storedRows(query);
  const result: Difference = { lacking: [], surplus: [], different: [] };
  for (const [key, facts] of expected) {
    const row = held.get(key);
    if (row === undefined || row.retired) result.lacking.push(key);
    else if (row.facts !== facts) result.different.push(`${key}: holds ${row.facts}, true is ${facts}`);
  }
  for (const [key, row] of held) if (!row.retired && !expected.has(key)) result.surplus.push(key);
  return result;
}

/**
 * What must never be, whatever went wrong in a run: rows that lived before and after it retired or struck, a
 * certificate over a copy that lacks one, half a scope, staged rows left behind.
 */
export async function falsehoods(query: Query, before: Truths, after: Truths, runId: number): Promise<string[]> {
  const held = await storedRows(query);
  const sweeps = await query<{ project_id: string; scope: string; certified: boolean }>(
    `select project_id, scope, certified from inventory.sweep where run_id = ${runId}`,
  );
  const certified = new Set(sweeps.filter((one) => one.certified).map((one) => `${one.project_id} ${one.scope}`));
  const found: string[] = [];
  const stillThere = expectedRows(after);
  for (const key of expectedRows(before).keys()) {
    if (!stillThere.has(key)) continue;
    const row = held.get(key);
    if (row?.retired) found.push(`retired though live: ${key}`);
    else if (row?.missing) found.push(`struck though live: ${key}`);
    else if (row === undefined && certified.has(key.split(' ').slice(0, 2).join(' '))) {
      found.push(`certified without: ${key}`);
    }
  }
  return [...found, ...(await halves(query, runId))];
}

/** Rows that a run changed beside what its certificates say it changed, and rows that it left on the stage. */
async function halves(query: Query, runId: number): Promise<string[]> {
  const rows = await query<{ project_id: string; scope: string; changed: number; said: number | null }>(`
    with changed as (
      select project_id, 'instances' as scope from inventory.instance where changed_run_id = ${runId}
      union all
      select project_id, case backup_scope when 'instance' then 'instance_backups' else 'database_table_backups' end
      from inventory.backup where changed_run_id = ${runId}
    ), counted as (select project_id, scope, count(*)::int as changed from changed group by 1, 2),
    said as (
      select project_id, scope, inserted + updated + struck + retired as said from inventory.sweep where run_id = ${runId}
    )
    select project_id, scope, coalesce(c.changed, 0) as changed, s.said
    from counted c full join said s using (project_id, scope)
    where coalesce(c.changed, 0) is distinct from s.said`);
  return [
    ...rows.map((row) => `half a scope: ${row.project_id} ${row.scope} changed ${row.changed}, said ${row.said}`),
    ...(await leftovers(query)),
  ];
}

/** The stage holds nothing when no run is under way. */
async function leftovers(query: Query): Promise<string[]> {
  const tables = await query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace = 'inventory'::regnamespace and c.relkind = 'r' and c.relname like 'staged%'`);
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await query<{ n: number }>(`select count(*)::int as n from ${name}`);
    if (row?.n !== 0) found.push(`left on the stage: ${row?.n} in ${name}`);
  }
  return found;
}

/** States of one row must follow each other without hole and overlap. */
export async function brokenHistory(query: Query): Promise<string[]> {
  const rows = await query<{ what: string; id: string }>(`
    select 'backup' as what, backup_id as id from (
      select backup_id, recorded_to,
        lead(recorded_from) over (partition by project_id, backup_id, backup_scope order by recorded_from) as next_from
      from inventory.backup_history
    ) h where recorded_to is distinct from next_from
    union all
    select 'instance', instance_id from (
      select instance_id, recorded_to,
        lead(recorded_from) over (partition by project_id, instance_id order by recorded_from) as next_from
      from inventory.instance_history
    ) h where recorded_to is distinct from next_from`);
  return rows.map(({ what, id }) => `broken history of ${what} ${id}`);
}
