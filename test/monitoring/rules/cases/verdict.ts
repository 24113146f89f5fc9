// What every alert about an instance has in common: it names the instance, leaves exempt ones alone and says nothing
// about a project whose inventory is too old.

import { type Change, fleet, freshness, set, without } from '../fleet.ts';
import type { Case } from '../scenario.ts';

export const atDefault = 1800;

/** Where instance i1 "orders" of project p1 "prod" is in breach. `summary` says it with these names. */
export interface Breach {
  changes: readonly Change[];
  summary: (instance: string, project: string) => string;
  /** The control that decides whether anybody is at fault. */
  control?: string;
  at?: number;
  interval?: number;
}

export const i1 = { project_id: 'p1', instance_id: 'i1' };

export function verdictCases({ changes, summary, control, at = atDefault, interval = 300 }: Breach): Case[] {
  const common = { at, interval };
  const named = [{ labels: i1, summary: summary('orders', 'prod') }];
  const tooOld = -freshness - 1;
  const complete = 'sweep_last_certified_timestamp_seconds';
  const inProject = (project_id: string, scope: string) => set(complete, { project_id, scope }, tooOld);
  return [
    ...(control === undefined ? [] : controlCases(common, changes, control, named)),
    { ...common, kind: 'quiet', name: 'a healthy fleet', series: fleet(at), expect: [] },
    { ...common, kind: 'fires', name: 'names instance and project', series: fleet(at, ...changes), expect: named },
    {
      ...common,
      kind: 'absent',
      name: 'without info series it fires with the ids',
      series: fleet(at, ...changes, without('instance_info'), without('project_info')),
      expect: [{ labels: i1, summary: summary('i1', 'p1') }],
    },
    {
      ...common,
      kind: 'absent',
      name: 'two names at once do not drop it',
      series: fleet(
        at,
        ...changes,
        set('instance_info', { ...i1, instance_name: 'orders', datastore: 'mongodb', pod: 'b' }, 1),
        set('project_info', { project_id: 'p1', project_name: 'prod', region_id: 'x', pod: 'b' }, 1),
      ),
      expect: named,
    },
    {
      ...common,
      kind: 'quiet',
      name: 'an exempt instance',
      series: fleet(at, ...changes, set('instance_protection_state', { ...i1, state: 'exempt' }, 1)),
      expect: [],
    },
    {
      ...common,
      kind: 'stale',
      name: 'one replica already knows of the exemption',
      series: fleet(at, ...changes, set('instance_protection_state', { ...i1, state: 'exempt', pod: 'b' }, 1)),
      expect: [],
    },
    {
      ...common,
      kind: 'quiet',
      name: 'an instance that is being created',
      series: fleet(
        at,
        ...changes,
        without('instance_status', i1),
        set('instance_status', { ...i1, status: 'creating' }, 1),
      ),
      expect: [],
    },
    {
      ...common,
      kind: 'fires',
      name: 'others are being created, of whatever project',
      series: fleet(
        at,
        ...changes,
        set('instance_status', { project_id: 'p1', instance_id: 'i9', status: 'createfail' }, 1),
        set('instance_status', { project_id: 'p2', instance_id: 'i1', status: 'createfail' }, 1),
      ),
      expect: named,
    },
    {
      ...common,
      kind: 'fires',
      name: 'exemptions of others, of whatever project, change nothing',
      series: fleet(
        at,
        ...changes,
        set('instance_protection_state', { instance_id: 'i2', state: 'exempt' }, 1),
        set('instance_protection_state', { project_id: 'p2', instance_id: 'i1', state: 'exempt' }, 1),
      ),
      expect: named,
    },
    {
      ...common,
      kind: 'stale',
      name: 'muted while the backups of the project are too old',
      series: fleet(at, ...changes, inProject('p1', 'instance_backups')),
      expect: [],
    },
    {
      ...common,
      kind: 'stale',
      name: 'muted while the instances of the project are too old',
      series: fleet(at, ...changes, inProject('p1', 'instances')),
      expect: [],
    },
    {
      ...common,
      kind: 'stale',
      name: 'another project and table-level backups mute nothing',
      series: fleet(
        at,
        ...changes,
        inProject('p2', 'instances'),
        inProject('p2', 'instance_backups'),
        inProject('p1', 'database_table_backups'),
      ),
      expect: named,
    },
    {
      ...common,
      kind: 'absent',
      name: 'quiet without any series',
      series: [],
      expect: [],
    },
  ];
}

/** SQL knows exemptions from single controls: where it finds nobody at fault, nothing fires. */
function controlCases(
  common: Pick<Case, 'at' | 'interval'>,
  changes: readonly Change[],
  control: string,
  named: Case['expect'],
): Case[] {
  const atFault = (values: number, labels: Readonly<Record<string, string>>) =>
    set('control_instances', { control, verdict: 'NON_COMPLIANT', ...labels }, values);
  const compliant = set('control_instances', { control, verdict: 'COMPLIANT', project_id: 'p1' }, 5);
  const one = (kind: Case['kind'], name: string, change: Change, expect: Case['expect']): Case => ({
    ...common,
    kind,
    name,
    series: fleet(common.at, ...changes, change),
    expect,
  });
  return [
    one(
      'quiet',
      'the control finds nobody of the project at fault',
      (series) => compliant(atFault(0, { project_id: 'p1' })(series)),
      [],
    ),
    one('fires', 'the control finds nobody of another project at fault', atFault(0, { project_id: 'p2' }), named),
    one('stale', 'one replica has not judged yet', atFault(0, { project_id: 'p1', pod: 'a' }), named),
    one('absent', 'the control is not counted', without('control_instances'), named),
    one(
      'fires',
      'of whatever verdict others are',
      set('control_instances', { control, verdict: 'UNKNOWN', project_id: 'p1' }, 0),
      named,
    ),
  ];
}
