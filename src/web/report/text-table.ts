// Reports for a terminal: the brief columns, aligned. Foreign text is made harmless by what is handed in.

import { lateBeginning, type Report } from '../../inventory/report.ts';
import { briefColumns, heading, shown } from './shown.ts';

const widest = 60;

/** The lines of the table, then what it stands on. `plain` makes a foreign text harmless for a terminal. */
export function* textTable(report: Report, plain: (text: string) => string): Generator<string> {
  const { places, unitOf } = briefColumns(report.columns, report.definition.brief);
  const cells = report.rows.map((row) =>
    places.map(({ place, column }) => cut(plain(shown(row[place] ?? null, column, unitOf(row))))),
  );
  const heads = places.map(({ column }) => heading(column.name));
  const widths = heads.map((head, index) =>
    cells.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), head.length),
  );
  const rightwards = places.map(({ column }) => column.kind === 'number');
  const line = (texts: readonly string[]) =>
    `${texts.map((text, index) => (rightwards[index] === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0))).join('  ')}`.trimEnd();
  yield `${report.definition.title}\n\n`;
  yield `${line(heads)}\n`;
  yield `${line(widths.map((width) => '-'.repeat(width)))}\n`;
  for (const row of cells) yield `${line(row)}\n`;
  yield `\n${basisSentence(report)}\n`;
  if (report.observedFrom !== null) yield `${lateBeginning(report.observedFrom)}\n`;
}

function cut(text: string): string {
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}

/** What a report stands on, as one sentence that does not change when it is made again. */
function basisSentence({ rows, period, asOf, knownAt }: Report): string {
  const parts = [`${rows.length} row${rows.length === 1 ? '' : 's'}`];
  if (period !== null) parts.push(`${period.firstDay} to ${period.lastDay}, days of ${period.timeZone}`);
  if (asOf !== null) parts.push(`as of ${asOf}`);
  if (knownAt !== null) parts.push(`from readings committed up to ${knownAt}`);
  return `${parts.join('; ')}.`;
}
