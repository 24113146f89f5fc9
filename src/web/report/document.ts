// A report as one HTML file: everything in it, no script, no request to anywhere; prints to A4.

import { type Cell, lateBeginning, type Report } from '../../inventory/report.ts';
import { type ComplianceVerdict, verdicts } from '../../inventory/snapshot.ts';
import { type Content, constantMarkup, type Html, html } from '../pages/html.ts';
import { styleSheet } from '../pages/style.ts';
import { badge, count, verdictLooks } from '../pages/words.ts';
import { coverageContent } from './coverage.ts';
import { briefColumns, heading, shown } from './shown.ts';

/** The whole file. */
export function reportDocument(report: Report): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${report.definition.title}</title>
<style>${constantMarkup(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<main id="content" tabindex="-1">
${reportContent(report)}
</main>
<footer><p class="small">Backup inventory exporter. Verdicts come from certified readings only; what is not proved is unknown.</p></footer>
</body>
</html>
`;
}

/** What is between the frame's lines, for a page that has its own frame. */
export function reportContent(report: Report): Html {
  const { definition, notObserved } = report;
  return html`<h1>${definition.title}</h1>
<p>${definition.question}</p>
<section>
${basis(report)}
</section>
${notObserved === null ? [lateNote(report), bodyOf(report)] : html`<p class="note"><strong>Not observed.</strong> ${notObserved.message}</p>`}`;
}

/** What the report stands on. Nothing in it changes when the report is made again for an instant in the past. */
function basis({ period, asOf, knownAt, rows }: Report): Html {
  const facts: [string, Content][] = [];
  if (period !== null) facts.push(['Period', `${period.firstDay} to ${period.lastDay}, days of ${period.timeZone}`]);
  if (asOf !== null) facts.push(['As of', asOf]);
  facts.push(['From readings committed up to', knownAt ?? 'never'], ['Rows', count(rows.length)]);
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function lateNote({ observedFrom }: Report): Content {
  return observedFrom === null ? null : html`<p class="note">${lateBeginning(observedFrom)}</p>\n`;
}

function bodyOf(report: Report): Content {
  if (report.definition.name === 'coverage_calendar') return coverageContent(report);
  return [verdictCounts(report), table(report)];
}

/** How often each verdict occurs, where the report has verdicts. */
function verdictCounts({ columns, rows }: Report): Content {
  const place = columns.findIndex(({ name }) => name === 'verdict');
  if (place === -1) return null;
  const counts = new Map<Cell, number>();
  for (const row of rows) counts.set(row[place] ?? null, (counts.get(row[place] ?? null) ?? 0) + 1);
  const parts = verdicts.map((verdict) => {
    const look = verdictLooks[verdict];
    return html`<div><dt>${badge(look)}</dt><dd>${count(counts.get(verdict) ?? 0)}</dd></div>`;
  });
  return html`<section><h2>Verdicts</h2><dl class="figures">${parts}</dl></section>`;
}

function table({ definition, columns, rows }: Report): Html {
  const { places, unitOf } = briefColumns(columns, definition.brief);
  const heads = places.map(
    ({ column }) =>
      html`<th scope="col"${column.kind === 'number' && html` class="num"`} title="${column.meaning}">${heading(column.name)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = places.map(({ place, column }, index) => {
      const text = shown(row[place] ?? null, column, unitOf(row));
      if (index === 0) return html`<th scope="row"><bdi>${text}</bdi></th>`;
      if (column.name === 'verdict') return html`<td>${verdictBadge(text)}</td>`;
      return html`<td${column.kind === 'number' && html` class="num"`}><bdi>${text}</bdi></td>`;
    });
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<section><div class="scroll" role="region" aria-label="${definition.title}" tabindex="0"><table>
<caption>${count(rows.length)} rows. The columns for a screen; CSV and JSON have all ${columns.length}.</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${body}</tbody>
</table></div></section>`;
}

function verdictBadge(text: string): Html {
  const look = Object.hasOwn(verdictLooks, text) ? verdictLooks[text as ComplianceVerdict] : null;
  return look === null ? html`${text}` : badge(look);
}
