// The backup lists of GeminiDB, API v4. Offsets are item indexes (v3's are page numbers: never mixed here).
// Facts: GeminiDB API reference, "Querying Backups"; times are UTC with `+0000`, sizes are KB as a double.

import { z } from 'zod';
import type { Anomaly, BackupFact, BackupListScope, DatabaseTables } from '../../inventory/model.ts';
import type { BeginWindow } from '../../inventory/ports.ts';
import { bytesFromKilobytes, type Instant } from '../../inventory/units.ts';
import { percentEncode, type QueryPair } from '../signer.ts';
import { isBlocked, parseRow, placeOf, type RowNote, readId, readTime, shown } from './rows.ts';
import type { ReadRow, RowContext, ServiceList } from './service.ts';

/** `type` of the query, which is not the `type` of a row. Without it the API lists instance backups only. */
const listType: Record<BackupListScope, string> = {
  instance_backups: 'Instance',
  database_table_backups: 'DatabaseTable',
};

const knownTypes = new Map([
  ['Auto', 'auto'],
  ['auto', 'auto'],
  ['Manual', 'manual'],
  ['manual', 'manual'],
]);
const knownStatuses = new Set(['BUILDING', 'COMPLETED', 'FAILED']);

const databaseTablesWire = z.looseObject({
  database_name: z.string(),
  table_names: z.array(z.string()).nullish(),
});

const backupWire = z.looseObject({
  id: z.unknown().optional(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  instance_id: z.string().nullish(),
  instance_name: z.string().nullish(),
  datastore: z.looseObject({ type: z.string().nullish(), version: z.string().nullish() }).nullish(),
  type: z.string().nullish(),
  /** KB. */
  size: z.number().nullish(),
  status: z.string().nullish(),
  begin_time: z.unknown().optional(),
  /** Null, empty, missing or equal to the begin while the backup runs. */
  end_time: z.string().nullish(),
  database_tables: z.array(databaseTablesWire).nullish(),
});
type BackupWire = z.infer<typeof backupWire>;

export function backupList(scope: BackupListScope): ServiceList {
  const type: QueryPair = ['type', listType[scope]];
  return {
    operation: 'list_backups',
    lookUpOperation: 'look_up_backup',
    rowsKey: 'backups',
    totalKey: 'total_count',
    path: (projectId) => `/v4/${percentEncode(projectId)}/backups`,
    filters: [type],
    windowQuery,
    lookUpQuery: (id) => [type, ['backup_id', id]],
    goneCodes: ['DBS.201214', 'DBS.280124'],
    readRow: readBackup,
  };
}

/** Whole seconds with `+0000`, widened so that the window keeps what it names. Both ends or neither: the API demands it. */
function windowQuery(window: BeginWindow): QueryPair[] {
  const wire = (instant: Instant, round: (ms: number) => number) => {
    const seconds = new Date(round(Date.parse(instant) / 1000) * 1000);
    return `${seconds.toISOString().slice(0, 19)}+0000`;
  };
  return [
    ['begin_time', wire(window.from, Math.floor)],
    ['end_time', wire(window.to, Math.ceil)],
  ];
}

function readBackup(row: unknown, context: RowContext): ReadRow {
  const notes: RowNote[] = [];
  const wire = parseRow(backupWire, row, notes, kindOf);
  if (wire === null) return placeOf(row, notes, null, null, null);
  const id = readId(wire.id, notes);
  const beginAt = readBegin(wire.begin_time, context, notes);
  const fact = id === null || beginAt === null || isBlocked(notes) ? null : factOf(wire, id, beginAt, notes);
  return placeOf(row, notes, id, beginAt, fact);
}

function readBegin(value: unknown, context: RowContext, notes: RowNote[]): Instant | null {
  const beginAt = typeof value === 'string' ? readTime(value) : null;
  if (beginAt === null) {
    const detail = `${shown(value)} is no time with a zone; the row is left out.`;
    notes.push({ kind: 'bad_time', field: 'begin_time', detail, blocks: true });
  } else if (beginAt > context.latestPlausible) {
    notes.push({ kind: 'future_time', field: 'begin_time', detail: `${beginAt} is more than a day ahead; kept.` });
  }
  return beginAt;
}

function factOf(wire: BackupWire, backupId: string, beginAt: Instant, notes: RowNote[]): BackupFact {
  const status = readStatus(wire.status, notes);
  const instanceId = wire.instance_id || null;
  if (instanceId === null) notes.push({ kind: 'missing_field', field: 'instance_id', detail: 'No instance is named.' });
  return {
    backupId,
    instanceId,
    instanceName: wire.instance_name ?? null,
    name: wire.name ?? null,
    description: wire.description ?? null,
    backupType: readType(wire.type, notes),
    status,
    datastoreType: wire.datastore?.type ?? null,
    datastoreVersion: wire.datastore?.version ?? null,
    sizeBytes: readSize(wire.size, notes),
    beginAt,
    endAt: readEnd(wire.end_time, status, beginAt, notes),
    databaseTables: readTables(wire.database_tables),
  };
}

function readType(type: string | null | undefined, notes: RowNote[]): string {
  if (!type) {
    notes.push({ kind: 'missing_field', field: 'type', detail: 'No backup type is named; taken as `unknown`.' });
    return 'unknown';
  }
  const known = knownTypes.get(type);
  if (known === undefined)
    notes.push({ kind: 'unknown_enum', field: 'type', detail: `${shown(type)} is new; kept as it is.` });
  return known ?? type;
}

function readStatus(status: string | null | undefined, notes: RowNote[]): string {
  if (!status) {
    notes.push({ kind: 'missing_field', field: 'status', detail: 'No status is named; taken as `UNKNOWN`.' });
    return 'UNKNOWN';
  }
  if (!knownStatuses.has(status)) {
    notes.push({ kind: 'unknown_enum', field: 'status', detail: `${shown(status)} is new; kept as it is.` });
  }
  return status;
}

function readSize(kilobytes: number | null | undefined, notes: RowNote[]): number | null {
  if (kilobytes === null || kilobytes === undefined) return null;
  const bytes = bytesFromKilobytes(kilobytes);
  if (bytes === null)
    notes.push({ kind: 'bad_size', field: 'size', detail: `${kilobytes} KB is no size; taken as missing.` });
  return bytes;
}

function readEnd(text: string | null | undefined, status: string, beginAt: Instant, notes: RowNote[]): Instant | null {
  if (!text) return null;
  const endAt = readTime(text);
  if (endAt === null) {
    notes.push({
      kind: 'bad_time',
      field: 'end_time',
      detail: `${shown(text)} is no time with a zone; taken as missing.`,
    });
  }
  return status === 'BUILDING' && endAt === beginAt ? null : endAt;
}

/** An empty list says no more than none, and no table names mean the whole database. */
function readTables(wire: BackupWire['database_tables']): DatabaseTables[] | null {
  if (!wire?.length) return null;
  return wire.map(({ database_name, table_names }) => ({
    database: database_name,
    tables: table_names?.length ? table_names : null,
  }));
}

function kindOf(field: string): Anomaly['kind'] {
  return field === 'size' ? 'bad_size' : field === 'end_time' ? 'bad_time' : 'bad_row';
}
