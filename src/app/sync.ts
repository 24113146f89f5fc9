// One run, top to bottom: take the lock, sweep each scope of each project, commit, close. The story of the product.

import { type ExitCode, exit } from '../exit-codes.ts';
import { CloudError, clockFault, StoreError } from '../inventory/errors.ts';
import {
  type Project,
  type RunOutcome,
  type RunTrigger,
  type Scope,
  type SweepMode,
  scopes,
} from '../inventory/model.ts';
import type { Clock, Log, OpenRun, Source, Store } from '../inventory/ports.ts';
import { eachOf } from './each-of.ts';
import type { RunProgress } from './progress.ts';
import { isComplete, type RunSummary, type ScopeSummary, summaryOf } from './run-summary.ts';
import { type CounterBuffer, sweepScope } from './sweep-scope.ts';

export interface SyncDeps {
  clock: Clock;
  log: Log;
  store: Store;
  source(project: Project): Source;
  /** The projects that IAM lists. Throws CloudError. */
  discover: ((signal: AbortSignal) => Promise<Project[]>) | null;
  counters: CounterBuffer;
  /** What this process knows of its clock and credentials, for the run's row. */
  readings(): { clockSkewSeconds: number | null; credentialExpiresAt: Date | null };
  /** How far this host's clock is ahead of the cloud's, as this run saw it; null = not seen. */
  clockSkewSeconds(): number | null;
  /** Takes known secrets out of what the database keeps. */
  scrub(text: string): string;
  progress: RunProgress;
  /** Called once, under the lock, before the first commit: when the cloud has shown that this host's clock is right. */
  onOpened?(): Promise<void>;
}

export interface SyncInput {
  trigger: RunTrigger;
  mode: SweepMode;
  /** The configured projects. */
  projects: readonly Project[];
  /** Only these project ids are read; null = all. */
  only: readonly string[] | null;
  shard: { index: number; count: number } | null;
  concurrency: number;
  trustTotalCount: boolean;
  acceptMassRetirement: boolean;
  identity: { configDigest: string; programVersion: string; host: string; processId: number };
  signal: AbortSignal;
}

/** Runs once. Throws LockHeldError, and StoreError where the database ended the run; the cloud's failures are in the summary. */
export async function sync(deps: SyncDeps, input: SyncInput): Promise<RunSummary> {
  const startedAt = deps.clock.now();
  const shard = input.shard === null ? null : `${input.shard.index}/${input.shard.count}`;
  await using run = await deps.store.openRun({
    ...input.identity,
    trigger: input.trigger,
    mode: input.mode,
    shard,
    startedAt,
  });
  deps.log.info({ runId: run.runId, mode: input.mode, trigger: input.trigger, shard }, 'run started');
  const signal = AbortSignal.any([input.signal, run.lost]);
  try {
    const { projects, configured, failure } = await projectsOf(deps, input, signal);
    const exhaustive = input.only === null && failure === null;
    const beforeCommit = preparation(deps, () => run.saveProjects(projects, { exhaustive, configured }));
    const results = await sweepProjects({ ...deps, run, beforeCommit }, { ...input, signal }, projects);
    run.lost.throwIfAborted();
    if (clockFault(deps.clockSkewSeconds()) === null) await beforeCommit();
    const expected = projects.length * scopesOf(input.mode).length;
    return await close(deps, input, { run, startedAt, results, expected, failure });
  } catch (error) {
    await closeFailed(deps, run, run.lost.aborted ? run.lost.reason : error);
    throw run.lost.aborted ? run.lost.reason : error;
  }
}

/** Configured projects and discovered ones; a discovery that failed, or found nothing, costs only the latter. */
async function projectsOf(deps: SyncDeps, input: SyncInput, signal: AbortSignal) {
  let failure: CloudError | null = null;
  const found = new Map(input.projects.map((project) => [project.projectId, project]));
  if (deps.discover !== null) {
    try {
      const discovered = await deps.discover(signal);
      for (const project of discovered) if (!found.has(project.projectId)) found.set(project.projectId, project);
      refuseNothing(discovered, input.only?.filter((id) => !found.has(id)) ?? []);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      failure = error;
      deps.log.error({ err: error }, 'projects could not be discovered');
    }
  }
  const wanted = [...found.values()].filter(({ projectId }) => isWanted(projectId, input));
  // Every shard knows all projects, so each can tell which are no longer configured.
  return { projects: wanted, configured: [...found.keys()], failure };
}

/** To have read nothing is no success: a run over no project would be certified, and every project taken for given up. */
function refuseNothing(discovered: readonly Project[], unknown: readonly string[]): void {
  const details = { operation: 'list_projects' };
  if (discovered.length === 0) {
    const message =
      'IAM lists no project of these regions for this user. Check discovery.regions, and that the user belongs to the projects.';
    throw new CloudError('not_found', message, details);
  }
  if (unknown.length > 0) {
    throw new CloudError('not_found', `--project ${unknown.join(', ')}: neither configured nor discovered.`, details);
  }
}

function isWanted(projectId: string, { only, shard }: SyncInput): boolean {
  if (only !== null && !only.includes(projectId)) return false;
  return shard === null || shardOf(projectId, shard.count) === shard.index;
}

/** The shard that reads a project: the same in every process, whatever the order of the projects. */
export function shardOf(projectId: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < projectId.length; index += 1) {
    hash = Math.imul(hash ^ projectId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % count;
}

type RunDeps = SyncDeps & { run: OpenRun; beforeCommit(): Promise<void> };

/** Rules and projects are stored with the time, once, and never by a wrong clock. Throws ClockError. */
function preparation(deps: SyncDeps, saveProjects: () => Promise<void>): () => Promise<void> {
  let prepared: Promise<void> | null = null;
  const prepare = async (): Promise<void> => {
    await deps.onOpened?.();
    await saveProjects();
  };
  return async () => {
    const fault = clockFault(deps.clockSkewSeconds());
    if (fault !== null) throw fault;
    prepared ??= prepare();
    await prepared;
  };
}

function scopesOf(mode: SweepMode): readonly Scope[] {
  return mode === 'recent' ? scopes.filter((scope) => scope !== 'instances') : scopes;
}

/** Endpoints side by side; within one, as many projects at once as it takes requests. */
async function sweepProjects(deps: RunDeps, input: SyncInput, projects: readonly Project[]): Promise<ScopeSummary[]> {
  const byEndpoint = Map.groupBy(projects, ({ endpoint }) => endpoint);
  const wanted = scopesOf(input.mode);
  const results: ScopeSummary[] = [];
  deps.progress.start(projects.length * wanted.length);
  try {
    await eachOf([...byEndpoint.values()], byEndpoint.size, (group) =>
      eachOf(group, input.concurrency, async (project) => {
        results.push(...(await sweepProject(deps, input, project, wanted)));
      }),
    );
  } finally {
    deps.progress.stop();
  }
  const order = new Map(projects.map(({ projectId }, index) => [projectId, index]));
  return results.sort((a, b) => (order.get(a.projectId) ?? 0) - (order.get(b.projectId) ?? 0));
}

async function sweepProject(deps: RunDeps, input: SyncInput, project: Project, wanted: readonly Scope[]) {
  const summaries: ScopeSummary[] = [];
  const source = deps.source(project);
  for (const scope of wanted) {
    if (input.signal.aborted) break;
    const shown = { projectId: project.projectId, projectName: project.name, scope };
    const onProgress = (seen: number, total: number | null) => deps.progress.advance(shown, seen, total);
    const result = await sweepScope({ ...deps, source, onProgress }, { ...input, project, scope });
    deps.progress.finish(shown);
    const summary = summaryOf(project, scope, result);
    tell(deps.log, deps.run.runId, summary);
    summaries.push(summary);
  }
  return summaries;
}

/** One line per scope and run. */
function tell(log: Log, runId: number, summary: ScopeSummary): void {
  const fields = { runId, ...summary };
  if (summary.quarantined) log.warn(fields, 'scope quarantined: most of it is missing, nothing was struck');
  else if (isComplete(summary)) log.info(fields, 'scope swept');
  else log.warn(fields, 'scope incomplete');
}

interface Ending {
  run: OpenRun;
  startedAt: Date;
  results: ScopeSummary[];
  /** Scopes that a run which is not stopped sweeps. */
  expected: number;
  failure: CloudError | null;
}

async function close(deps: SyncDeps, input: SyncInput, ending: Ending): Promise<RunSummary> {
  const { run, startedAt, results, failure } = ending;
  const finishedAt = deps.clock.now();
  const outcome = outcomeOf(ending, input.signal);
  const fault = failure ?? clockFault(deps.clockSkewSeconds());
  const error = { errorCode: fault?.code ?? null, errorMessage: fault?.message ?? null };
  await finish(deps, run, { outcome, finishedAt, ...error });
  const summary: RunSummary = {
    runId: run.runId,
    trigger: input.trigger,
    mode: input.mode,
    startedAt,
    finishedAt,
    outcome,
    exitCode: exitCodeOf(ending),
    scopes: results,
  };
  deps.log.info({ runId: run.runId, outcome, exitCode: summary.exitCode, scopes: results.length }, 'run finished');
  return summary;
}

async function finish(deps: SyncDeps, run: OpenRun, result: Parameters<OpenRun['finish']>[0]): Promise<void> {
  const errorMessage = result.errorMessage === null ? null : deps.scrub(result.errorMessage);
  await run.finish({ ...result, errorMessage, ...deps.readings() }, deps.counters.drain());
}

/** The run failed as a whole: says so in its row where the database still takes it. */
async function closeFailed(deps: SyncDeps, run: OpenRun, error: unknown): Promise<void> {
  const errorCode = error instanceof StoreError || error instanceof CloudError ? error.code : 'UNEXPECTED';
  const errorMessage = error instanceof Error ? error.message : String(error);
  try {
    await finish(deps, run, { outcome: 'failed', finishedAt: deps.clock.now(), errorCode, errorMessage });
  } catch (second) {
    // The first error is the one to tell; the next run marks this one abandoned.
    deps.log.debug({ err: second, runId: run.runId }, 'the run could not be closed');
  }
}

function outcomeOf(ending: Ending, signal: AbortSignal): RunOutcome {
  if (signal.aborted) return 'cancelled';
  const code = exitCodeOf(ending);
  return code === exit.ok ? 'certified' : code === exit.incomplete ? 'partial' : 'failed';
}

/** A run that was stopped between two scopes has not swept them all, however well those went that it did. */
function exitCodeOf({ results, expected, failure }: Ending): ExitCode {
  const complete = results.filter(isComplete).length;
  if (complete === expected && failure === null) return exit.ok;
  return complete === 0 ? exit.uncertified : exit.incomplete;
}
