// What a run has to say for itself: the object behind the summary table and `--json`. Filled by app/sync.ts.

import type { ExitCode } from '../exit-codes.ts';
import type { Project, RunOutcome, RunTrigger, Scope, SweepMode, SweepReason } from '../inventory/model.ts';
import type { ScopeResult } from './sweep-scope.ts';

/** One scope of one project in one run. Counts are of this run alone. */
export interface ScopeSummary {
  projectId: string;
  projectName: string;
  scope: Scope;
  mode: SweepMode;
  /** Distinct ids seen in the list. */
  listed: number;
  inserted: number;
  updated: number;
  unchanged: number;
  struck: number;
  retired: number;
  revived: number;
  requests: number;
  retries: number;
  rescans: number;
  duplicates: number;
  certified: boolean;
  /** null when certified. */
  reason: SweepReason | null;
  quarantined: boolean;
  errorCode: string | null;
  errorMessage: string | null;
  durationSeconds: number;
}

/** One run over all scopes. `--json` prints exactly this object. */
export interface RunSummary {
  runId: number;
  trigger: RunTrigger;
  mode: SweepMode;
  startedAt: Date;
  finishedAt: Date;
  outcome: RunOutcome;
  exitCode: ExitCode;
  scopes: ScopeSummary[];
}

/** The summary of one scope that was swept. */
export function summaryOf(project: Project, scope: Scope, { certificate, commit }: ScopeResult): ScopeSummary {
  const { rescans, startedAt, finishedAt } = certificate;
  return {
    projectId: project.projectId,
    projectName: project.name,
    scope,
    mode: certificate.mode,
    listed: certificate.distinctIds,
    inserted: commit?.inserted ?? 0,
    updated: commit?.updated ?? 0,
    unchanged: commit?.unchanged ?? 0,
    struck: commit?.struck ?? 0,
    retired: commit?.retired ?? 0,
    revived: commit?.revived ?? 0,
    requests: certificate.requests,
    retries: certificate.retries,
    rescans: rescans.joint + rescans.tie + rescans.total,
    duplicates: certificate.duplicates,
    certified: certificate.certified,
    reason: certificate.reason,
    quarantined: commit?.quarantined ?? false,
    errorCode: certificate.errorCode,
    errorMessage: certificate.errorMessage,
    durationSeconds: (finishedAt.getTime() - startedAt.getTime()) / 1000,
  };
}

/** What was asked of the scope was read. */
export function isComplete({ certified, reason }: ScopeSummary): boolean {
  return certified || reason === 'recent';
}
