// The status page: is the data fresh, what is wrong now, then the fleet, its storage, the calendar and the instances.

import type { Overview } from '../../inventory/overview.ts';
import { freshnessPanel, type NextRun, readingsSection } from './freshness.ts';
import { type Html, html } from './html.ts';
import { instancesSection } from './instances.ts';
import { framed } from './layout.ts';
import { plot } from './plot.ts';
import { count, counted, minuteOf, protectionLooks, size, sizeUnit, span } from './words.ts';
import { wrongPanel, wrongSection } from './wrong.ts';

/** The whole page. */
export function statusPage(overview: Overview, nextRun: NextRun): Html {
  const { judgement, readAt } = overview;
  return framed({
    title: titleOf(overview),
    here: '/',
    readAt,
    ...(judgement === null ? { refreshSeconds: 3 } : {}),
    content: html`<h1 class="vh">Status of the backups</h1>
<div class="hero">${freshnessPanel(overview, nextRun)}${wrongPanel(overview)}${fleetPanel(overview)}</div>
${judgedNote(overview)}
${wrongSection(overview)}
${storageSection(overview)}
${instancesSection(overview)}
${readingsSection(overview)}`,
  });
}

function titleOf({ judgement, figures, readings }: Overview): string {
  const { unprotected, unknown } = figures.protections;
  const stale = readings.filter((reading) => reading.state !== 'fresh').length;
  const parts = [
    stale > 0 ? `✕ ${counted(stale, 'list')} not fresh` : '',
    unprotected > 0 ? `✕ ${unprotected} unprotected` : '',
    unknown > 0 ? `? ${unknown} unknown` : '',
  ].filter((part) => part !== '');
  if (judgement === null) return 'Backup inventory';
  return `${parts.length === 0 ? '✓ all protected' : parts.join(', ')} – Backup inventory`;
}

/** Verdicts are found apart from the facts: the page says when they are not of the same moment. */
function judgedNote({ judgement, readAt }: Overview): Html | null {
  if (judgement === null) {
    return html`<p class="note" role="status">The verdicts are being found for the first time. This page loads itself again in a few seconds.</p>`;
  }
  const seconds = (readAt.getTime() - judgement.judgedAt.getTime()) / 1000;
  if (seconds < 90) return null;
  return html`<p class="note" role="status">Facts are of now; verdicts and calendar are as of ${minuteOf(judgement.judgedAt)}, ${span(seconds)} ago. Newer ones are being found: load the page again.</p>`;
}

function fleetPanel({ figures, judgement }: Overview): Html {
  const { protections } = figures;
  const states = ['unprotected', 'unknown', 'protected', 'exempt'] as const;
  let from = 0;
  const parts = states.map((state) => {
    const share = figures.instances === 0 ? 0 : (protections[state] / figures.instances) * 100;
    const part = html`<rect class="${protectionLooks[state].tone}" x="${from.toFixed(2)}" y="0" width="${share.toFixed(2)}" height="10"/>`;
    from += share;
    return part;
  });
  return html`<section aria-labelledby="fleet" class="off">
<h2 id="fleet">Fleet</h2>
<p class="big">${counted(figures.instances, 'instance')}</p>
${judgement !== null && html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`}
<p>${counted(figures.projects, 'project')} · ${counted(figures.backups, 'backup')} listed · ${size(figures.storedBytes)} stored</p>
${
  judgement !== null &&
  html`<ul class="row">${states.map((state) => html`<li class="nowrap"><span aria-hidden="true">${protectionLooks[state].glyph}</span> ${count(protections[state])} ${state}</li>`)}</ul>`
}
</section>`;
}

function storageSection({ judgement, figures }: Overview): Html | null {
  const growth = judgement?.growth ?? [];
  const first = growth.find((day) => !day.reconstructed) ?? growth[0];
  const last = growth.at(-1);
  if (first === undefined || last === undefined) return null;
  const sum =
    first.day === last.day ? '' : `From ${size(first.bytes)} on ${first.day} to ${size(last.bytes)} on ${last.day}.`;
  const reconstructed = growth.some((day) => day.reconstructed);
  const monthAgo = growth.at(-31);
  const picture = plot({
    id: 'growth',
    title: 'Stored bytes at the end of each day',
    description: sum === '' ? `${size(last.bytes)} now.` : sum,
    shape: 'area',
    format: size,
    unitOf: sizeUnit,
    points: growth.map(({ day, bytes, reconstructed: faint }) => ({
      atMs: Date.parse(day),
      value: bytes,
      faint,
      label: `${day}: ${size(bytes)}`,
    })),
  });
  return html`<section aria-labelledby="storage">
<h2 id="storage">Storage</h2>
<div class="two"><div>${picture}</div><div>
<dl class="figures">
<div><dt>Stored now</dt><dd>${size(figures.storedBytes)}</dd></div>
${monthAgo !== undefined && !monthAgo.reconstructed && html`<div><dt>In 30 days</dt><dd>${signed(last.bytes - monthAgo.bytes)}</dd></div>`}
<div><dt>Mean per instance</dt><dd>${figures.instances === 0 ? '–' : size(figures.storedBytes / figures.instances)}</dd></div>
</dl>
<p class="soft small">Completed backups of all scopes that the cloud still lists. ${sum}${reconstructed && ' Dashed: before the first reading, only what was still listed then is known.'}</p>
</div></div>
</section>`;
}

function signed(bytes: number): string {
  return bytes > 0 ? `+${size(bytes)}` : size(bytes);
}
