// One scope of one run: sweep the list, stage what comes, decide what absence means, commit.

import { ClockError, StoreError } from '../inventory/errors.ts';
import type { Anomaly, BackupListScope, Certificate, Project, Scope, SweepMode } from '../inventory/model.ts';
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
import { sweep } from '../inventory/sweep.ts';
import { instantOf } from '../inventory/units.ts';
import { decideAbsence, lookUpAll } from './absence.ts';
import { createIntake, type Intake } from './intake.ts';

export interface ScopeDeps {
  clock: Clock;
  log: Log;
  run: OpenRun;
  source: Source;
  /** Counts of our own calls since the last commit, and the way back for a commit that failed. */
  counters: CounterBuffer;
  /** Awaited before each commit. Throws ClockError where nothing may be stored. */
  beforeCommit(): Promise<void>;
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
const maxUnfinishedLookUps = 500;
/** Clocks differ, and a list may show a backup a little late. */
const windowOverlapMs = 10 * 60_000;
const windowAheadMs = 24 * 3_600_000;
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
  const read = createIntake(stage, deps.onProgress, mode === 'recent');
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
  const decided = await decideAbsence(deps, input, { stage, outcome, call, read, startedAt });
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
  return await commit(deps, stage, { certificate, absence: decided.absence, anomalies: read.anomalies, complete });
}

function recentWindow(since: Date, now: Date): BeginWindow {
  return {
    from: instantOf(new Date(since.getTime() - windowOverlapMs)),
    to: instantOf(new Date(now.getTime() + windowAheadMs)),
  };
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
  let counters: CounterIncrement[] = [];
  try {
    await deps.beforeCommit();
    counters = deps.counters.drain();
    const result = await stage.commit({ certificate, absence, anomalies, counters });
    return { certificate, commit: result, complete };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    deps.counters.restore(counters); // refused before anything was written
    return { certificate: refusedWith(error, certificate), commit: null, complete: false };
  }
}

/** The sweep is not stored; the run goes on. */
function isRefusal(error: unknown): error is ClockError | StoreError {
  return error instanceof ClockError || (error instanceof StoreError && error.code === 'SWEEP_SUPERSEDED');
}

/** What the cloud said against it comes first. */
function refusedWith(error: ClockError | StoreError, certificate: Certificate): Certificate {
  if (certificate.errorCode !== null) return certificate;
  const { code, message } = error;
  return { ...certificate, certified: false, reason: 'cancelled', errorCode: code, errorMessage: message };
}
