// The coverage calendar: instances × days. Colour, glyph and word say the same; what lies behind a day is in its title.

import { type DayBackups, type DayState, dayLetters } from '../../inventory/overview.ts';
import { type Content, type Html, html } from './html.ts';
import { dayLooks, dayOf, size, symbol } from './words.ts';

export interface CalendarRow {
  /** The instance, with its link. */
  head: Content;
  /** One letter per day. */
  letters: string;
  backupsOfDays: ReadonlyMap<string, DayBackups>;
  /** Days whose backups are listed on the same page, under `#day-…`. */
  linked?: ReadonlySet<string>;
}

/** The table with its legend. */
export function calendar(input: { caption: Content; days: readonly string[]; rows: readonly CalendarRow[] }): Html {
  const { caption, days, rows } = input;
  const months = monthsOf(days);
  return html`<p class="soft small">${caption}</p>
<div class="scroll" role="group" aria-label="Coverage calendar" tabindex="0">
<table class="calendar">
<caption class="vh">Coverage calendar</caption>
<thead>
<tr><td></td>${months.map(([month, length]) => html`<th scope="colgroup" class="month" colspan="${length}">${month}</th>`)}<td></td></tr>
<tr><th scope="col" class="month">Instance</th>${days.map((day) => html`<th scope="col"><abbr title="${day}">${day.slice(8)}</abbr></th>`)}<th scope="col">good</th></tr>
</thead>
<tbody>${rows.map((row) => rowOf(row, days))}</tbody>
</table>
</div>
${legend()}`;
}

function rowOf({ head, letters, backupsOfDays, linked }: CalendarRow, days: readonly string[]): Html {
  let good = 0;
  let judged = 0;
  const cells = days.map((day, index) => {
    const { state, reconstructed } = dayOf(letters[index] ?? 'u');
    if (state === 'good') good += 1;
    if (state !== 'not_alive' && state !== 'exempt') judged += 1;
    const { glyph, word } = dayLooks[state];
    const words = reconstructed ? `${word}, known from later readings` : word;
    const sign = symbol(glyph, words);
    return html`<td class="day ${state}${reconstructed && ' later'}" title="${day}: ${words}${behind(backupsOfDays.get(day))}">${linked?.has(day) === true ? html`<a href="#day-${day}">${sign}<span class="vh">, ${day}</span></a>` : sign}</td>`;
  });
  return html`<tr><th scope="row">${head}</th>${cells}<td class="rate">${good} / ${judged}</td></tr>
`;
}

/** What began on a day, as text: `; 2 completed, 1 failed, 21 GiB, first at 02:13`. */
function behind(day: DayBackups | undefined): string {
  if (day === undefined) return '';
  const parts = [
    day.completed > 0 ? `${day.completed} completed` : '',
    day.failed > 0 ? `${day.failed} failed` : '',
    day.unfinished > 0 ? `${day.unfinished} unfinished` : '',
    day.sizeBytes > 0 ? size(day.sizeBytes) : '',
    `first at ${day.firstBeginAt.toISOString().slice(11, 16)}`,
  ];
  return `; ${parts.filter((part) => part !== '').join(', ')}`;
}

export function legend(): Html {
  const states: readonly DayState[] = Object.values(dayLetters);
  return html`<ul class="legend" aria-label="Legend">${states.map(
    (state) =>
      html`<li><span class="day ${state}" aria-hidden="true">${dayLooks[state].glyph}</span>${dayLooks[state].word}</li>`,
  )}<li><span class="day good later" aria-hidden="true">✓</span>underlined: known from later readings only</li></ul>`;
}

function monthsOf(days: readonly string[]): [month: string, length: number][] {
  const months: [string, number][] = [];
  for (const day of days) {
    const month = day.slice(0, 7);
    const last = months.at(-1);
    if (last?.[0] === month) last[1] += 1;
    else months.push([month, 1]);
  }
  return months;
}

/** A sentence about a row for readers who cannot see it. */
export function coverageSentence(letters: string): string {
  const counts = new Map<string, number>();
  for (const letter of letters) {
    const { word } = dayLooks[dayOf(letter).state];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, times]) => `${times} ${word}`).join(', ');
}
