// Is the data fresh: the panel at the top, and the newest certified reading of every list of every project.

import type { Overview, ReadingState } from '../../inventory/overview.ts';
import { type Content, type Html, html } from './html.ts';
import { ago, counted, foreign, freshnessLooks, instant, span } from './words.ts';

export interface NextRun {
  /** By this program's own schedule; null = others run. */
  at: Date | null;
}

const scopeWords: Readonly<Record<ReadingState['scope'], string>> = {
  instances: 'instances',
  instance_backups: 'instance backups',
  database_table_backups: 'table backups',
};

export function freshnessPanel(overview: Overview, nextRun: NextRun): Html {
  const { readings, readAt } = overview;
  const trouble = readings.filter((reading) => reading.state !== 'fresh');
  const [tone, glyph, headline] = headlineOf(readings, trouble);
  return html`<section aria-labelledby="data" class="${tone}">
<h2 id="data">Data</h2>
<p class="big ${tone}"><span aria-hidden="true">${glyph}</span> ${headline}</p>
<p>${explanation(readings, trouble, readAt)}</p>
<p>${runWords(overview, nextRun)}</p>
</section>`;
}

function headlineOf(readings: readonly ReadingState[], trouble: readonly ReadingState[]): [string, string, string] {
  if (readings.length === 0) return ['doubt', '?', 'No data yet'];
  if (trouble.length === 0) return ['good', '✓', 'Fresh'];
  if (trouble.every((reading) => reading.state === 'never_certified')) return ['doubt', '?', 'Not yet certified'];
  return ['bad', '✕', trouble.length === readings.length ? 'Stale' : 'Partly stale'];
}

function explanation(readings: readonly ReadingState[], trouble: readonly ReadingState[], now: Date): Content {
  const [some] = readings;
  if (some === undefined) return 'No project is configured, or no run was made.';
  if (trouble.length > 0) {
    return html`${counted(trouble.length, 'list')} of ${readings.length} cannot be relied on; verdicts on them are unknown. <a href="#readings">See which.</a>`;
  }
  const oldest = readings.reduce((one, other) => ((other.certifiedAt ?? now) < (one.certifiedAt ?? now) ? other : one));
  return html`The oldest of ${counted(readings.length, 'certified list')} was read ${ago(oldest.certifiedAt, now)}; the limit is ${span(oldest.limitSeconds)}.`;
}

function runWords({ newestRun, scheduleIntervalSeconds, readAt }: Overview, nextRun: NextRun): Content {
  const last =
    newestRun === null
      ? 'No run yet.'
      : newestRun.outcome === null
        ? html`A run is under way since ${ago(newestRun.startedAt, readAt)}.`
        : html`Last run ${ago(newestRun.startedAt, readAt)}: ${newestRun.outcome}.`;
  if (nextRun.at !== null) return html`${last} Next run ${ago(nextRun.at, readAt)}.`;
  if (newestRun === null || scheduleIntervalSeconds === null) return html`${last} This process does not schedule runs.`;
  const expected = new Date(newestRun.startedAt.getTime() + scheduleIntervalSeconds * 1000);
  const late = expected < readAt;
  return html`${last} ${late ? 'The next one was due' : 'The next one is due'} ${ago(expected, readAt)}.`;
}

/** All readings by project; open where something is wrong. */
export function readingsSection({ readings, readAt }: Overview): Html | null {
  if (readings.length === 0) return null;
  const projects = Map.groupBy(readings, (reading) => reading.projectId);
  const trouble = readings.some((reading) => reading.state !== 'fresh');
  const scopes = Object.entries(scopeWords);
  return html`<section aria-labelledby="readings">
<details${(trouble || projects.size <= 6) && html` open`}>
<summary><h2 id="readings">Newest certified readings</h2></summary>
<div class="scroll" role="group" aria-labelledby="readings" tabindex="0"><table>
<thead><tr><th scope="col">Project</th><th scope="col">Region</th>${scopes.map(([, words]) => html`<th scope="col">${words}</th>`)}</tr></thead>
<tbody>${[...projects.values()].map(
    (
      list,
    ) => html`<tr><th scope="row">${foreign(list[0]?.projectName ?? null)}</th><td>${foreign(list[0]?.region ?? null)}</td>
${scopes.map(
  ([scope]) =>
    html`<td>${readingCell(
      list.find((reading) => reading.scope === scope),
      readAt,
    )}</td>`,
)}</tr>`,
  )}</tbody>
</table></div>
</details>
</section>`;
}

function readingCell(reading: ReadingState | undefined, now: Date): Content {
  if (reading === undefined) return '–';
  const { glyph, word, tone } = freshnessLooks[reading.state];
  const failed =
    reading.attemptReason !== null &&
    html`<br><span class="small soft">tried ${instant(reading.attemptedAt)}: ${reading.attemptReason}${reading.attemptErrorCode !== null && ` (${reading.attemptErrorCode})`}</span>`;
  return html`<span class="badge ${tone}"><span aria-hidden="true">${glyph}</span> ${word}</span> ${ago(reading.certifiedAt, now)}${
    reading.items !== null && html` <span class="soft">· ${counted(reading.items, 'row')}</span>`
  }${failed}`;
}
