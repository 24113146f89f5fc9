// Facts of one sweep on their way in, a batch of about three thousand to a statement: memory stays flat, the database has
// parsed them before the commit begins, and it knows the ids when absence is judged.

import { type RawBuilder, sql } from 'kysely';
import { StoreError } from '../inventory/errors.ts';
import type { Fact, ScopeRef } from '../inventory/model.ts';
import type { Database } from './database.ts';
import { stateOf } from './errors.ts';
import { type ItemTable, itemTables } from './item-table.ts';
import { storableJson, storableText } from './storable.ts';
import { inTransaction, type Tx } from './transaction.ts';

/** A list that a run reads, and which rows of the stage are of it. */
export interface StagedScope extends ScopeRef {
  runId: number;
  /** Number of the list within the run. */
  stage: number;
}

const batchSize = 3000;

/** Two batches are parsed by the server at a time, each on its own core, while this process encodes a third. */
const inFlight = 2;

/** Sends facts to the stage. */
export class StagedFacts {
  /** Facts in each batch, in order of `batch`, from 1. */
  readonly batchSizes: number[] = [];
  readonly #database: Database;
  readonly #scope: StagedScope;
  readonly #items: ItemTable;
  #pending: Fact[] = [];
  /** Batches on their way, oldest first. */
  #sending: Promise<void>[] = [];

  constructor(database: Database, scope: StagedScope) {
    this.#database = database;
    this.#scope = scope;
    this.#items = itemTables[scope.scope];
  }

  /** Items sent, those read twice counted twice. */
  get total(): number {
    return this.batchSizes.reduce((sum, size) => sum + size, 0);
  }

  async add(facts: readonly Fact[]): Promise<void> {
    for (const fact of facts) this.#pending.push(fact);
    if (this.#pending.length >= batchSize) await this.#send();
  }

  /** Resolves when all that was added is stored. */
  async flush(): Promise<void> {
    if (this.#pending.length > 0) await this.#send();
    await Promise.allSettled(this.#sending); // none is on its way any more, even where one failed
    await Promise.all(this.#sending);
  }

  /**
   * Throws where the database no longer has all that was sent: it crashed and emptied the unlogged table, or another
   * run did. To be called after whatever was read from there: what is lost must not look like what is gone.
   */
  async verify(): Promise<void> {
    const { rows } = await sql<{ staged: number }>`
      select count(*) as staged from ${stagedRows(this.#scope)}
    `.execute(this.#database.db);
    refuseLoss(this.total, rows[0]?.staged ?? 0);
  }

  async #send(): Promise<void> {
    const byId = new Map(this.#pending.map((fact) => [this.#idOf(fact), fact])); // the later one wins
    this.#pending = [];
    this.batchSizes.push(byId.size);
    const batch = this.batchSizes.length;
    const facts = storableJson([...byId.values()]);
    if (this.#sending.length === inFlight) await this.#sending.shift();
    const sending = this.#insert(batch, facts);
    sending.catch(() => undefined); // thrown to whoever awaits it next
    this.#sending.push(sending);
  }

  #idOf(fact: Fact): string {
    return storableText(String((fact as unknown as Record<string, unknown>)[this.#items.id.key]));
  }

  async #insert(batch: number, facts: string): Promise<void> {
    const { runId, stage } = this.#scope;
    const columns = [this.#items.id, ...this.#items.facts];
    const list = (text: (column: (typeof columns)[number]) => string) => sql.raw(columns.map(text).join(', '));
    await sql`
      insert into ${sql.table(this.#items.stage)} (run_id, stage, batch, ${list(({ name }) => name)})
      select ${runId}::bigint, ${stage}::int, ${batch}::int, ${list(({ key }) => `f."${key}"`)}
      from json_to_recordset(${facts}::json) as f(${list(({ key, type }) => `"${key}" ${type}`)})
    `.execute(this.#database.db);
  }
}

/** Throws where fewer items are staged than were sent. */
export function refuseLoss(sent: number, staged: number): void {
  if (sent === staged) return;
  const message = `Of ${sent} staged items the database kept ${staged}: it restarted, or another run emptied the stage. Run again.`;
  throw new StoreError('DATABASE_FAILED', message);
}

/** The staged rows of a list, for the `from` of a statement that calls them `s` and adds conditions by `and`. */
export function stagedRows({ runId, stage, scope }: StagedScope): RawBuilder<unknown> {
  return sql`${sql.table(itemTables[scope].stage)} s where s.run_id = ${runId} and s.stage = ${stage}`;
}

/** The ids that were staged, each once. */
export function seenIds(scope: StagedScope): RawBuilder<unknown> {
  return sql`select distinct s.${sql.ref(itemTables[scope.scope].id.name)} as id from ${stagedRows(scope)}`;
}

const stages = [itemTables.instances.stage, itemTables.instance_backups.stage];
const truncatedFrom = 8 * 1024 * 1024;

/** Empties the stage: of everything for a run that is alone, else of the runs given. */
export async function emptyStage(database: Database, runs: readonly number[] | 'all'): Promise<void> {
  if (runs === 'all' && (await truncated(database))) return;
  await inTransaction(database, {}, async (tx) => {
    const which = runs === 'all' ? sql`` : sql`where run_id = any(${[...runs]}::bigint[])`;
    for (const stage of stages) await sql`delete from ${sql.table(stage)} ${which}`.execute(tx);
  });
}

/** Gives a large stage's space back at once. False where it is small, or somebody reads it: pg_dump does, for hours. */
async function truncated(database: Database): Promise<boolean> {
  try {
    return await inTransaction(database, { lockTimeoutMs: 100 }, async (tx) => {
      if ((await stageBytes(tx)) < truncatedFrom) return false;
      await sql`truncate ${sql.join(stages.map((stage) => sql.table(stage)))}`.execute(tx);
      return true;
    });
  } catch (error) {
    if (stateOf(error) === '55P03') return false;
    throw error;
  }
}

async function stageBytes(tx: Tx): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select sum(pg_total_relation_size(name::regclass))::bigint as bytes from unnest(${stages}::text[]) as name
  `.execute(tx);
  return rows[0]?.bytes ?? 0;
}
