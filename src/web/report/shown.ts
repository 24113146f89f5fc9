// How a cell is shown to people: spans, sizes and shares in words. Files keep the numbers.

import type { Cell, ReportColumn } from '../../inventory/report.ts';
import { count, measure, size, span } from '../pages/words.ts';

/** One cell as text for a screen. `unit` is the row's unit column, where it has one. */
export function shown(cell: Cell, column: ReportColumn, unit: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'number') return shownNumber(cell, column.name, unit);
  if (typeof cell !== 'string') return shownList(cell);
  return column.kind === 'instant' ? cell.replace('T', ' ') : cell;
}

function shownNumber(value: number, name: string, unit: Cell): string {
  if (name === 'measured_value' || name === 'threshold_value') return measure(value, String(unit ?? ''));
  if (name.endsWith('_seconds')) return span(value);
  if (name.endsWith('_bytes')) return size(value);
  if (name.endsWith('_percent')) return `${value} %`;
  if (name.endsWith('_hours')) return `${count(value)} h`;
  return String(value);
}

const listed = 5;

function shownList(list: readonly string[]): string {
  if (list.length === 0) return '–';
  const more = list.length > listed ? ` and ${count(list.length - listed)} more` : '';
  return list.slice(0, listed).join(', ') + more;
}

/** `measured value`: a column's name as a heading. */
export function heading(name: string): string {
  return name.replaceAll('_', ' ');
}

/** The columns of a screen with their places in the rows. */
export function briefColumns(columns: readonly ReportColumn[], brief: readonly string[]) {
  const unitAt = columns.findIndex(({ name }) => name === 'unit');
  const places = brief.flatMap((name) => {
    const place = columns.findIndex((column) => column.name === name);
    const column = columns[place];
    return column === undefined ? [] : [{ place, column }];
  });
  return { places, unitOf: (row: readonly Cell[]): Cell => row[unitAt] ?? null };
}
