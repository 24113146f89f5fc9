// What absence may mean, case by case.

import { describe, expect, test } from 'vitest';
import type { MissingBackup, MissingRow } from '../../src/inventory/ports.ts';
import {
  type AbsenceCounts,
  isQuarantined,
  judgeAbsence,
  reasonOf,
  witnessed,
  worthLookingUp,
} from '../../src/inventory/retirement.ts';

const now = new Date('2026-03-10T12:00:00Z');
const hours = (count: number) => count * 3_600_000;
const days = (count: number) => hours(24 * count);
const ago = (ms: number) => new Date(now.getTime() - ms);

function missing(backup: Partial<MissingBackup> = {}, row: Partial<MissingRow> = {}): MissingRow {
  return {
    id: 'b1',
    misses: 0,
    doubtedMisses: 0,
    missingSince: null,
    backup: {
      backupType: 'auto',
      status: 'COMPLETED',
      beginAt: ago(days(3)),
      instanceGone: false,
      instanceKnown: true,
      keepDays: 7,
      minKeepDays: 7,
      ...backup,
    },
    ...row,
  };
}

describe('the reason of a retirement', () => {
  test.each<[string, Partial<MissingBackup>, string]>([
    ['its days are over', { beginAt: ago(days(7)) }, 'expired'],
    ['it went before its time', {}, 'early'],
    ['it went within the last hour of its time: nobody is accused', { beginAt: ago(days(7) - hours(0.5)) }, 'unknown'],
    ['it went an hour and a minute before its time', { beginAt: ago(days(7) - hours(1.02)) }, 'early'],
    ['its instance went', { instanceGone: true }, 'instance_deleted'],
    ['its instance went, and its days were over as well', { instanceGone: true, beginAt: ago(days(9)) }, 'expired'],
    ['the policy was switched off', { keepDays: 0 }, 'policy_disabled'],
    ['the policy was switched off after its days were over', { keepDays: 0, beginAt: ago(days(8)) }, 'expired'],
    ['the policy was shorter for a while', { keepDays: 14, minKeepDays: 2 }, 'expired'],
    ['the policy is not known', { keepDays: null, minKeepDays: null }, 'unknown'],
    ['the instance is not known', { instanceKnown: false }, 'unknown'],
    ['it never completed', { status: 'FAILED' }, 'unknown'],
    ['somebody made it by hand and somebody deleted it', { backupType: 'manual' }, 'unknown'],
  ])('%s', (_why, backup, reason) => {
    expect(reasonOf(missing(backup), now)).toBe(reason);
  });

  test('is judged at the time when the row was first missed, not when it was declared gone', () => {
    const row = missing({ beginAt: ago(days(7)) }, { misses: 1, missingSince: ago(days(2)) });
    expect(judgeAbsence([row], new Set(), now).verdicts).toEqual([{ id: 'b1', action: 'retire', reason: 'early' }]);
  });

  test('an instance has one', () => {
    expect(reasonOf({ id: 'i1', misses: 1, doubtedMisses: 0, missingSince: null, backup: null }, now)).toBe(
      'instance_deleted',
    );
  });
});

describe('absence', () => {
  test('one sweep strikes, the second retires', () => {
    expect(judgeAbsence([missing()], new Set(), now).verdicts).toEqual([{ id: 'b1', action: 'strike' }]);
    const again = missing({}, { misses: 1, missingSince: ago(hours(1)) });
    expect(judgeAbsence([again], new Set(), now).verdicts).toMatchObject([{ action: 'retire' }]);
  });

  test('one sweep and a look-up that finds nothing retire', () => {
    expect(judgeAbsence([missing()], new Set(['b1']), now).verdicts).toMatchObject([{ action: 'retire' }]);
  });

  test('a look-up is spent on what nobody expected to go, the alarming first', () => {
    const rows = [
      missing({ beginAt: ago(days(8)) }, { id: 'expired' }),
      missing({ backupType: 'manual' }, { id: 'manual' }),
      missing({}, { id: 'early' }),
      missing({}, { id: 'struck before', misses: 1 }),
    ];
    expect(worthLookingUp(rows, now, 5).map(({ id }) => id)).toEqual(['early', 'manual']);
    expect(worthLookingUp(rows, now, 1).map(({ id }) => id)).toEqual(['early']);
    const ofSuspicious = worthLookingUp(rows, now, 3, true).map(({ id }) => id);
    expect(ofSuspicious).toEqual(['early', 'struck before', 'manual']);
  });
});

describe('quarantine', () => {
  const counts = (changes: Partial<AbsenceCounts>): AbsenceCounts => ({
    live: 100,
    missing: 0,
    listed: 100,
    quarantinedInARow: 0,
    permitted: true,
    accepted: false,
    ...changes,
  });

  test.each<[string, Partial<AbsenceCounts>, boolean]>([
    ['half of the scope is believed', { missing: 50, listed: 50 }, false],
    ['more than half is not', { missing: 51, listed: 49 }, true],
    ['twenty rows are believed', { live: 25, missing: 20, listed: 5 }, false],
    ['twenty-one of twenty-five are not', { live: 25, missing: 21, listed: 4 }, true],
    ['nor at the second sweep', { missing: 51, listed: 49, quarantinedInARow: 1 }, true],
    ['the third sweep in a row is', { missing: 51, listed: 49, quarantinedInARow: 2 }, false],
    ['an operator is', { missing: 51, listed: 49, accepted: true }, false],
    ['a list that became empty is not, however short it was', { live: 1, missing: 1, listed: 0 }, true],
    [
      'its third sweep is, while the permission shows rows elsewhere',
      { live: 1, missing: 1, listed: 0, quarantinedInARow: 2 },
      false,
    ],
    [
      'its third sweep is not where the permission shows nothing: it may be gone',
      { live: 1, missing: 1, listed: 0, quarantinedInARow: 9, permitted: false },
      true,
    ],
    ['an empty list that was empty before is no news', { live: 0, missing: 0, listed: 0, permitted: false }, false],
  ])('%s', (_case, changes, expected) => {
    expect(isQuarantined(counts(changes))).toBe(expected);
  });

  test('what quarantined sweeps missed counts where this sweep agrees with them, and not where it shows the list again', () => {
    const rows = [missing({}, { doubtedMisses: 2 }), missing({}, { id: 'struck', misses: 1, doubtedMisses: 2 })];
    const agrees = witnessed(rows, { live: 100, missing: 60, listed: 40 });
    expect(agrees.map(({ misses }) => misses)).toEqual([2, 3]);
    const contradicts = witnessed(rows, { live: 100, missing: 2, listed: 98 });
    expect(contradicts.map(({ misses }) => misses)).toEqual([0, 1]);
  });
});
