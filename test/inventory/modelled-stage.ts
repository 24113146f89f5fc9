// A model of what the store remembers of one scope: rows, strikes, quarantine. The real one is tried on a real database;
// this one is small enough to be seen right, and fast enough for ten thousand schedules.

import type { BackupFact, Fact } from '../../src/inventory/model.ts';
import type { AbsenceDecision, CommitResult, MissingRow, Stage } from '../../src/inventory/ports.ts';

export interface ModelRow {
  fact: BackupFact;
  misses: number;
  doubtedMisses: number;
  missingSince: Date | null;
  retired: boolean;
}

export interface ModelledScope {
  readonly rows: Map<string, ModelRow>;
  quarantinedInARow: number;
}

export function modelledScope(): ModelledScope {
  return { rows: new Map(), quarantinedInARow: 0 };
}

/** Days for which automated backups are kept, by id: some short enough to have passed. */
const keepDaysOf = (id: string): number => 1 + (Number(id.slice(1)) % 7);

/** The stage of one sweep over the scope. `retire` is told of each row that the commit declares gone. */
export function modelledStage(scope: ModelledScope, at: Date, retire: (id: string) => void): Stage {
  const staged = new Map<string, BackupFact>();
  const liveRows = () => [...scope.rows].filter(([, row]) => !row.retired);
  const missing = () => liveRows().filter(([id]) => !staged.has(id));
  return {
    async add(facts: readonly Fact[]) {
      for (const fact of facts) if ('backupId' in fact) staged.set(fact.backupId, fact);
    },
    absence: async () => ({
      live: liveRows().length,
      missing: missing().length,
      quarantinedInARow: scope.quarantinedInARow,
    }),
    missing: async () => missing().map(([id, row]) => missingRow(id, row)),
    async commit({ certificate, absence }) {
      for (const [id, fact] of staged) {
        scope.rows.set(id, { fact, misses: 0, doubtedMisses: 0, missingSince: null, retired: false });
      }
      if (absence.kind === 'quarantined') for (const [, row] of missing()) row.doubtedMisses += 1;
      if (absence.kind === 'judged') applyVerdicts(scope, absence, at, staged, retire);
      if (certificate.certified)
        scope.quarantinedInARow = absence.kind === 'quarantined' ? scope.quarantinedInARow + 1 : 0;
      return { committedAt: at, quarantined: absence.kind === 'quarantined' } as CommitResult;
    },
    async [Symbol.asyncDispose]() {},
  };
}

function applyVerdicts(
  scope: ModelledScope,
  { verdicts }: AbsenceDecision & { kind: 'judged' },
  at: Date,
  staged: ReadonlyMap<string, unknown>,
  retire: (id: string) => void,
): void {
  for (const verdict of verdicts) {
    const row = scope.rows.get(verdict.id);
    if (row === undefined || staged.has(verdict.id)) continue;
    row.misses += row.doubtedMisses + 1;
    row.missingSince ??= at;
    if (verdict.action === 'retire') {
      row.retired = true;
      retire(verdict.id);
    }
  }
  for (const row of scope.rows.values()) row.doubtedMisses = 0;
}

function missingRow(id: string, { fact, misses, doubtedMisses, missingSince }: ModelRow): MissingRow {
  const keepDays = keepDaysOf(id);
  return {
    id,
    misses,
    doubtedMisses,
    missingSince,
    backup: {
      backupType: fact.backupType,
      status: fact.status,
      beginAt: new Date(fact.beginAt),
      instanceGone: false,
      instanceKnown: true,
      keepDays,
      minKeepDays: keepDays,
    },
  };
}
