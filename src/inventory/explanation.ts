// What `explain` tells of one instance: every finding with all that it stands on. Pure types.

import type { ComplianceVerdict } from './snapshot.ts';
import type { Instant } from './units.ts';

/** An instance that a name or id may mean. */
export interface InstanceMatch {
  projectId: string;
  projectName: string | null;
  instanceId: string;
  instanceName: string | null;
  /** Live, gone, or unlisted (only its backups are known). */
  state: 'live' | 'gone' | 'unlisted';
}

export interface ExplainedObjective {
  rpoSeconds: number;
  retentionSeconds: number;
  minimumCopies: number;
  manualCounts: boolean;
  /** Place in the configuration, from 1. */
  position: number;
  configDigest: string;
  setBy: string;
  validFrom: Instant;
}

export interface ExplainedExemption {
  owner: string;
  reason: string;
  expiresAt: Instant;
  configDigest: string;
  setBy: string;
}

/** The certificate of the reading behind a verdict. */
export interface ExplainedReading {
  runId: number;
  scope: string;
  startedAt: Instant;
  committedAt: Instant;
  pages: number;
  distinctIds: number;
  reportedTotal: number | null;
  idsDigest: string;
}

export interface ExplainedBackup {
  backupId: string;
  backupType: string;
  status: string;
  beginAt: Instant;
  endAt: Instant | null;
  sizeBytes: number | null;
  listed: boolean;
}

export interface ExplainedFinding {
  controlId: string;
  controlVersion: number;
  title: string;
  question: string;
  verdict: ComplianceVerdict;
  reasonCode: string;
  /** With {measured}, {threshold} and {data_as_of} still in it. */
  sentence: string;
  measured: number | null;
  threshold: number | null;
  unit: string;
  evaluatedAt: Instant;
  dataAsOf: Instant | null;
  exemption: ExplainedExemption | null;
  readings: ExplainedReading[];
  /** The first of them; `evidenceCount` says how many there are. */
  evidence: ExplainedBackup[];
  evidenceCount: number;
}

export interface Explanation {
  instance: InstanceMatch;
  objective: ExplainedObjective | null;
  findings: ExplainedFinding[];
}
