// The inventory's memory: implements the ports Store, OpenRun and Stage over any Database.
// One run at a time writes; what it commits is refused once another run has declared it dead.

import { sql } from 'kysely';
import { StoreError } from '../inventory/errors.ts';
import type { BackupListScope, Fact, Project, ScopeRef } from '../inventory/model.ts';
import type {
  Clock,
  CommitResult,
  CounterIncrement,
  MissingRow,
  OpenRun,
  RunInput,
  RunResult,
  Stage,
  Store,
  UnfinishedBackup,
} from '../inventory/ports.ts';
import { countAbsence, missingRows } from './absence.ts';
import { announce } from './changes.ts';
import { type CommitInput, commitSweep, refuseFenced } from './commit.ts';
import { increaseCounters } from './counters.ts';
import type { Database } from './database.ts';
import { itemTables } from './item-table.ts';
import { type RunLock, takeRunLock } from './lock.ts';
import { abandonOpenRuns, insertRun } from './runs.ts';
import { emptyStage, StagedFacts, type StagedScope } from './staging.ts';
import { storableText } from './storable.ts';
import { inTransaction, type Tx } from './transaction.ts';

export interface StoreDeps {
  database: Database;
  clock: Clock;
}

/** The store over a migrated database. */
export function createStore(deps: StoreDeps): Store {
  return { openRun: (input) => openRun(deps, input) };
}

async function openRun(deps: StoreDeps, input: RunInput): Promise<OpenRun> {
  const lock = await takeRunLock(deps.database, input.shard);
  try {
    const { runId, abandoned } = await inTransaction(deps.database, {}, async (tx) => {
      const abandoned = await abandonOpenRuns(tx, input);
      const runId = await insertRun(tx, input);
      await announce(deps.database, tx, { run: runId });
      return { runId, abandoned };
    });
    await emptyStage(deps.database, input.shard === null ? 'all' : abandoned);
    return new StoredRun(deps, lock, runId, input);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

class StoredRun implements OpenRun {
  readonly runId: number;
  readonly lost: AbortSignal;
  readonly #deps: StoreDeps;
  readonly #lock: RunLock;
  readonly #input: RunInput;
  /** Commits wait here and not on a connection each, which the stages need. */
  #commits: Promise<unknown> = Promise.resolve();
  #stages = 0;

  constructor(deps: StoreDeps, lock: RunLock, runId: number, input: RunInput) {
    this.#deps = deps;
    this.#lock = lock;
    this.#input = input;
    this.runId = runId;
    this.lost = lock.lost;
  }

  async saveProjects(
    projects: readonly Project[],
    { exhaustive, configured }: { exhaustive: boolean; configured?: readonly string[] },
  ): Promise<void> {
    const ids = configured ?? projects.map(({ projectId }) => projectId);
    await inTransaction(this.#deps.database, {}, async (tx) => {
      await refuseFenced(tx, this.runId);
      await upsertProjects(tx, projects, this.#input.startedAt);
      if (!exhaustive) return;
      await sql`
        update inventory.project set configured = false, changed_at = ${this.#input.startedAt}
        where configured and project_id <> all(${ids}::text[])
      `.execute(tx);
    });
  }

  async stage({ projectId, scope }: ScopeRef): Promise<Stage> {
    this.#stages += 1;
    const staged: StagedScope = { runId: this.runId, stage: this.#stages, projectId, scope };
    const stagedAfter = await newestCommit(this.#deps.database, staged);
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const mine = this.#commits.then(() => {
        this.lost.throwIfAborted();
        return work();
      });
      this.#commits = mine.catch(() => undefined); // thrown to whoever asked for that commit
      return mine;
    };
    return new StoredStage(this.#deps, staged, { runStartedAt: this.#input.startedAt, stagedAfter, inTurn });
  }

  async readSince({ projectId, scope }: ScopeRef): Promise<Date | null> {
    const { since } = await this.#deps.database.db
      .selectFrom('inventory.sweep')
      .select((eb) => eb.fn.max('started_at').as('since'))
      .where('project_id', '=', projectId)
      .where('scope', '=', scope)
      .where((eb) => eb.or([eb('certified', '=', true), eb('reason', '=', 'recent')]))
      .executeTakeFirstOrThrow();
    return since;
  }

  async unfinished({ projectId, scope }: ScopeRef & { scope: BackupListScope }): Promise<UnfinishedBackup[]> {
    const rows = await this.#deps.database.db
      .selectFrom('inventory.backup')
      .select(['backup_id', 'begin_at'])
      .where('project_id', '=', projectId)
      .where('backup_scope', '=', itemTables[scope].backupScope ?? 'instance')
      .where('status', 'not in', ['COMPLETED', 'FAILED'])
      .where('retired_at', 'is', null)
      .orderBy('begin_at')
      .execute();
    return rows.map((row) => ({ id: row.backup_id, beginAt: row.begin_at }));
  }

  async finish(result: RunResult, counters: readonly CounterIncrement[]): Promise<void> {
    const { database } = this.#deps;
    await inTransaction(database, {}, async (tx) => {
      const closed = await tx
        .updateTable('inventory.run')
        .set({
          outcome: result.outcome,
          finished_at: result.finishedAt,
          error_code: result.errorCode,
          error_message: result.errorMessage === null ? null : storableText(result.errorMessage),
          clock_skew_seconds: result.clockSkewSeconds ?? null,
          credential_expires_at: result.credentialExpiresAt ?? null,
        })
        .where('run_id', '=', this.runId)
        .where('finished_at', 'is', null)
        .executeTakeFirst();
      if (closed.numUpdatedRows !== 1n) {
        throw new StoreError('RUN_FENCED', `Run ${this.runId} was declared abandoned: another run took over.`);
      }
      await increaseCounters(tx, counters);
      await announce(database, tx, { run: this.runId });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commits;
    try {
      if (!this.lost.aborted) await emptyStage(this.#deps.database, this.#input.shard === null ? 'all' : [this.runId]);
    } catch {
      // A database that is gone was told to whoever used it; the next run empties the stage.
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }
}

async function upsertProjects(tx: Tx, projects: readonly Project[], at: Date): Promise<void> {
  await sql`
    insert into inventory.project as p (project_id, name, region, endpoint, first_seen_at, changed_at)
    select distinct on ("projectId") "projectId", name, region, endpoint, ${at}::timestamptz, ${at}::timestamptz
    from json_to_recordset(${JSON.stringify(projects)}::json) as r("projectId" text, name text, region text, endpoint text)
    order by "projectId"
    on conflict (project_id) do update set name = excluded.name, region = excluded.region, endpoint = excluded.endpoint,
      configured = true, changed_at = excluded.changed_at
    where (p.name, p.region, p.endpoint, p.configured) is distinct from (excluded.name, excluded.region, excluded.endpoint, true)
  `.execute(tx);
}

async function newestCommit(database: Database, { projectId, scope }: ScopeRef): Promise<Date | null> {
  const { last } = await database.db
    .selectFrom('inventory.sweep')
    .select((eb) => eb.fn.max('committed_at').as('last'))
    .where('project_id', '=', projectId)
    .where('scope', '=', scope)
    .executeTakeFirstOrThrow();
  return last;
}

interface StageSetting {
  runStartedAt: Date;
  stagedAfter: Date | null;
  /** Runs commits one after another. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

class StoredStage implements Stage {
  readonly #deps: StoreDeps;
  readonly #scope: StagedScope;
  readonly #facts: StagedFacts;
  readonly #setting: StageSetting;
  #settled: Promise<void> = Promise.resolve();

  constructor(deps: StoreDeps, scope: StagedScope, setting: StageSetting) {
    this.#deps = deps;
    this.#scope = scope;
    this.#facts = new StagedFacts(deps.database, scope);
    this.#setting = setting;
  }

  add(facts: readonly Fact[]): Promise<void> {
    return this.#facts.add(facts);
  }

  async absence(): Promise<{ live: number; missing: number; quarantinedInARow: number }> {
    await this.#facts.flush();
    const counts = await countAbsence(this.#deps.database, this.#scope);
    await this.#facts.verify();
    return counts;
  }

  async missing(): Promise<MissingRow[]> {
    await this.#facts.flush();
    const rows = await missingRows(this.#deps.database, this.#scope, this.#setting.runStartedAt);
    await this.#facts.verify();
    return rows;
  }

  commit(input: CommitInput): Promise<CommitResult> {
    const { stagedAfter, inTurn } = this.#setting;
    const commit = this.#facts
      .flush()
      .then(() =>
        inTurn(() => commitSweep(this.#deps, this.#scope, { batchSizes: this.#facts.batchSizes, stagedAfter }, input)),
      );
    this.#settled = commit.then(
      () => undefined,
      () => undefined,
    );
    return commit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settled; // `return stage.commit(…)` disposes before the commit ended
    await this.#facts.flush().catch(() => undefined); // told to whoever added; the end of the run empties the stage
  }
}
