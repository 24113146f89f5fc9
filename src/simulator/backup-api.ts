// The list of backups in its three generations. `type` is applied before every other filter, even before `backup_id`;
// order is newest first; the window is on the begin time, both ends included.

import type { Answer, Row } from './answers.ts';
import type { Behaviour } from './behaviour.ts';
import type { ProjectEstate } from './estate.ts';
import { findBackup } from './estate.ts';
import type { BackupQuery, Generation, Query } from './query.ts';
import { parseBackupQuery } from './query.ts';
import { hash } from './random.ts';
import type { BackupRecord } from './records.ts';
import type { SortedList } from './sorted-list.ts';
import { compareAge, countNewer, readSorted, walkSorted } from './sorted-list.ts';

import { showBackup } from './wire.ts';

export interface ListDeps {
  estate: ProjectEstate;
  behaviour: Behaviour;
  /** Number of the request: deals the ties anew where that is switched on. */
  requestNumber: number;
}

/** Answers one page. Throws the refusal of bad parameters. */
export function listBackups(deps: ListDeps, query: Query, generation: Generation): Answer {
  const parsed = parseBackupQuery(query, generation, deps.behaviour);
  const selection = select(deps, parsed, generation);
  const read = (offset: number, limit: number): Row[] =>
    selection.read(offset, limit).map((record) => ({ ...showBackup(deps.estate, record, generation, deps.behaviour) }));
  return {
    status: 200,
    body: { total_count: selection.total, backups: read(parsed.offset, parsed.limit) },
    page: { key: 'backups', offset: parsed.offset, limit: parsed.limit, total: selection.total, read },
  };
}

interface Selection {
  total: number;
  read(offset: number, limit: number): BackupRecord[];
}

function select(deps: ListDeps, query: BackupQuery, generation: Generation): Selection {
  const { estate } = deps;
  const list = estate.lists[query.type === 'DatabaseTable' ? 'database_table_backups' : 'instance_backups'];
  if (query.backupId !== undefined) {
    const found = findBackup(estate, query.backupId);
    const listed = found !== null && estate.lists[found.list] === list;
    return ofArray(listed && matches(query, found) ? [found] : []);
  }
  if (generation === 'v3' && query.type === 'Instance') {
    const all = [...walkSorted(list), ...walkSorted(estate.lists.incremental)];
    return ofArray(all.filter((record) => matches(query, record)).sort((a, b) => compareAge(b, a)));
  }
  if (query.instanceId !== undefined || query.datastoreType !== undefined || query.backupType !== undefined) {
    return ofArray([...walkSorted(list)].filter((record) => matches(query, record)));
  }
  return ofList(deps, list, query.window);
}

function matches(query: BackupQuery, record: BackupRecord): boolean {
  return (
    (query.instanceId === undefined || record.instance.instanceId === query.instanceId) &&
    (query.datastoreType === undefined || record.instance.engine === query.datastoreType) &&
    (query.backupType === undefined || record.kind === query.backupType) &&
    (query.window === null || (record.beginAt >= query.window.from && record.beginAt <= query.window.to))
  );
}

function ofArray(records: readonly BackupRecord[]): Selection {
  return { total: records.length, read: (offset, limit) => records.slice(offset, offset + limit) };
}

/** The list itself or a window of it: costs what the page costs. */
function ofList(deps: ListDeps, list: SortedList, window: BackupQuery['window']): Selection {
  const first = window === null ? 0 : countNewer(list, window.to);
  const end = window === null ? list.length : countNewer(list, window.from - 1);
  const total = Math.max(0, end - first);
  const read = (offset: number, limit: number) =>
    readSorted(list, first + offset, Math.max(0, Math.min(limit, total - offset)));
  if (deps.behaviour.tieOrder === 'stable') return { total, read };
  return { total, read: (offset, limit) => readShuffled(read, { offset, limit, salt: deps.requestNumber }) };
}

/** The page as if ties had been dealt anew: the tie groups that it touches are read whole and shuffled. */
function readShuffled(
  read: (offset: number, limit: number) => BackupRecord[],
  page: { offset: number; limit: number; salt: number },
): BackupRecord[] {
  let from = page.offset;
  const rows = read(from, page.limit);
  const first = rows[0];
  while (from > 0 && first !== undefined && read(from - 1, 1)[0]?.beginAt === first.beginAt) {
    from--;
    rows.unshift(...read(from, 1));
  }
  const last = rows.at(-1);
  for (let next = read(from + rows.length, 1)[0]; next !== undefined && next.beginAt === last?.beginAt; ) {
    rows.push(next);
    next = read(from + rows.length, 1)[0];
  }
  rows.sort((a, b) => b.beginAt - a.beginAt || hash(a.seq, page.salt) - hash(b.seq, page.salt));
  return rows.slice(page.offset - from, page.offset - from + page.limit);
}
