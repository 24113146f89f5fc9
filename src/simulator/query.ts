// The query string as the gateway reads it, and the parameters of the three generations of the backup list. Facts:
// the API reference (v4, v3.1) and the historical chapters (v3: page number, mandatory paging, another time format).

import { Refusal, serviceError } from './answers.ts';
import type { Behaviour } from './behaviour.ts';

export type Generation = 'v3' | 'v3.1' | 'v4';

/** Names and values in order, decoded. A bare plus is a space, as in a form. */
export type Query = [name: string, value: string][];

export function parseQuery(search: string): Query {
  const text = search.startsWith('?') ? search.slice(1) : search;
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [decodeForm(part), ''] : [decodeForm(part.slice(0, at)), decodeForm(part.slice(at + 1))];
    });
}

function decodeForm(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

export function parameter(query: Query, name: string): string | undefined {
  return query.find(([key]) => key === name)?.[1];
}

export interface BackupQuery {
  instanceId: string | undefined;
  datastoreType: string | undefined;
  backupId: string | undefined;
  backupType: string | undefined;
  type: 'Instance' | 'DatabaseTable';
  offset: number;
  limit: number;
  /** Seconds since 1970, both ends included. */
  window: { from: number; to: number } | null;
}

/** The parameters of a backup list; throws the refusal that the service would answer. */
export function parseBackupQuery(query: Query, generation: Generation, behaviour: Behaviour): BackupQuery {
  const type = parameter(query, 'type') ?? 'Instance';
  if (type !== 'Instance' && type !== 'DatabaseTable') throw reject(behaviour.codes.parameter, 'Parameter error: type');
  return {
    instanceId: parameter(query, 'instance_id'),
    datastoreType: parameter(query, 'datastore_type'),
    backupId: parameter(query, 'backup_id'),
    backupType: parameter(query, 'backup_type'),
    type,
    ...parsePaging(query, generation, behaviour),
    window: parseWindow(query, generation, behaviour),
  };
}

/** Item offset and limit; the v3 list of backups counts pages from 1 and demands both. */
export function parsePaging(
  query: Query,
  generation: Generation | 'instances',
  behaviour: Behaviour,
): { offset: number; limit: number } {
  const byPage = generation === 'v3';
  const limit = wholeNumber(parameter(query, 'limit'), byPage ? null : 100);
  if (limit === null || limit < 1 || limit > 100) throw reject(behaviour.codes.limit, 'Invalid limit.');
  const offset = wholeNumber(parameter(query, 'offset'), byPage ? null : 0);
  if (offset === null || offset < (byPage ? 1 : 0)) throw reject(behaviour.codes.offset, 'Invalid offset.');
  return { limit, offset: byPage ? (offset - 1) * limit : offset };
}

function wholeNumber(text: string | undefined, absent: number | null): number | null {
  if (text === undefined) return absent;
  return /^-?\d{1,9}$/.test(text) ? Number(text) : null;
}

function parseWindow(query: Query, generation: Generation, behaviour: Behaviour): BackupQuery['window'] {
  const begin = parameter(query, 'begin_time');
  const end = parameter(query, 'end_time');
  if (begin === undefined && end === undefined) return null;
  const from = parseTime(begin, generation, behaviour);
  if (from === null) throw reject(behaviour.codes.beginTime, 'Invalid start time.');
  const to = parseTime(end, generation, behaviour);
  if (to === null) throw reject(behaviour.codes.endTime, 'Invalid end time.');
  if (from > to) throw reject(behaviour.codes.endTime, 'The end time must be later than the start time.');
  return { from, to };
}

function parseTime(text: string | undefined, generation: Generation, behaviour: Behaviour): number | null {
  if (text === undefined) return null;
  if (generation === 'v3') {
    return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? secondsOf(`${text.replace(' ', 'T')}Z`) : null;
  }
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+ -])(\d\d)(\d\d)$/.exec(text);
  if (match === null || (match[2] === ' ' && behaviour.timeFilter === 'strict')) return null;
  const sign = match[2] === '-' ? '-' : '+';
  return secondsOf(`${match[1]}${sign}${match[3]}:${match[4]}`);
}

function secondsOf(iso: string): number | null {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

function reject(code: string, message: string): Refusal {
  return new Refusal(serviceError(400, code, message));
}
