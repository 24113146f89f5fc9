// The instances of the status page: one search for both the calendar and the list of verdicts, a page at a time.

import type { InstanceQuery, InstanceRow, InstanceSort, Overview } from '../../inventory/overview.ts';
import { protectionStates } from '../../inventory/snapshot.ts';
import { calendar } from './calendar.ts';
import { type Content, type Html, html } from './html.ts';
import { instanceAddress, sortedBy, statusAddress } from './query.ts';
import { ago, badge, count, counted, foreign, protectionLooks, size } from './words.ts';

export function instancesSection(overview: Overview): Html {
  const { rows, matches, query, judgement } = overview;
  return html`<section aria-labelledby="instances">
<h2 id="instances">Instances</h2>
${searchForm(query)}
${query.control !== null && html`<p>Only instances of which ${query.control} says non-compliant or unknown. <a href="${statusAddress(query, { control: null, page: 1 })}">Show all.</a></p>`}
${
  rows.length === 0
    ? html`<p>${matches === 0 && isNarrowed(query) ? html`No instance matches. <a href="/#instances">Show all.</a>` : 'No instance is known yet.'}</p>`
    : html`${
        judgement !== null &&
        html`<h3>Coverage calendar</h3>
${calendar({
  caption: html`Was there a good backup on each day? A backup belongs to the day of its begin, in UTC.`,
  days: judgement.days,
  rows: rows.map((row) => ({ head: nameOf(row), letters: row.days, backupsOfDays: row.backupsOfDays })),
})}`
      }
<h3>Verdicts</h3>
${list(overview)}
${pager(overview)}`
}
</section>`;
}

function isNarrowed({ search, protection, control }: InstanceQuery): boolean {
  return search !== '' || protection !== null || control !== null;
}

function searchForm(query: InstanceQuery): Html {
  return html`<form class="find" method="get" action="/#instances" role="search">
<div><label for="q">Name, id or project</label><input type="search" id="q" name="q" value="${query.search}" maxlength="200"></div>
<div><label for="state">State</label><select id="state" name="state"><option value="">any</option>${protectionStates.map(
    (state) => html`<option${query.protection === state && html` selected`}>${state}</option>`,
  )}</select></div>
${query.control !== null && html`<input type="hidden" name="control" value="${query.control}">`}
${query.sort !== 'verdict' && html`<input type="hidden" name="sort" value="${query.sort}"><input type="hidden" name="order" value="${query.descending ? 'desc' : 'asc'}">`}
<button type="submit">Find</button>
${isNarrowed(query) && html`<a href="/#instances">Clear</a>`}
</form>`;
}

const columns: readonly [sort: InstanceSort | null, name: string, numeric: boolean][] = [
  ['verdict', 'State', false],
  ['name', 'Instance', false],
  ['project', 'Project', false],
  [null, 'Engine', false],
  ['recovery', 'Recovery point', false],
  ['backups', 'Backups', true],
  ['stored', 'Stored', true],
];

function list({ rows, query, readAt }: Overview): Html {
  return html`<div class="scroll" role="group" aria-label="List of instances" tabindex="0"><table class="stack">
<thead><tr>${columns.map((column) => columnHead(query, column))}<th scope="col">Controls that do not hold</th></tr></thead>
<tbody>${rows.map((row) => listRow(row, readAt))}</tbody>
</table></div>`;
}

function columnHead(query: InstanceQuery, [sort, name, numeric]: (typeof columns)[number]): Html {
  if (sort === null) return html`<th scope="col">${name}</th>`;
  const sorted = query.sort === sort;
  const direction = query.descending ? 'descending' : 'ascending';
  return html`<th scope="col"${numeric && html` class="num"`}${sorted && html` aria-sort="${direction}"`}><a href="${statusAddress(query, sortedBy(query, sort))}">${name}${
    sorted && html` <span aria-hidden="true">${query.descending ? '▾' : '▴'}</span>`
  }</a></th>`;
}

function listRow(row: InstanceRow, now: Date): Html {
  const { wrong, doubtful, consecutiveFailures } = row;
  return html`<tr><td>${badge(protectionLooks[row.protection ?? 'unknown'])}</td>
<th scope="row">${nameOf(row)}</th>
<td>${foreign(row.projectName)}</td>
<td class="soft">${foreign(row.datastoreType, '–')} ${foreign(row.datastoreVersion, '')}</td>
<td data-label="recovery point">${ago(row.recoveryPointAt, now)}${consecutiveFailures > 0 && html` <span class="badge bad">${counted(consecutiveFailures, 'failure')} since</span>`}</td>
<td class="num" data-label="backups">${count(row.backups)}</td>
<td class="num" data-label="stored">${size(row.storedBytes)}</td>
<td>${controls(row, wrong, '✕', 'bad', 'non-compliant')} ${controls(row, doubtful, '?', 'doubt', 'unknown')}</td></tr>
`;
}

function controls(row: InstanceRow, ids: readonly string[], glyph: string, tone: string, word: string): Content {
  if (ids.length === 0) return null;
  if (ids.length > 5) {
    const address = instanceAddress(row.projectId, row.instanceId);
    return html`<a class="badge ${tone}" href="${address}"><span aria-hidden="true">${glyph}</span> ${ids.length} ${word}</a>`;
  }
  return ids.map(
    (id) =>
      html`<a class="badge ${tone}" href="${instanceAddress(row.projectId, row.instanceId)}#${id}"><span aria-hidden="true">${glyph}</span><span class="vh">${word}:</span> ${id}</a> `,
  );
}

function nameOf({ projectId, instanceId, name }: InstanceRow): Html {
  return html`<a href="${instanceAddress(projectId, instanceId)}">${foreign(name, instanceId)}</a>`;
}

function pager({ query, matches, pageSize }: Overview): Html {
  const pages = Math.max(1, Math.ceil(matches / pageSize));
  const first = (query.page - 1) * pageSize + 1;
  const to = (page: number, words: string, rel?: string) =>
    html`<a href="${statusAddress(query, { page })}"${rel !== undefined && html` rel="${rel}"`}>${words}</a>`;
  return html`<nav class="pager" aria-label="Pages of instances">
<span>${count(first)}–${count(Math.min(matches, first + pageSize - 1))} of ${counted(matches, 'instance')}</span>
${query.page > 1 && html`${to(1, 'First')} ${to(query.page - 1, 'Previous', 'prev')}`}
${query.page < pages && html`${to(query.page + 1, 'Next', 'next')} ${to(pages, 'Last')}`}
</nav>`;
}
