// A report in each format, as pieces of text. Made twice from the same rows they are the same bytes.

import type { Cell, Report, ReportColumn } from '../../inventory/report.ts';
import { textOf } from '../pages/html.ts';
import { csvLines } from './csv.ts';
import { reportDocument } from './document.ts';
import { jsonLines, ndjsonLines } from './json.ts';
import { textTable } from './text-table.ts';

export const reportFormats = ['table', 'csv', 'json', 'ndjson', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const contentTypes: Readonly<Record<ReportFormat, string>> = {
  table: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

const text = (name: string, meaning: string): ReportColumn => ({ name, kind: 'text', meaning });

/** The one row that answers where nothing was observed: an empty file would pass for "nothing wrong". */
const notObservedColumns: readonly ReportColumn[] = [
  text('state', 'not_observed'),
  text('as_of', 'The instant asked for; null = now.'),
  text('earliest', 'The earliest instant that can be asked for; null = there is none yet.'),
  text('message', 'What that means.'),
];

/** The pieces of a report in a format. `plain` makes foreign text harmless for a terminal; only `table` needs it. */
export function* rendered(report: Report, format: ReportFormat, plain: (text: string) => string): Generator<string> {
  const { notObserved, asOf } = report;
  const [columns, rows]: [readonly ReportColumn[], readonly (readonly Cell[])[]] =
    notObserved === null
      ? [report.columns, report.rows]
      : [notObservedColumns, [['not_observed', asOf, notObserved.earliest, notObserved.message]]];
  switch (format) {
    case 'csv':
      yield* csvLines(columns, rows);
      return;
    case 'json':
      yield* jsonLines(columns, rows);
      return;
    case 'ndjson':
      yield* ndjsonLines(columns, rows);
      return;
    case 'html':
      yield textOf(reportDocument(report));
      return;
    default:
      if (notObserved === null) yield* textTable(report, plain);
      else yield `${report.definition.title}\n\n${notObserved.message}\n`;
  }
}
