// Whether we know at all: the recorded series that mutes verdicts, and BackupInventoryExporterDown, -Stale,
// -NeverComplete, -ScopeQuarantined and -ProjectMissing.

import { staleProjects } from '../../../../monitoring/alerts/promql.ts';
import { appearing, fleet, freshness, nothing, set, vanishing, without } from '../fleet.ts';
import type { Case, Suite } from '../scenario.ts';
import { atDefault as at } from './verdict.ts';

const p1 = { project_id: 'p1' };
const complete = 'sweep_last_certified_timestamp_seconds';
const attempted = 'sweep_last_attempt_timestamp_seconds';
const read = (value: number, labels: Record<string, string> = {}) => set(complete, { ...p1, ...labels }, value);
const table = { scope: 'database_table_backups' };
const backups = { scope: 'instance_backups' };

function cases(...list: readonly (readonly [Case['kind'], string, Case['series'], Case['expect'], number?])[]): Case[] {
  return list.map(([kind, name, series, expect, when = at]) => ({ kind, name, series, expect, at: when }));
}

const isStale = [{ labels: p1, summary: '' }];

const recorded = cases(
  ['quiet', 'a healthy fleet', fleet(at), []],
  ['fires', 'backups too old', fleet(at, read(at - freshness - 1, backups)), isStale],
  ['fires', 'instances too old', fleet(at, read(at - freshness - 1, { scope: 'instances' })), isStale],
  ['boundary', 'just not too old', fleet(at, read(at - freshness)), []],
  ['quiet', 'table-level backups prove no instance', fleet(at, read(at - freshness - 1, table)), []],
  ['stale', 'one replica knows of a newer list', fleet(at, read(at - freshness - 1, { pod: 'a' })), []],
  ['absent', 'no limit: 3 h, exceeded', fleet(at, without('freshness_limit_seconds'), read(at - 10_801)), isStale],
  ['absent', 'no limit: 3 h, kept', fleet(at, without('freshness_limit_seconds'), read(at - 10_800)), []],
  ['quiet', 'a longer limit', fleet(at, set('freshness_limit_seconds', {}, 20_000), read(at - 15_000)), []],
  [
    'quiet',
    'the longer limit of two',
    fleet(at, set('freshness_limit_seconds', { pod: 'a' }, 20_000), read(at - 15_000)),
    [],
  ],
  ['fires', 'a list never complete', fleet(at, without(complete, { ...p1, ...backups })), isStale],
  ['quiet', 'a table-level list never complete', fleet(at, without(complete, { ...p1, ...table })), []],
  ['absent', 'a project never tried', fleet(at, without(complete, p1), without(attempted, p1)), isStale],
  [
    'absent',
    'a project of which only the table-level list was tried',
    fleet(
      at,
      ...['instances', 'instance_backups'].flatMap((scope) => [
        without(complete, { ...p1, scope }),
        without(attempted, { ...p1, scope }),
      ]),
    ),
    isStale,
  ],
);

const stale = (duration: string, project = 'prod') => [
  { labels: p1, summary: `The backup inventory of project ${project} has not been complete for ${duration}` },
];

const tooOld = cases(
  ['quiet', 'a healthy fleet', fleet(at), []],
  ['fires', 'one list is too old', fleet(at, read(at - 20_000, backups)), stale('5h 33m 20s')],
  ['fires', 'the table-level list is too old', fleet(at, read(at - 20_000, table)), stale('5h 33m 20s')],
  ['boundary', 'just not too old, five minutes ago', fleet(at, read(at - 300 - freshness)), []],
  ['boundary', 'too old by a second, five minutes ago', fleet(at, read(at - 301 - freshness)), stale('3h 5m 1s')],
  ['stale', 'one replica knows of a newer list', fleet(at, read(at - 20_000, { pod: 'a' })), []],
  ['stale', 'a replica that lost its database shows old times', fleet(at, read(at - 20_000)), stale('5h 33m 20s')],
  [
    'stale',
    'not scraped any more: that is for another alert',
    fleet(at, set(complete, {}, vanishing(at - 20_000, 1))),
    [],
  ],
  [
    'absent',
    'without a name it fires with the id',
    fleet(at, read(at - 20_000), without('project_info')),
    stale('5h 33m 20s', 'p1'),
  ],
  [
    'absent',
    'no limit: 3 h, exceeded',
    fleet(at, without('freshness_limit_seconds'), read(at - 11_101)),
    stale('3h 5m 1s'),
  ],
  ['absent', 'no limit: 3 h, kept', fleet(at, without('freshness_limit_seconds'), read(at - 11_100)), []],
  ['absent', 'never complete: that is for another alert', fleet(at, without(complete)), []],
  ['quiet', 'a longer limit', fleet(at, set('freshness_limit_seconds', {}, 20_000), read(at - 15_000)), []],
  [
    'quiet',
    'the longer limit of two',
    fleet(at, set('freshness_limit_seconds', { pod: 'a' }, 20_000), read(at - 15_000)),
    [],
  ],
);

const later = 7200;
const never = (project = 'prod') => [
  { labels: p1, summary: `The backup inventory of project ${project} was never complete` },
];

const neverComplete = cases(
  ['quiet', 'a healthy fleet', fleet(later), [], later],
  ['fires', 'tried in vain', fleet(later, without(complete, p1)), never(), later],
  [
    'fires',
    'one list of three was never complete',
    fleet(later, without(complete, { ...p1, ...table })),
    never(),
    later,
  ],
  [
    'boundary',
    'known for an hour',
    fleet(
      later,
      without(complete, p1),
      set(attempted, p1, appearing(12, 5)),
      set('project_info', p1, appearing(12, 1)),
    ),
    never(),
    later,
  ],
  [
    'boundary',
    'known for 55 minutes',
    fleet(
      later,
      without(complete, p1),
      set(attempted, p1, appearing(13, 5)),
      set('project_info', p1, appearing(13, 1)),
    ),
    [],
    later,
  ],
  ['boundary', 'complete just now', fleet(later, set(complete, p1, appearing(24, 7000))), [], later],
  ['stale', 'complete long ago: that is for another alert', fleet(later, read(-90_000)), [], later],
  [
    'absent',
    'configured and not once tried',
    fleet(later, without(complete, p1), without(attempted, p1)),
    never(),
    later,
  ],
  [
    'absent',
    'without a name it fires with the id',
    fleet(later, without(complete, p1), without('project_info')),
    never('p1'),
    later,
  ],
  ['absent', 'the exporter is gone', fleet(later, nothing), [], later],
);

const noMetrics = [{ labels: {}, summary: 'Prometheus gets no metrics from the backup inventory exporter' }];

const down = cases(
  ['quiet', 'a healthy fleet', fleet(at), []],
  ['fires', 'no series at all', fleet(at, nothing), noMetrics],
  ['boundary', 'gone for ten minutes', fleet(at, set('build_info', {}, vanishing(1, 4))), noMetrics],
  ['boundary', 'gone for five minutes', fleet(at, set('build_info', {}, vanishing(1, 5))), []],
  ['stale', 'one of two replicas is gone', fleet(at, set('build_info', { pod: 'a' }, vanishing(1, 1))), []],
  ['absent', 'never scraped', fleet(at, without('build_info')), noMetrics],
);

const quarantine = (values: number | string, labels: Record<string, string> = {}) =>
  set('quarantined', { ...p1, ...backups, ...labels }, values);
const vanished = (project = 'prod') => [
  {
    labels: { ...p1, ...backups },
    summary: `More than half of instance_backups of project ${project} vanished at once`,
  },
];

const quarantined = cases(
  ['quiet', 'a healthy fleet', fleet(at), []],
  ['fires', 'names project and list', fleet(at, quarantine(1)), vanished()],
  ['boundary', 'at once', fleet(at, quarantine(`0+0x${at / 300 - 1} 1+0x9`)), vanished()],
  ['stale', 'whatever the age of the inventory', fleet(at, quarantine(1), read(-90_000)), vanished()],
  ['stale', 'one replica does not know yet', fleet(at, quarantine(1, { pod: 'b' })), vanished()],
  ['absent', 'without a name it fires with the id', fleet(at, quarantine(1), without('project_info')), vanished('p1')],
  ['absent', 'no series', fleet(at, without('quarantined')), []],
);

const missing = (project = 'prod') => [{ labels: p1, summary: `Project ${project} is not monitored any more` }];
const goneAfter = (intervals: number) => set('project_info', p1, vanishing(1, intervals));

const projectMissing: Case[] = [
  ...cases(
    ['quiet', 'a healthy fleet', fleet(at), []],
    ['fires', 'names the project by its last name', fleet(at, goneAfter(2)), missing()],
    ['boundary', 'gone for a quarter of an hour', fleet(at, goneAfter(3)), missing()],
    ['boundary', 'gone for ten minutes', fleet(at, goneAfter(4)), []],
    [
      'quiet',
      'renamed',
      fleet(at, goneAfter(2), set('project_info', { ...p1, project_name: 'live', region_id: 'x' }, appearing(2, 1))),
      [],
    ],
    ['stale', 'one replica is gone', fleet(at, set('project_info', { pod: 'a' }, vanishing(1, 2))), []],
    [
      'stale',
      'everything is gone: that is for another alert',
      fleet(at, goneAfter(2), set('build_info', {}, vanishing(1, 2))),
      [],
    ],
    ['absent', 'no series', fleet(at, nothing), []],
  ),
  {
    kind: 'boundary',
    name: 'the last sample is nearly a day old',
    series: fleet(90_000, set('project_info', p1, vanishing(1, 3))),
    at: 90_000,
    interval: 3600,
    expect: missing(),
  },
  {
    kind: 'boundary',
    name: 'after a day it is forgotten',
    series: fleet(90_000, set('project_info', p1, vanishing(1, 1))),
    at: 90_000,
    interval: 3600,
    expect: [],
  },
];

export const inventory: readonly Suite[] = [
  { rule: staleProjects, cases: recorded },
  { rule: 'BackupInventoryExporterDown', cases: down },
  { rule: 'BackupInventoryStale', cases: tooOld },
  { rule: 'BackupInventoryNeverComplete', cases: neverComplete },
  { rule: 'BackupInventoryScopeQuarantined', cases: quarantined },
  { rule: 'BackupInventoryProjectMissing', cases: projectMissing },
];
