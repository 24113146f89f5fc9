// Faults that change a page of a list: its rows, its length, its total, the values in the rows.

import type { Answer, PageContext, Row } from './answers.ts';
import type { FaultName } from './fault-catalogue.ts';
import type { FaultParameters } from './fault-rules.ts';
import type { Random } from './random.ts';

interface Page {
  rows: unknown[];
  total: unknown;
}

/** The answer with the fault in its page. */
export function faultPage(answer: Answer, name: FaultName, parameters: FaultParameters, random: Random): Answer {
  const context = answer.page;
  if (context === undefined) return answer;
  const body = answer.body as Row;
  const page: Page = { rows: [...(body[context.key] as Row[])], total: body.total_count };
  const changed = changeList(page, name, context, parameters, random) ?? changeRows(page, name, parameters, context);
  const { total_count: _, ...rest } = body;
  return {
    ...answer,
    body: {
      ...(changed.total === undefined ? {} : { total_count: changed.total }),
      ...rest,
      [context.key]: changed.rows,
    },
  };
}

function changeList(
  page: Page,
  name: FaultName,
  context: PageContext,
  parameters: FaultParameters,
  random: Random,
): Page | null {
  const { rows } = page;
  const { offset, limit, total, read } = context;
  const by = parameters.by ?? 7;
  switch (name) {
    case 'empty-page':
      return { ...page, rows: [] };
    case 'short-page':
      return { ...page, rows: rows.slice(0, Math.ceil(rows.length / 2)) };
    case 'page-too-long':
      return { ...page, rows: read(offset, limit * 2) };
    case 'same-page':
      return { ...page, rows: read(0, limit) };
    case 'last-page-again':
      return { ...page, rows: rows.length > 0 ? rows : read(Math.max(0, total - limit), limit) };
    case 'row-missing':
      return { ...page, rows: rows.filter((_, i) => i !== Math.floor(rows.length / 2)) };
    case 'duplicate-in-page':
      return { ...page, rows: [...rows, ...rows.slice(0, 1)] };
    case 'duplicate-across-pages':
      return { ...page, rows: offset === 0 ? rows : read(offset - 1, limit) };
    case 'out-of-order':
      return { ...page, rows: shuffled(rows, random) };
    case 'oldest-first':
      return { ...page, rows: read(Math.max(0, total - offset - limit), Math.min(limit, total - offset)).reverse() };
    case 'total-high':
      return { ...page, total: total + by };
    case 'total-low':
      return { ...page, total: Math.max(0, total - by) };
    case 'total-of-page':
      return { ...page, total: rows.length };
    case 'total-missing':
      return { ...page, total: undefined };
    case 'total-string':
      return { ...page, total: String(total) };
    default:
      return null;
  }
}

function shuffled(rows: readonly unknown[], random: Random): unknown[] {
  const copy = [...rows];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

function changeRows(page: Page, name: FaultName, parameters: FaultParameters, context: PageContext): Page {
  const limit = parameters.rows ?? page.rows.length;
  if (name === 'row-not-object') {
    const strangers = [null, 42, 'not a backup'];
    return { ...page, rows: page.rows.map((row, i) => (i < Math.min(limit, 3) ? strangers[i] : row)) };
  }
  const share = Math.ceil((parameters.bytes ?? 5_000_000) / Math.max(1, Math.min(limit, page.rows.length)));
  const change = name === 'big-page' ? { description: 'x'.repeat(share) } : undefined;
  const rows = page.rows.map((row, i) => {
    if (i >= limit) return row;
    return change === undefined ? changeRow(row as Row, name, i, context.key) : { ...(row as Row), ...change };
  });
  return { ...page, rows };
}

function changeRow(row: Row, name: FaultName, index: number, key: PageContext['key']): Row {
  switch (name) {
    case 'null-nullable':
      return { ...row, ...nulls(optional[key]) };
    case 'null-everything':
      return { ...nulls(Object.keys(row)), id: row.id, ...pick(row, ['begin_time', 'created']) };
    case 'optional-absent':
      return Object.fromEntries(Object.entries(row).filter(([field]) => !optional[key].includes(field)));
    case 'id-null':
      return { ...row, id: null };
    case 'begin-missing':
      return Object.fromEntries(Object.entries(row).filter(([field]) => field !== 'begin_time'));
    case 'extra-fields':
      return { ...row, encryption: { algorithm: 'AES256' }, expired_at: null, labels: ['a', 'b'] };
    case 'unknown-status':
      return { ...row, status: ['DELETING', 'DISABLED', 'AVAILABLE', 'ARCHIVED'][index % 4] };
    case 'unknown-type':
      return { ...row, type: ['Snapshot', 'auto', 'Fragment'][index % 3] };
    case 'unknown-datastore':
      return { ...row, datastore: { type: 'hbase', version: '2.x' } };
    case 'size-negative':
      return { ...row, size: -1024 };
    case 'size-fractional':
      return { ...row, size: 1234.567890123 };
    case 'size-huge':
      return { ...row, size: 1e18 };
    case 'size-string':
      return { ...row, size: String(row.size) };
    case 'size-null':
      return { ...row, size: null };
    case 'end-before-begin':
      return { ...row, end_time: '2001-01-01T00:00:00+0000' };
    default:
      return changeTimes(row, name);
  }
}

const optional: Record<PageContext['key'], string[]> = {
  backups: ['description', 'end_time', 'database_tables'],
  instances: ['updated', 'backup_space_usage', 'actions', 'groups', 'availability_zone', 'time_zone', 'pay_mode'],
};

function nulls(fields: readonly string[]): Row {
  return Object.fromEntries(fields.map((field) => [field, null]));
}

function pick(row: Row, fields: readonly string[]): Row {
  return Object.fromEntries(fields.filter((field) => field in row).map((field) => [field, row[field]]));
}

const timeFields = ['begin_time', 'end_time', 'created', 'updated'];

function changeTimes(row: Row, name: FaultName): Row {
  const changed = { ...row };
  for (const field of timeFields) {
    const value = row[field];
    if (typeof value === 'string' && value !== '') changed[field] = changeTime(value, name);
  }
  return changed;
}

function changeTime(text: string, name: FaultName): string {
  const ms = Date.parse(/[+-]\d{4}$/.test(text) ? text : `${text}Z`);
  const iso = (shiftMs: number) => new Date(ms + shiftMs).toISOString().slice(0, 19);
  switch (name) {
    case 'times-0800':
      return `${iso(28_800_000)}+0800`;
    case 'times-colon':
      return `${iso(0)}+00:00`;
    case 'times-z':
      return `${iso(0)}Z`;
    case 'times-zoneless':
      return iso(0);
    case 'times-v3':
      return iso(0).replace('T', ' ');
    case 'times-millis':
      return `${iso(0)}.123+0000`;
    case 'times-future':
      return `${iso(365 * 86_400_000)}+0000`;
    case 'times-garbage':
      return 'yesterday';
    default:
      throw new Error(`the fault "${name}" has no page`);
  }
}
