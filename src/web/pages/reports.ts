// The reports over HTTP: the list of them, each as a page with its parameters, and as the file that the command writes.
// Parameters are those of the command; one that is not known is refused, so that a slip does not change a report silently.

import type { Report, ReportDefinition } from '../../inventory/report.ts';
import { reports } from '../../inventory/report-list.ts';
import type { Page } from '../answers.ts';
import { reportContent } from '../report/document.ts';
import { contentTypes, type ReportFormat, rendered } from '../report/formats.ts';
import { type ReportRequest, readRequest } from '../report/request.ts';
import { type Html, html } from './html.ts';
import { answerOf, framed, pagePolicy, squeezed } from './layout.ts';

export interface ReportsDeps {
  report(definition: ReportDefinition, request: ReportRequest): Promise<Report>;
  /** Whether the database knows a time zone. */
  isTimeZone(name: string): Promise<boolean>;
  now(): Date;
}

/** `/reports` and `/reports/NAME[.html|.csv|.json]`. */
export function reportPages(deps: ReportsDeps): Page[] {
  return [
    { path: '/reports', answer: (request) => answerOf(request, listPage(deps.now())) },
    { path: '/reports/', answer: (request) => answerOf(request, listPage(deps.now())) },
    { path: '/reports/:file', answer: (request, { file = '' }) => reportAnswer(deps, request, file) },
  ];
}

const parameters = ['as-of', 'from', 'to', 'time-zone'] as const;
const extensions: Readonly<Record<string, ReportFormat>> = { html: 'html', csv: 'csv', json: 'json' };

async function reportAnswer(deps: ReportsDeps, request: Request, file: string): Promise<Response> {
  const [, name = '', extension] = /^(.*?)(?:\.(html|csv|json))?$/s.exec(file) ?? [];
  const definition = reports.find((one) => one.name === name.replaceAll('-', '_'));
  if (definition === undefined) return plain(404, `There is no such report. There are: ${names()}.`);
  const { searchParams } = new URL(request.url);
  const wanted = await requestOf(deps, definition, searchParams);
  if (typeof wanted === 'string') return plain(400, wanted);
  const report = await deps.report(definition, wanted);
  if (extension === undefined) return await answerOf(request, reportPage(report, searchParams, deps.now()));
  return fileAnswer(request, report, extensions[extension] ?? 'html', `${definition.name}.${extension}`);
}

function names(): string {
  return reports.map(({ name }) => name).join(', ');
}

function plain(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}

/** What is asked for, or what is wrong with it. */
async function requestOf(
  deps: ReportsDeps,
  { kind }: ReportDefinition,
  given: URLSearchParams,
): Promise<ReportRequest | string> {
  for (const name of new Set(given.keys())) {
    if (!parameters.some((one) => one === name))
      return `There is no parameter "${name}". There are: ${parameters.join(', ')}.`;
    if (given.getAll(name).length > 1) return `Give ${name} once.`;
  }
  // A form sends fields that were left empty.
  const word = (name: (typeof parameters)[number]) => given.get(name)?.trim() || undefined;
  const words = { asOf: word('as-of'), from: word('from'), to: word('to'), timeZone: word('time-zone') };
  const request = readRequest(words, kind, deps.now(), (name) => name);
  if (typeof request === 'string' || request.timeZone === 'UTC') return request;
  return (await deps.isTimeZone(request.timeZone))
    ? request
    : `time-zone: the database knows no time zone "${request.timeZone}".`;
}

/** The same bytes as the command writes. */
function fileAnswer(request: Request, report: Report, format: ReportFormat, name: string): Response {
  const pieces = rendered(report, format, (text) => text);
  const headers = {
    'Content-Type': contentTypes[format],
    'Content-Disposition': `${format === 'csv' ? 'attachment' : 'inline'}; filename="${name}"`,
    ...(format === 'html' ? { 'Content-Security-Policy': pagePolicy } : {}),
  };
  return squeezed(request, pieces, headers);
}

function listPage(readAt: Date): Html {
  return framed({
    title: 'Reports – Backup inventory',
    here: '/reports',
    readAt,
    content: html`<h1>Reports</h1>
<section aria-label="List of reports"><div class="scroll" role="group" aria-label="List of reports" tabindex="0"><table class="stack">
<thead><tr><th scope="col">Report</th><th scope="col">What it answers</th><th scope="col">About</th><th scope="col">Files</th></tr></thead>
<tbody>${reports.map(
      ({
        name,
        title,
        question,
        kind,
      }) => html`<tr><th scope="row"><a href="/reports/${name}">${title}</a></th><td>${question}</td>
<td class="nowrap">${kind === 'period' ? 'a period' : 'an instant'}</td><td class="nowrap">${files(name, '')}</td></tr>`,
    )}</tbody></table></div>
<p class="soft small">Parameters: as-of (a day, or an instant with its zone), from and to (days, both included), time-zone (UTC if not given). The command <code>backup-inventory report</code> writes the same files.</p>
</section>`,
  });
}

function files(name: string, query: string): Html {
  return html`<ul class="row">${['html', 'csv', 'json'].map(
    (extension) =>
      html`<li><a href="/reports/${name}.${extension}${query}">${extension.toUpperCase()}<span class="vh"> of ${name}</span></a></li>`,
  )}</ul>`;
}

function reportPage(report: Report, given: URLSearchParams, readAt: Date): Html {
  const { name, title, kind } = report.definition;
  const kept = new URLSearchParams([...given].filter(([, value]) => value !== ''));
  const query = kept.size === 0 ? '' : `?${kept.toString()}`;
  return framed({
    title: `${title} – Backup inventory`,
    readAt,
    content: html`<p class="small screen"><a href="/reports">Reports</a> › ${title}</p>
<form class="find" method="get" action="/reports/${name}">
${kind === 'period' && html`${field('from', 'First day', given, 'YYYY-MM-DD')}${field('to', 'Last day', given, 'YYYY-MM-DD')}`}
${field('as-of', 'As known at', given, 'now')}
${field('time-zone', 'Time zone', given, 'UTC')}
<button type="submit">Show</button>
</form>
<div class="screen">${files(name, query)}</div>
${reportContent(report)}`,
  });
}

function field(name: string, label: string, given: URLSearchParams, placeholder: string): Html {
  return html`<div><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${given.get(name) ?? ''}" placeholder="${placeholder}" size="22" autocomplete="off"></div>`;
}
