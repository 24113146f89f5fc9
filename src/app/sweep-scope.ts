// One scope of one run: sweep the list, stage what comes, decide what absence means, commit.

import { CloudError, StoreError } from '../inventory/errors.ts';
import {
  type Anomaly,
  type BackupListScope,
  type Certificate,
  type ListPage,
  type Project,
  type Scope,
  type SweepMode,
  type SweepReason,
  scopes,
} from '../inventory/model.ts';
import type {
  AbsenceDecision,
  BeginWindow,
  Call,
  Clock,
  CommitResult,
  CounterIncrement,
  Log,
  OpenRun,
  Source,
  Stage,
} from '../inventory/ports.ts';
import { isQuarantined, judgeAbsence, worthLookingUp } from '../inventory/retirement.ts';
import { type SweepOutcome, sweep } from '../inventory/sweep.ts';
import { instantOf } from '../inventory/units.ts';

export interface ScopeDeps {
  clock: Clock;
  log: Log;
  run: OpenRun;
  source: Source;
  /** Counts of our own calls since the last commit, and the way back for a commit that failed. */
  counters: CounterBuffer;
  /** Takes known secrets out of what the database keeps. */
  scrub(text: string): string;
  /** Distinct ids so far and the reported total. */
  onProgress(seen: number, total: number | null): void;
}

export interface CounterBuffer {
  drain(): CounterIncrement[];
  restore(increments: readonly CounterIncrement[]): void;
}

export interface ScopeInput {
  project: Project;
  scope: Scope;
  mode: SweepMode;
  concurrency: number;
  trustTotalCount: boolean;
  acceptMassRetirement: boolean;
  signal: AbortSignal;
}

export interface ScopeResult {
  certificate: Certificate;
  /** null where nothing was committed. */
  commit: CommitResult | null;
  /** What was asked was read: the whole list certified, or the window of a recent run. */
  complete: boolean;
}

/** The API's most items a page. */
const pageLimit = 100;
const maxReads = 200_000;
/** Direct look-ups per scope and run: absence that can wait waits for the next sweep. */
const maxAbsenceLookUps = 20;
const maxUnfinishedLookUps = 500;
/** Clocks differ, and a list may show a backup a little late. */
const windowOverlapMs = 10 * 60_000;
const windowAheadMs = 24 * 3_600_000;
/** Anomalies kept of one sweep; the store folds equal ones. */
const maxAnomalies = 1000;
/** Stopped in the middle, a larger part would take longer to commit than there is time. */
const maxRowsWhenCancelled = 20_000;

/** Never throws a CloudError: it becomes the certificate's reason. Throws StoreError where the run cannot go on. */
export async function sweepScope(deps: ScopeDeps, input: ScopeInput): Promise<ScopeResult> {
  const { project, scope, signal } = input;
  const startedAt = deps.clock.now();
  const since = input.mode === 'recent' ? await deps.run.readSince({ projectId: project.projectId, scope }) : null;
  const window = since === null ? undefined : recentWindow(since, startedAt);
  const mode: SweepMode = window === undefined ? 'full' : 'recent';
  const call: Call = { signal, tally: { requests: 0, retries: 0, throttleWaitSeconds: 0 } };
  await using stage = await deps.run.stage({ projectId: project.projectId, scope });
  const read = createIntake(stage, deps, mode === 'recent');
  const outcome = await sweep(
    {
      fetchPage: (request, pageSignal) =>
        deps.source.fetchPage(scope, { ...request, window }, { ...call, signal: pageSignal }),
      onPage: read.take,
    },
    {
      limit: pageLimit,
      concurrency: input.concurrency,
      trustTotalCount: input.trustTotalCount,
      maxReads,
      certify: mode === 'full',
      signal,
    },
  );
  if (mode === 'recent' && outcome.readThrough) await lookUpUnfinished(deps, input, call, read);
  const decided = await decide(deps, input, { stage, outcome, call, read, startedAt });
  const certificate: Certificate = {
    ...decided.outcome,
    errorMessage: outcome.errorMessage === null ? null : deps.scrub(outcome.errorMessage),
    mode,
    startedAt,
    finishedAt: deps.clock.now(),
    requests: call.tally.requests,
    retries: call.tally.retries,
  };
  const complete = certificate.certified || (mode === 'recent' && outcome.readThrough);
  if (certificate.reason === 'cancelled' && read.rows() > maxRowsWhenCancelled) {
    return { certificate, commit: null, complete };
  }
  return commit(deps, stage, { certificate, absence: decided.absence, anomalies: read.anomalies, complete });
}

function recentWindow(since: Date, now: Date): BeginWindow {
  return {
    from: instantOf(new Date(since.getTime() - windowOverlapMs)),
    to: instantOf(new Date(now.getTime() + windowAheadMs)),
  };
}

interface Progress {
  stage: Stage;
  outcome: SweepOutcome;
  call: Call;
  read: Intake;
  startedAt: Date;
}

/** What the sweep may say of the rows that it did not show. */
async function decide(deps: ScopeDeps, input: ScopeInput, progress: Progress): Promise<Decision> {
  const { stage, outcome, call, read, startedAt } = progress;
  if (!outcome.certified) return { outcome, absence: { kind: 'none' } };
  const { live, missing, quarantinedInARow } = await stage.absence();
  const counts = { live, missing, quarantinedInARow, listed: outcome.distinctIds };
  const projectVisible = outcome.distinctIds > 0 || missing === 0 || (await isProjectVisible(deps, input.scope, call));
  const accepted = input.acceptMassRetirement;
  if (isQuarantined({ ...counts, projectVisible, accepted })) {
    return { outcome, absence: { kind: 'quarantined', missing, live } };
  }
  if (missing === 0) return { outcome, absence: { kind: 'judged', verdicts: [] } };
  const rows = await stage.missing();
  const suspects = worthLookingUp(rows, startedAt, maxAbsenceLookUps);
  const { absent, found } = await lookUpAll(deps, input.scope, suspects, call, read);
  if (found > 0) {
    // The list hid a row that the cloud still knows: whatever the joints say, it was not complete.
    deps.log.warn({ projectId: input.project.projectId, scope: input.scope, found }, 'look-up contradicts the list');
    return { outcome: { ...outcome, certified: false, reason: 'total_mismatch' }, absence: { kind: 'none' } };
  }
  return { outcome, absence: judgeAbsence(rows, absent, startedAt) };
}

/** Whether any other list of the project shows a row: then an empty one is not a lost permission. */
async function isProjectVisible(deps: ScopeDeps, scope: Scope, call: Call): Promise<boolean> {
  for (const other of scopes) {
    if (other === scope) continue;
    try {
      const page = await deps.source.fetchPage(other, { offset: 0, limit: 1 }, call);
      if (page.items.length > 0) return true;
    } catch (error) {
      if (!(error instanceof CloudError)) throw error; // what cannot be asked shows nothing
    }
  }
  return false;
}

interface Decision {
  outcome: SweepOutcome;
  absence: AbsenceDecision;
}

/** Asks for each id by itself. A look-up that fails is no witness; the next sweep is. */
async function lookUpAll(deps: ScopeDeps, scope: Scope, rows: readonly { id: string }[], call: Call, read: Intake) {
  const absent = new Set<string>();
  let found = 0;
  let failure: CloudError | null = null;
  for (const { id } of rows) {
    try {
      const page = await deps.source.lookUp(scope, id, call);
      await read.take(page);
      if (page.items.some((item) => item.id === id)) found += 1;
      else if (page.items.length === 0 && page.anomalies.length === 0) absent.add(id);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      failure = error;
      break; // throttled or worse: the others would fare alike
    }
  }
  return { absent, found, failure };
}

/** Recent runs: backups that were unfinished and lie outside the window. */
async function lookUpUnfinished(deps: ScopeDeps, input: ScopeInput, call: Call, read: Intake): Promise<void> {
  const { scope, project } = input;
  if (scope === 'instances') return;
  const unfinished = await deps.run.unfinished({
    projectId: project.projectId,
    scope: scope satisfies BackupListScope,
  });
  const rows = unfinished.filter(({ id }) => !read.ids.has(id)).slice(0, maxUnfinishedLookUps);
  const { failure } = await lookUpAll(deps, scope, rows, call, read);
  if (failure !== null) {
    deps.log.warn({ projectId: project.projectId, scope, err: failure }, 'unfinished backups could not be looked up');
  }
}

async function commit(
  deps: ScopeDeps,
  stage: Stage,
  input: { certificate: Certificate; absence: AbsenceDecision; anomalies: readonly Anomaly[]; complete: boolean },
): Promise<ScopeResult> {
  const { certificate, absence, anomalies, complete } = input;
  const counters = deps.counters.drain();
  try {
    const result = await stage.commit({ certificate, absence, anomalies, counters });
    return { certificate, commit: result, complete };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'SWEEP_SUPERSEDED') throw error;
    deps.counters.restore(counters); // refused before anything was written
    const refused = { certified: false, reason: 'cancelled' as SweepReason, errorCode: error.code };
    return { certificate: { ...certificate, ...refused, errorMessage: error.message }, commit: null, complete: false };
  }
}

/** Where the rows of a sweep go as they arrive. */
interface Intake {
  take(page: ListPage): Promise<void>;
  /** Ids seen; kept for windows only, whole lists are too long. */
  readonly ids: ReadonlySet<string>;
  readonly anomalies: Anomaly[];
  rows(): number;
}

function createIntake(stage: Stage, deps: ScopeDeps, keepIds: boolean): Intake {
  const ids = new Set<string>();
  const anomalies: Anomaly[] = [];
  let rows = 0;
  return {
    ids,
    anomalies,
    rows: () => rows,
    async take(page) {
      for (const anomaly of page.anomalies) if (anomalies.length < maxAnomalies) anomalies.push(anomaly);
      if (keepIds) for (const { id } of page.items) if (id !== null) ids.add(id);
      const facts = page.items.flatMap(({ fact }) => (fact === null ? [] : [fact]));
      rows += facts.length;
      deps.onProgress(rows, page.total);
      await stage.add(facts);
    },
  };
}
