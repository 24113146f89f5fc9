// What absence may mean. Pure: rows that a certified sweep did not show go in, strikes and reasons come out.
// Rule: absence needs two witnesses, and one sweep that would strike most of a scope is not believed.

import type { RetiredReason } from './model.ts';
import type { AbsenceDecision, MissingRow, Verdict } from './ports.ts';

/** What a sweep found to be absent, as a whole. */
export interface AbsenceCounts {
  /** Live rows of the scope before this sweep. */
  live: number;
  /** Of these, how many it did not show. */
  missing: number;
  /** Distinct ids that it did show. */
  listed: number;
  /** Certified sweeps before this one, in a row, that were quarantined. */
  quarantinedInARow: number;
  /** The permission that opens this list showed a row in this run, so an empty list is no lost permission. */
  permitted: boolean;
  /** An operator said that the rows are really gone. */
  accepted: boolean;
}

/** Fewer missing rows than this are believed, unless the whole list is gone. */
const quarantineFloor = 20;
/** The certified sweep in a row that is believed after all. */
const quarantineSweeps = 3;

/**
 * Whether so much is missing that none of it may be struck. A list that became empty is quarantined at any size:
 * some services answer a lost permission with an empty list. Unless that permission shows rows elsewhere, time does not
 * heal it, and only an operator may say that the rows are gone.
 */
export function isQuarantined(counts: AbsenceCounts): boolean {
  const { quarantinedInARow, permitted, accepted } = counts;
  if (!isSuspicious(counts) || accepted) return false;
  if (isEmptied(counts) && !permitted) return true;
  return quarantinedInARow + 1 < quarantineSweeps;
}

/** Whether a sweep that showed this would strike most of the scope. */
export function isSuspicious(counts: Pick<AbsenceCounts, 'live' | 'missing' | 'listed'>): boolean {
  const { live, missing } = counts;
  return isEmptied(counts) || (missing > quarantineFloor && missing * 2 > live);
}

function isEmptied({ listed, missing }: Pick<AbsenceCounts, 'missing' | 'listed'>): boolean {
  return listed === 0 && missing > 0;
}

/**
 * The rows with the witnesses that count against them. Quarantined sweeps are witnesses where this sweep agrees with
 * them; where it shows most of the list again it has proved them wrong, and what they missed starts anew.
 */
export function witnessed(
  rows: readonly MissingRow[],
  counts: Pick<AbsenceCounts, 'live' | 'missing' | 'listed'>,
): MissingRow[] {
  if (!isSuspicious(counts)) return [...rows];
  return rows.map((row) => ({ ...row, misses: row.misses + row.doubtedMisses }));
}

/**
 * The missing rows worth a look-up: those that nobody expected to go, the alarming ones first. Of a suspicious sweep
 * that is to be believed any row is, seen missing before or not: one that is found gives the sweep away.
 */
export function worthLookingUp(rows: readonly MissingRow[], at: Date, most: number, suspicious = false): MissingRow[] {
  const rank = (row: MissingRow): number => {
    const reason = reasonOf(row, at);
    return reason === 'early' ? 0 : reason === 'unknown' ? 1 : 2;
  };
  return rows
    .filter((row) => suspicious || (row.misses === 0 && rank(row) < 2))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, most);
}

/**
 * One verdict per missing row.
 * @param confirmed ids that a look-up did not find either
 * @param at when the sweep began
 */
export function judgeAbsence(
  rows: readonly MissingRow[],
  confirmed: ReadonlySet<string>,
  at: Date,
): AbsenceDecision & { kind: 'judged' } {
  const verdicts = rows.map(
    (row): Verdict =>
      row.misses >= 1 || confirmed.has(row.id)
        ? { id: row.id, action: 'retire', reason: reasonOf(row, row.missingSince ?? at) }
        : { id: row.id, action: 'strike' },
  );
  return { kind: 'judged', verdicts };
}

const dayMs = 86_400_000;
/** The cloud may expire a backup a little before our reckoning: inside this margin nobody is accused. */
const expiryMarginMs = 3_600_000;

/**
 * Why a row is gone, as far as can be told.
 * @param goneBy when it was first missing
 */
export function reasonOf(row: MissingRow, goneBy: Date): RetiredReason {
  const { backup } = row;
  if (backup === null) return 'instance_deleted';
  // A manual backup is kept until somebody deletes it; one that never completed protects nobody.
  if (backup.backupType !== 'auto') return 'unknown';
  const aged = goneBy.getTime() - backup.beginAt.getTime();
  const { keepDays, minKeepDays } = backup;
  const shortest = minKeepDays ?? (keepDays === 0 ? null : keepDays);
  if (shortest !== null && aged >= shortest * dayMs) return 'expired';
  if (backup.instanceGone) return 'instance_deleted';
  if (keepDays === 0) return 'policy_disabled';
  if (!backup.instanceKnown || shortest === null || backup.status !== 'COMPLETED') return 'unknown';
  return aged >= shortest * dayMs - expiryMarginMs ? 'unknown' : 'early';
}
