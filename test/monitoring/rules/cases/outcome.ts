// What holds for every alert about how readings of lists ended: BackupInventoryThrottled, -AuthenticationFailing.

import { appearing, type Change, fleet, gap, rest, set, step, vanishing, without } from '../fleet.ts';
import type { Case } from '../scenario.ts';

export const p1 = { project_id: 'p1' };
// 160 min at one sample in ten: the window of outcomes is 2 h, 12 samples.
export const at = 9600;
export const every = 600;
export const now = at / every;

// A longer look for the windows of 2 h and 6 h: an interval is an hour.
export const late = 36 * 3600;
export const hourly = 3600;
export const lateNow = late / hourly;

type Row = readonly [Case['kind'], string, readonly Change[], Case['expect']];

export function cases(when: number, interval: number, ...list: readonly Row[]): Case[] {
  return list.map(([kind, name, changes, expect]) => ({
    kind,
    name,
    series: fleet(when, ...changes),
    expect,
    at: when,
    interval,
  }));
}

const complete = (value: number, labels: Record<string, string> = {}) =>
  set('sweep_last_certified_timestamp_seconds', { ...p1, ...labels }, value);
export const ended = (outcome: string, values: number | string, labels: Record<string, string> = {}) =>
  set('sweeps_total', { ...p1, scope: 'instances', outcome, ...labels }, values);
const known = (since: number) => set('project_info', p1, appearing(since, 1));
export const overdue = complete(at - 7000);

/** What holds for every outcome that leaves a list incomplete. */
export function outcomeCases(outcome: string, firing: (count?: number, project?: string) => Case['expect']): Case[] {
  const grew = ended(outcome, step(5, now - 3, 6));
  const none: Change = (series) =>
    series.filter(({ metric, labels }) => metric !== 'sweeps_total' || labels.outcome === 'certified');
  const tables = { scope: 'database_table_backups' };
  return cases(
    at,
    every,
    ['quiet', 'a healthy fleet', [], []],
    ['fires', 'names the project', [grew, overdue], firing()],
    ['quiet', 'a complete run since', [grew], []],
    ['quiet', 'overdue for another reason', [overdue], []],
    ['quiet', 'long before', [ended(outcome, step(5, 2, 6)), overdue], []],
    ['quiet', 'the other project is overdue', [grew, complete(at - 7000, { project_id: 'p2' })], []],
    [
      'fires',
      'one list suffices',
      [ended(outcome, step(5, now - 3, 6), tables), complete(at - 7000, tables)],
      firing(),
    ],
    [
      'stale',
      'a replica that lagged behind until now',
      [ended(outcome, step(4, now - 3, 5), { pod: 'a' }), overdue],
      [],
    ],
    ['quiet', 'other outcomes', [ended('certified', `700+1x${rest}`), overdue], []],
    [
      'absent',
      'a project known for just two hours',
      [none, ended(outcome, appearing(now - 3, 1)), known(now - 13), overdue],
      firing(),
    ],
    [
      'absent',
      'a new project does not report the past',
      [none, ended(outcome, appearing(now - 3, 9)), known(now - 12), overdue],
      [],
    ],
    [
      'fires',
      'the outcome is new: its series begins with it',
      [none, ended(outcome, appearing(now - 3, 1)), overdue],
      firing(),
    ],
    [
      'fires',
      'the outcome is new, for two lists; one replica does not count all of them yet',
      [
        none,
        ended(outcome, appearing(now - 3, 2)),
        ended(outcome, appearing(now - 3, 1), { scope: 'instance_backups', pod: 'a', job: 'x' }),
        ended(outcome, appearing(now - 3, 3), { scope: 'instance_backups', pod: 'b', job: 'x' }),
        overdue,
      ],
      firing(5),
    ],
    ['boundary', 'ten minutes ago', [ended(outcome, step(5, now - 1, 6)), overdue], firing()],
    ['boundary', 'just now', [ended(outcome, step(5, now, 6)), overdue], []],
    ['boundary', 'just within two hours', [ended(outcome, step(5, now - 11, 6)), overdue], firing()],
    ['boundary', 'two hours ago', [ended(outcome, step(5, now - 12, 6)), overdue], []],
    ['boundary', 'overdue by a second, ten minutes ago', [grew, complete(at - 600 - 5401)], firing()],
    ['boundary', 'just not overdue, ten minutes ago', [grew, complete(at - 600 - 5400)], []],
    ['quiet', 'a longer schedule', [grew, complete(at - 9000), set('schedule_interval_seconds', {}, 7200)], []],
    [
      'quiet',
      'the longer schedule of two',
      [grew, complete(at - 9000), set('schedule_interval_seconds', { pod: 'b' }, 7200)],
      [],
    ],
    ['stale', 'one replica knows of a newer complete run', [grew, complete(at - 7000, { pod: 'a' })], []],
    ['stale', 'one replica does not count yet', [ended(outcome, step(5, now - 3, 6), { pod: 'b' }), overdue], firing()],
    [
      'stale',
      'a replica went and another came',
      [
        ended(outcome, vanishing(5, now - 4), { pod: 'a' }),
        ended(outcome, vanishing(5, now - 4), { pod: 'b' }),
        ended(outcome, appearing(now - 4, 5), { pod: 'c', job: 'x' }),
        overdue,
      ],
      [],
    ],
    ['absent', 'never complete', [grew, without('sweep_last_certified_timestamp_seconds', p1)], firing()],
    [
      'absent',
      'not even tried until now',
      [
        grew,
        without('sweep_last_certified_timestamp_seconds', p1),
        without('sweep_last_attempt_timestamp_seconds', p1),
      ],
      firing(),
    ],
    [
      'absent',
      'no schedule: an hour, overdue',
      [without('schedule_interval_seconds'), grew, complete(at - 600 - 5401)],
      firing(),
    ],
    [
      'absent',
      'no schedule: an hour, not overdue',
      [without('schedule_interval_seconds'), grew, complete(at - 600 - 5400)],
      [],
    ],
    ['absent', 'no name: it fires with the id', [without('project_info'), grew, overdue], firing(1, 'p1')],
    ['absent', 'no series', [without('sweeps_total')], []],
  );
}

/** Two days at one sample an hour. */
export function gapCases(outcome: string, firing: Case['expect']): Case[] {
  const gone = (before: number, missing: number) => [
    without('sweeps_total', { ...p1, outcome: 'forbidden' }),
    set('sweeps_total', { ...p1, outcome }, gap(5, before, missing, 6)),
    set('project_info', p1, gap(1, before, missing, 1)),
    complete(late - 10_000),
  ];
  return cases(
    late,
    hourly,
    ['stale', 'what happened in a day without a scrape', gone(13, 22), firing],
    ['stale', 'what happened in two days without a scrape is not told', gone(8, 27), []],
  );
}
