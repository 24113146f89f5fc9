// BackupInventoryBackupRetiredEarly: the growth of a counter, whatever happens to its series.

import { appearing, constant, fleet, gap, rest, set, step, vanishing, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';

// An interval is an hour. The window is 6 of them; the look further back is one day, 24 of them.
const late = 36 * 3600;
const every = 3600;
const now = late / every;
const p1 = { project_id: 'p1' };
const early = (values: number | string, labels: Record<string, string> = p1) =>
  set('retired_total', { ...labels, reason: 'early' }, values);
const vanished = (count: number, project = 'prod') => [
  { labels: p1, summary: `Backups of project ${project} vanished before their time: ${count}` },
];
const scraped = (values: string) => set('project_info', p1, values);
const known = (since: number) => scraped(appearing(since, 1));
const retired = (
  kind: Case['kind'],
  name: string,
  changes: Parameters<typeof fleet>[1][],
  expect: Case['expect'],
): Case => ({
  kind,
  name,
  series: fleet(late, ...changes),
  at: late,
  interval: every,
  expect,
});

const retiredEarly: Case[] = [
  retired('quiet', 'none within the window', [early(step(2, 10, 5))], []),
  retired('fires', 'three more within the window', [early(step(2, now - 3, 5))], vanished(3)),
  retired('boundary', 'just within the window', [early(step(2, now - 5, 3))], vanished(1)),
  retired('boundary', 'just out of the window', [early(step(2, now - 6, 3))], []),
  retired('boundary', 'at once', [early(step(2, now, 3))], vanished(1)),
  retired(
    'quiet',
    'others expire all the time',
    [set('retired_total', { ...p1, reason: 'expired' }, `900+1x${rest}`)],
    [],
  ),
  retired('fires', 'the first one ever: the series begins with it', [early(appearing(now - 3, 1))], vanished(1)),
  retired(
    'absent',
    'a project known for just longer than the window',
    [early(appearing(now - 3, 1)), known(now - 6)],
    vanished(1),
  ),
  retired('absent', 'a new project does not report the past', [early(appearing(now - 3, 7)), known(now - 5)], []),
  retired('absent', 'no series', [without('retired_total')], []),
  retired(
    'absent',
    'without a name it fires with the id',
    [early(step(2, now - 3, 3)), without('project_info')],
    vanished(1, 'p1'),
  ),
  retired(
    'stale',
    'what happened in a day without a scrape',
    [early(gap(2, 9, 25, 4)), scraped(gap(1, 9, 25, 1))],
    vanished(2),
  ),
  retired(
    'stale',
    'what happened in two days without a scrape is not told',
    [early(gap(2, 5, 29, 4)), scraped(gap(1, 5, 29, 1))],
    [],
  ),
  retired('stale', 'gone with its project', [early(vanishing(2, now - 3))], []),
  retired(
    'stale',
    'another replica took over and starts its own series',
    [early(vanishing(2, now - 4), { ...p1, pod: 'a' }), early(appearing(now - 4, 2), { ...p1, pod: 'b' })],
    [],
  ),
  retired(
    'stale',
    'one replica does not count yet',
    [early(step(2, now - 3, 3)), early(2, { ...p1, pod: 'b' })],
    vanished(1),
  ),
  retired(
    'stale',
    'the first ones ever, and one replica does not count all of them yet',
    [early(appearing(now - 3, 2)), early(appearing(now - 3, 1), { ...p1, pod: 'b' })],
    vanished(2),
  ),
  retired('stale', 'a replica that lags behind', [early(3), early(2, { ...p1, pod: 'b' })], []),
  retired(
    'stale',
    'a replica that lagged behind until now',
    [early(3), early(step(2, now - 3, 3), { ...p1, pod: 'b' })],
    [],
  ),
  retired('quiet', 'projects do not mix', [early(2), early(constant(9), { project_id: 'p2' })], []),
];

export const retirement: readonly Suite[] = [{ rule: 'BackupInventoryBackupRetiredEarly', cases: retiredEarly }];
