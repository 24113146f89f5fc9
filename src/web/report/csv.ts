// Reports as CSV (RFC 4180) that a spreadsheet cannot mistake for formulas, and that reads back without loss:
// null is an empty field, an empty text is "", a list is a JSON array, and a text that begins like a formula gets a '.

import type { Cell, ReportColumn } from '../../inventory/report.ts';

/** What spreadsheets take for a formula, and the mark itself, so that reading it back is unambiguous. */
const formula = /^['=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const special = /[",\r\n]/;

/** The lines of the file, header first, each with its line end. */
export function* csvLines(columns: readonly ReportColumn[], rows: Iterable<readonly Cell[]>): Generator<string> {
  yield `${columns.map(({ name }) => quoted(name)).join(',')}\r\n`;
  for (const row of rows) yield `${row.map(field).join(',')}\r\n`;
}

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  if (typeof cell !== 'string') return quoted(JSON.stringify(cell));
  if (cell === '') return '""';
  return quoted(formula.test(cell) ? `'${cell}` : cell);
}

function quoted(text: string): string {
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Field {
  text: string;
  quoted: boolean;
}

/** Reads back what csvLines wrote. Throws where the text is no such file. */
export function readCsv(columns: readonly ReportColumn[], text: string): Cell[][] {
  const [header, ...records] = recordsOf(text);
  const names = header?.map((one) => one.text).join(',');
  if (names !== columns.map(({ name }) => name).join(',')) throw new Error('The header does not name the columns.');
  return records.map((record, index) => {
    if (record.length !== columns.length) {
      throw new Error(`Row ${index + 1} has ${record.length} fields, not ${columns.length}.`);
    }
    return record.map((one, place) => cellOf(one, columns[place]));
  });
}

function cellOf({ text, quoted: wasQuoted }: Field, column: ReportColumn | undefined): Cell {
  if (text === '' && !wasQuoted) return null;
  switch (column?.kind) {
    case 'number':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'list':
      return JSON.parse(text) as string[];
    default:
      return text.startsWith("'") ? text.slice(1) : text;
  }
}

function recordsOf(text: string): Field[][] {
  const records: Field[][] = [];
  const pattern = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|$)/y;
  let record: Field[] = [];
  let place = 0;
  while (place < text.length) {
    pattern.lastIndex = place;
    const match = pattern.exec(text);
    if (match === null) throw new Error(`No CSV at character ${place}.`);
    const [whole, raw = '', end] = match;
    const wasQuoted = raw.startsWith('"');
    record.push({ text: wasQuoted ? raw.slice(1, -1).replaceAll('""', '"') : raw, quoted: wasQuoted });
    place += whole.length;
    if (end === ',' && place < text.length) continue;
    if (end === ',') record.push({ text: '', quoted: false });
    records.push(record);
    record = [];
  }
  return records;
}
