// Records as the API shows them: field names, units (size in KB), time formats of the generations. Loose types of the
// instance list are the documentation's own.

import type { Behaviour } from './behaviour.ts';
import type { ProjectEstate } from './estate.ts';
import type { Generation } from './query.ts';
import { fraction, hash } from './random.ts';
import type { BackupRecord, DatabaseTablesWire, InstanceRecord } from './records.ts';
import { backupId } from './records.ts';

/** An item of the backup list; all twelve fields of the API. */
export interface BackupWire {
  id: string;
  name: string;
  description: string | null;
  instance_id: string;
  instance_name: string;
  datastore: { type: string; version: string };
  type: string;
  /** KB. */
  size: number;
  status: string;
  begin_time: string;
  end_time?: string | null;
  database_tables?: DatabaseTablesWire[] | null;
}

/** An item of the instance list. */
export interface InstanceWire extends Record<string, unknown> {
  id: string;
  name: string;
  status: string;
  created: string;
  backup_strategy: { start_time: string; keep_days: number };
}

const two = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const dates = new Map<number, string>();

/** Date and time of day in UTC. Dates are remembered: most of the work of showing a page was here. */
function split(seconds: number): { date: string; time: string } {
  const day = Math.floor(seconds / 86_400);
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    dates.set(day, date);
  }
  const rest = seconds - day * 86_400;
  return { date, time: `${two[Math.floor(rest / 3600)]}:${two[Math.floor(rest / 60) % 60]}:${two[rest % 60]}` };
}

/** `2019-05-27T03:38:51+0000`, or `2019-05-27 03:38:51` for v3. */
export function showTime(seconds: number, generation: Generation, zone: Behaviour['zone']): string {
  const { date, time } = split(generation !== 'v3' && zone === '+0800' ? seconds + 28_800 : seconds);
  return generation === 'v3' ? `${date} ${time}` : `${date}T${time}${zone}`;
}

export function showBackup(
  estate: ProjectEstate,
  record: BackupRecord,
  generation: Generation,
  behaviour: Behaviour,
): BackupWire {
  const { instance, given } = record;
  const begin = showTime(record.beginAt, generation, behaviour.zone);
  const wire: BackupWire = {
    id: backupId(estate.key, record),
    name: given?.name ?? derivedName(record),
    description: given?.description === undefined ? derivedDescription(record) : given.description,
    instance_id: instance.instanceId,
    instance_name: given?.instanceName ?? instance.name,
    datastore: { type: instance.engine, version: instance.version },
    type: record.kind,
    size: record.sizeKb,
    status: record.status,
    begin_time: begin,
  };
  if (record.status !== 'BUILDING') wire.end_time = showTime(record.endAt, generation, behaviour.zone);
  else if (behaviour.buildingEndTime !== 'absent') {
    wire.end_time = { null: null, empty: '', begin }[behaviour.buildingEndTime];
  }
  if (record.list === 'database_table_backups') wire.database_tables = given?.databaseTables ?? [];
  else if (behaviour.instanceRowTables !== 'absent') {
    wire.database_tables = behaviour.instanceRowTables === 'null' ? null : [];
  }
  return wire;
}

function derivedName(record: BackupRecord): string {
  const { date, time } = split(record.beginAt);
  const stamp = `${date.slice(0, 4)}${date.slice(5, 7)}${date.slice(8)}${time.slice(0, 2)}${time.slice(3, 5)}${time.slice(6)}`;
  if (record.kind !== 'Manual') return `GeminiDB-${record.instance.name}-${stamp}`;
  const occasion = ['before-release', 'before-migration', 'scripted', 'month-end', 'drill'][record.seq % 5];
  return `${occasion}-${stamp}`;
}

function derivedDescription(record: BackupRecord): string | null {
  if (record.status === 'FAILED') return null;
  if (record.kind === 'Manual') return record.seq % 3 === 0 ? 'Taken by the on-call engineer' : '';
  return record.seq % 2 === 0 ? '' : null;
}

export function showInstance(estate: ProjectEstate, instance: InstanceRecord): InstanceWire {
  const sizeGb = 100 + (instance.key % 20) * 20;
  const used = (0.2 + 0.5 * fraction(instance.key, 51)) * sizeGb;
  return {
    id: instance.instanceId,
    name: instance.name,
    status: instance.status,
    port: instance.engine === 'redis' ? '6379' : '8635',
    mode: instance.mode,
    region: estate.project.region,
    datastore: {
      type: instance.engine,
      version: instance.version,
      patch_available: hash(instance.key, 52) % 4 === 0,
      whole_version: `${instance.version}.1.250315`,
    },
    engine: 'rocksDB',
    // No zone: the documentation's own example has none.
    created: zonelessTime(instance.createdAt),
    updated: zonelessTime(instance.createdAt + 86_400),
    db_user_name: 'rwuser',
    vpc_id: '674e9b42-cd8d-4d25-a2e6-5abcc565b961',
    subnet_id: 'f1df08c5-71d1-406a-aff0-de435a51007b',
    security_group_id: '7aa51dbf-5b63-40db-9724-dad3c4828b58',
    backup_strategy: { start_time: windowOf(instance), keep_days: instance.policy.keepDays },
    backup_space_usage: { backup_usage: Math.round(used) },
    // A string in the definition, a number in the example.
    pay_mode: instance.key % 2 === 0 ? '0' : 0,
    maintenance_window: '02:00-06:00',
    groups: [
      {
        id: `${instance.instanceId.slice(0, 32)}gr06`,
        status: 'normal',
        volume: { size: instance.key % 2 === 0 ? String(sizeGb) : sizeGb, used: used.toFixed(3) },
        nodes: [],
      },
    ],
    enterprise_project_id: '0',
    time_zone: '',
    actions: instance.status === 'creating' ? ['CREATE'] : [],
    availability_zone: `${estate.project.region}a`,
  };
}

function zonelessTime(seconds: number): string {
  const { date, time } = split(seconds);
  return `${date}T${time}`;
}

/** `16:00-17:00`. */
export function windowOf(instance: InstanceRecord): string {
  const hour = (value: number) => `${String(value % 24).padStart(2, '0')}:00`;
  return `${hour(instance.policy.windowHour)}-${hour(instance.policy.windowHour + 1)}`;
}
