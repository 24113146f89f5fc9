// The instance list of GeminiDB, API v3. Its types are loose: numbers come as strings and the other way round.
// Facts: GeminiDB API reference, "Querying Instances and Details"; `created` carries no zone and is taken as UTC.

import { z } from 'zod';
import type { Anomaly, InstanceFact } from '../../inventory/model.ts';
import { type Instant, parseZonelessAsUtc } from '../../inventory/units.ts';
import { percentEncode } from '../signer.ts';
import { isBlocked, parseRow, placeOf, type RowNote, readId, readTime, shown } from './rows.ts';
import type { ReadRow, RowContext, ServiceList } from './service.ts';

const knownStatuses = new Set([
  ...['normal', 'abnormal', 'creating', 'frozen', 'data_disk_full', 'createfail', 'enlargefail'],
]);
const largestKeepDays = 2 ** 31 - 1;

const looseText = z.union([z.string(), z.number().transform(String)]).nullish();
const looseInteger = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish();

const instanceWire = z.looseObject({
  id: z.unknown().optional(),
  name: looseText,
  datastore: z.looseObject({ type: looseText, version: looseText }).nullish(),
  status: looseText,
  mode: looseText,
  /** `2019-01-17T07:05:52`, no zone. */
  created: z.string().nullish(),
  /** `start_time` is a window in UTC, `16:00-17:00`; `keep_days` 0 = no automated backup. */
  backup_strategy: z.looseObject({ start_time: looseText, keep_days: looseInteger }).nullish(),
});
type InstanceWire = z.infer<typeof instanceWire>;

export const instanceList: ServiceList = {
  operation: 'list_instances',
  lookUpOperation: 'look_up_instance',
  rowsKey: 'instances',
  totalKey: 'total_count',
  path: (projectId) => `/v3/${percentEncode(projectId)}/instances`,
  filters: [],
  windowQuery: () => [],
  lookUpQuery: (id) => [['id', id]],
  goneCodes: ['DBS.280110', 'DBS.280404', 'DBS.201501', 'DBS.200002', 'DBS.201028'],
  readRow: readInstance,
};

function readInstance(row: unknown, context: RowContext): ReadRow {
  const notes: RowNote[] = [];
  const wire = parseRow(instanceWire, row, notes, kindOf);
  if (wire === null) return placeOf(row, notes, null, null, null);
  const id = readId(wire.id, notes);
  const createdAt = readCreated(wire.created, context, notes);
  const fact = id === null || isBlocked(notes) ? null : factOf(wire, id, createdAt, notes);
  return placeOf(row, notes, id, createdAt, fact);
}

function readCreated(text: string | null | undefined, context: RowContext, notes: RowNote[]): Instant | null {
  if (!text) return null;
  const zoned = parseZonelessAsUtc(text) ?? text;
  const createdAt = readTime(zoned);
  if (createdAt === null) {
    notes.push({ kind: 'bad_time', field: 'created', detail: `${shown(text)} is no time; taken as missing.` });
  } else if (createdAt > context.latestPlausible) {
    notes.push({ kind: 'future_time', field: 'created', detail: `${createdAt} is more than a day ahead; kept.` });
  }
  return createdAt;
}

function factOf(wire: InstanceWire, instanceId: string, createdAt: Instant | null, notes: RowNote[]): InstanceFact {
  if (wire.status && !knownStatuses.has(wire.status)) {
    notes.push({ kind: 'unknown_enum', field: 'status', detail: `${shown(wire.status)} is new; kept as it is.` });
  }
  return {
    instanceId,
    name: wire.name ?? null,
    datastoreType: wire.datastore?.type ?? null,
    datastoreVersion: wire.datastore?.version ?? null,
    status: wire.status || null,
    mode: wire.mode || null,
    createdAt,
    backupKeepDays: readKeepDays(wire.backup_strategy?.keep_days, notes),
    backupWindow: wire.backup_strategy?.start_time || null,
  };
}

function readKeepDays(days: number | null | undefined, notes: RowNote[]): number | null {
  if (days === null || days === undefined) return null;
  if (Number.isInteger(days) && days >= 0 && days <= largestKeepDays) return days;
  const detail = `${days} is no number of days; taken as missing.`;
  notes.push({ kind: 'bad_row', field: 'backup_strategy.keep_days', detail });
  return null;
}

function kindOf(field: string): Anomaly['kind'] {
  return field === 'created' ? 'bad_time' : 'bad_row';
}
