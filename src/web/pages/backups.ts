// The backups of one instance: sizes and durations as plots, and the list with what became of each.

import type { BackupPoint, BackupRow, InstanceView } from '../../inventory/overview.ts';
import { type Content, type Html, html } from './html.ts';
import { type PlotPoint, plot } from './plot.ts';
import { badge, count, counted, foreign, instant, minuteOf, size, sizeUnit, span, spanUnit } from './words.ts';

export function plotsSection({ points }: InstanceView): Html | null {
  const sizes = drawn(points, (point) => point.sizeBytes, size);
  const durations = drawn(points, (point) => point.durationSeconds, span);
  const pictures = [
    plot({
      id: 'sizes',
      title: 'Size of each backup',
      description: summary(points, (p) => p.sizeBytes, size),
      points: sizes,
      format: size,
      unitOf: sizeUnit,
      shape: 'dots',
    }),
    plot({
      id: 'durations',
      title: 'Duration of each backup',
      description: summary(points, (p) => p.durationSeconds, span),
      points: durations,
      format: span,
      unitOf: spanUnit,
      shape: 'dots',
    }),
  ];
  if (pictures.every((picture) => picture === null)) return null;
  return html`<div class="two">
<section aria-labelledby="size-head"><h2 id="size-head">Sizes</h2>${pictures[0]}<p class="soft small">${summary(points, (p) => p.sizeBytes, size)}</p></section>
<section aria-labelledby="duration-head"><h2 id="duration-head">Durations</h2>${pictures[1]}<p class="soft small">${summary(points, (p) => p.durationSeconds, span)}</p></section>
</div>`;
}

function drawn(
  points: readonly BackupPoint[],
  measureOf: (point: BackupPoint) => number | null,
  words: (value: number) => string,
): PlotPoint[] {
  return points.map((point) => {
    const failed = point.status === 'FAILED';
    const value = point.status === 'COMPLETED' ? measureOf(point) : null;
    const label = `${minuteOf(point.beginAt)}: ${value === null ? point.status.toLowerCase() : words(value)}`;
    return { atMs: point.beginAt.getTime(), value, failed, label };
  });
}

/** The plot in words: `62 completed in 90 days, from 18.1 GiB to 20.4 GiB, median 19.2 GiB; 2 failed (crosses).` */
function summary(
  points: readonly BackupPoint[],
  measureOf: (point: BackupPoint) => number | null,
  words: (value: number) => string,
): string {
  const values = points
    .flatMap((point) => (point.status === 'COMPLETED' ? [measureOf(point)] : []))
    .filter((value) => value !== null)
    .sort((one, other) => one - other);
  const failed = points.filter((point) => point.status === 'FAILED').length;
  const [least, median, most] = [values[0], values[Math.floor(values.length / 2)], values.at(-1)];
  const range =
    least === undefined || median === undefined || most === undefined
      ? 'None completed in 90 days'
      : `${count(values.length)} completed in 90 days, from ${words(least)} to ${words(most)}, median ${words(median)}`;
  return `${range}${failed > 0 ? `; ${failed} failed (crosses)` : ''}.`;
}

export function backupsSection(view: InstanceView): Html {
  const { backups, backupCount, page, pageSize } = view;
  if (backupCount === 0) {
    return html`<section aria-labelledby="backups"><h2 id="backups">Backups</h2><p>No backup of this instance was ever listed.</p></section>`;
  }
  const pages = Math.max(1, Math.ceil(backupCount / pageSize));
  const first = (page - 1) * pageSize + 1;
  return html`<section aria-labelledby="backups"><h2 id="backups">Backups</h2>
<div class="scroll" role="group" aria-labelledby="backups" tabindex="0"><table class="stack">
<caption>Newest first, those that are gone included.</caption>
<thead><tr><th scope="col">Began</th><th scope="col">Status</th><th scope="col">Kind</th><th scope="col" class="num">Took</th><th scope="col" class="num">Size</th><th scope="col">Name</th><th scope="col">Id</th><th scope="col">Now</th></tr></thead>
<tbody>${backups.map((backup, index) => backupRow(backup, dayOf(backups[index - 1]) !== dayOf(backup)))}</tbody></table></div>
<nav class="pager" aria-label="Pages of backups"><span>${count(first)}–${count(Math.min(backupCount, first + pageSize - 1))} of ${counted(backupCount, 'backup')}</span>
${page > 1 && html`<a href="${address(view, page - 1)}" rel="prev">Newer</a>`}
${page < pages && html`<a href="${address(view, page + 1)}" rel="next">Older</a>`}</nav>
</section>`;
}

function address({ asOf }: InstanceView, page: number): string {
  const parameters = new URLSearchParams();
  if (asOf !== null) parameters.set('as-of', asOf.toISOString());
  parameters.set('page', String(page));
  return `?${parameters.toString()}#backups`;
}

function dayOf(backup: BackupRow | undefined): string {
  return backup?.beginAt.toISOString().slice(0, 10) ?? '';
}

/** The first one of a day can be linked to. */
function backupRow(backup: BackupRow, firstOfDay: boolean): Html {
  const took = backup.endAt === null ? '–' : span((backup.endAt.getTime() - backup.beginAt.getTime()) / 1000);
  return html`<tr${firstOfDay && html` id="day-${dayOf(backup)}"`}><th scope="row" class="nowrap">${instant(backup.beginAt)}</th>
<td>${statusOf(backup.status)}</td>
<td>${foreign(backup.backupType)}${backup.backupScope !== 'instance' && ', tables'}</td>
<td class="num">${took}</td><td class="num">${backup.sizeBytes === null ? '–' : size(backup.sizeBytes)}</td>
<td>${foreign(backup.name, '')}</td><td class="id soft">${backup.backupId}</td>
<td>${nowOf(backup)}</td></tr>
`;
}

function statusOf(status: string): Content {
  if (status === 'COMPLETED') return badge({ glyph: '✓', word: 'completed', tone: 'good' });
  if (status === 'FAILED') return badge({ glyph: '✕', word: 'failed', tone: 'bad' });
  if (status === 'BUILDING') return badge({ glyph: '…', word: 'building', tone: 'off' });
  return badge({ glyph: '?', word: status, tone: 'doubt' }, foreign(status));
}

function nowOf({ retiredAt, retiredReason, missingSince }: BackupRow): Content {
  if (retiredAt !== null)
    return html`gone since ${instant(missingSince ?? retiredAt)}: ${(retiredReason ?? '').replaceAll('_', ' ')}`;
  return missingSince === null ? 'listed' : html`missing since ${instant(missingSince)}`;
}
