// What a run has to say for itself: the object behind the summary table and `--json`. Filled by app/sync.ts.

import type { ExitCode } from '../exit-codes.ts';
import type { RunOutcome, RunTrigger, Scope, SweepMode, SweepReason } from '../inventory/model.ts';

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
