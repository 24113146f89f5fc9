// What one sweep may say of the rows that it did not show: asks the stage, the rules, and the cloud once more.

import { CloudError } from '../inventory/errors.ts';
import type { Project, Scope } from '../inventory/model.ts';
import type { AbsenceDecision, Call, Log, Source, Stage } from '../inventory/ports.ts';
import { isQuarantined, isSuspicious, judgeAbsence, witnessed, worthLookingUp } from '../inventory/retirement.ts';
import type { SweepOutcome } from '../inventory/sweep.ts';
import type { Intake } from './intake.ts';

export interface AbsenceDeps {
  log: Log;
  source: Source;
}

export interface AbsenceInput {
  project: Project;
  scope: Scope;
  acceptMassRetirement: boolean;
}

/** Direct look-ups per scope and run: absence that can wait waits for the next sweep. */
const maxAbsenceLookUps = 20;

/** A sweep that ended, on its way to the commit. */
export interface EndedSweep {
  stage: Stage;
  outcome: SweepOutcome;
  call: Call;
  read: Intake;
  startedAt: Date;
}

/** What the sweep may say of the rows that it did not show. */
export async function decideAbsence(deps: AbsenceDeps, input: AbsenceInput, ended: EndedSweep): Promise<Decision> {
  const { stage, outcome, call, read, startedAt } = ended;
  if (!outcome.certified) return { outcome, absence: { kind: 'none' } };
  const { live, missing, quarantinedInARow } = await stage.absence();
  const counts = { live, missing, quarantinedInARow, listed: outcome.distinctIds };
  const permitted = outcome.distinctIds > 0 || missing === 0 || (await isPermitted(deps, input.scope, call));
  const accepted = input.acceptMassRetirement;
  if (isQuarantined({ ...counts, permitted, accepted })) {
    return { outcome, absence: { kind: 'quarantined', missing, live } };
  }
  if (missing === 0) return { outcome, absence: { kind: 'judged', verdicts: [] } };
  const rows = witnessed(await stage.missing(), counts);
  const suspects = worthLookingUp(rows, startedAt, maxAbsenceLookUps, isSuspicious(counts));
  const { absent, found } = await lookUpAll(deps, input.scope, suspects, call, read);
  if (found > 0) {
    // The list hid a row that the cloud still knows: whatever the joints say, it was not complete.
    deps.log.warn({ projectId: input.project.projectId, scope: input.scope, found }, 'look-up contradicts the list');
    return { outcome: { ...outcome, certified: false, reason: 'total_mismatch' }, absence: { kind: 'none' } };
  }
  return { outcome, absence: judgeAbsence(rows, absent, startedAt) };
}

/**
 * Lists that one permission opens. Instances are no witness for backups, nor backups for instances: a permission to
 * list either can be lost by itself, and some services then answer an empty list.
 */
const samePermission: Readonly<Record<Scope, readonly Scope[]>> = {
  instances: [],
  instance_backups: ['database_table_backups'],
  database_table_backups: ['instance_backups'],
};

/** Whether another list under the same permission shows a row: then an empty one is not a lost permission. */
async function isPermitted(deps: AbsenceDeps, scope: Scope, call: Call): Promise<boolean> {
  for (const other of samePermission[scope]) {
    try {
      const page = await deps.source.fetchPage(other, { offset: 0, limit: 1 }, call);
      if (page.items.length > 0) return true;
    } catch (error) {
      if (!(error instanceof CloudError)) throw error; // what cannot be asked shows nothing
    }
  }
  return false;
}

export interface Decision {
  outcome: SweepOutcome;
  absence: AbsenceDecision;
}

/** Asks for each id by itself. A look-up that fails is no witness; the next sweep is. */
export async function lookUpAll(
  deps: AbsenceDeps,
  scope: Scope,
  rows: readonly { id: string }[],
  call: Call,
  read: Intake,
) {
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
