// Reports as JSON: an array of objects, one row a line, or the rows alone (NDJSON). Keys in the order of the columns.

import type { Cell, ReportColumn } from '../../inventory/report.ts';

/** The pieces of a JSON array, one row a line. */
export function* jsonLines(columns: readonly ReportColumn[], rows: Iterable<readonly Cell[]>): Generator<string> {
  yield '[';
  let between = '\n';
  for (const row of rows) {
    yield `${between}${objectOf(columns, row)}`;
    between = ',\n';
  }
  yield '\n]\n';
}

/** One object a line. */
export function* ndjsonLines(columns: readonly ReportColumn[], rows: Iterable<readonly Cell[]>): Generator<string> {
  for (const row of rows) yield `${objectOf(columns, row)}\n`;
}

function objectOf(columns: readonly ReportColumn[], row: readonly Cell[]): string {
  const pairs = columns.map(({ name }, index) => `${JSON.stringify(name)}:${JSON.stringify(row[index] ?? null)}`);
  return `{${pairs.join(',')}}`;
}

/** Reads back what jsonLines wrote. Throws where the text is no such file. */
export function readJson(columns: readonly ReportColumn[], text: string): Cell[][] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error('It is no JSON array.');
  return parsed.map((row: Record<string, Cell>) => columns.map(({ name }) => row[name] ?? null));
}
