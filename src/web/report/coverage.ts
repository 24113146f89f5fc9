// The coverage calendar of a report: instances × days, a table a month. Colour, glyph and word say the same, and the
// backups behind a day are in its title; every day that needs attention is also a row of the table below.

import type { DayState } from '../../inventory/overview.ts';
import type { Cell, Report } from '../../inventory/report.ts';
import { legend } from '../pages/calendar.ts';
import { type Content, type Html, html } from '../pages/html.ts';
import { count, counted, dayLooks, foreign, symbol } from '../pages/words.ts';

interface Day {
  day: string;
  state: DayState;
  later: boolean;
  required: boolean;
  over: boolean;
  backupIds: readonly string[];
}

interface Row {
  project: string;
  instance: string | null;
  instanceId: string;
  days: Day[];
}

/** Days in one table at most: what an A4 page holds. */
const widest = 35;
const idsShown = 6;
const attentionShown = 2000;

/** The figures, the calendar and the days that need attention. */
export function coverageContent(report: Report): Content {
  const rows = rowsOf(report);
  const days = daysOf(rows);
  const attention = attentionOf(rows);
  const shown = attention.slice(0, attentionShown);
  const anchors = new Map(shown.flatMap(({ days: same }, index) => same.map((day) => [day, `d${index}`] as const)));
  const anchorOf = (day: Day) => anchors.get(day);
  return [
    figures(rows),
    ...tablesOf(days).map((part) => monthTable(rows, part, anchorOf)),
    attentionTable(attention, anchorOf),
  ];
}

function rowsOf({ columns, rows }: Report): Row[] {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [project, instance, id, day, state, strength, required, over, backups] = [
    at('project_name'),
    at('instance_name'),
    at('instance_id'),
    at('day'),
    at('state'),
    at('strength'),
    at('required'),
    at('day_over'),
    at('backup_ids'),
  ];
  const found = new Map<string, Row>();
  const projectId = at('project_id');
  for (const cells of rows) {
    const key = JSON.stringify([cells[projectId], cells[id]]);
    const row: Row = found.get(key) ?? {
      project: String(cells[project] ?? ''),
      instance: textOrNull(cells[instance]),
      instanceId: String(cells[id] ?? ''),
      days: [],
    };
    found.set(key, row);
    const list = cells[backups];
    row.days.push({
      day: String(cells[day]),
      state: stateOf(cells[state]),
      later: cells[strength] === 'reconstructed',
      required: cells[required] === true,
      over: cells[over] === true,
      backupIds: Array.isArray(list) ? list : [],
    });
  }
  return [...found.values()];
}

function stateOf(cell: Cell | undefined): DayState {
  return typeof cell === 'string' && Object.hasOwn(dayLooks, cell) ? (cell as DayState) : 'not_observed';
}

function textOrNull(cell: Cell | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}

function daysOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => row.days.map(({ day }) => day)))].sort();
}

/** All days where they fit, else month by month. */
function tablesOf(days: readonly string[]): string[][] {
  if (days.length <= widest) return days.length === 0 ? [] : [[...days]];
  return [...Map.groupBy(days, (day) => day.slice(0, 7)).values()];
}

function figures(rows: readonly Row[]): Html {
  const required = rows.flatMap((row) => row.days.filter((day) => day.required));
  const good = required.filter((day) => day.state === 'good').length;
  const missed = required.filter(isMissed).length;
  const parts: [string, string][] = [
    ['Instances', count(rows.length)],
    ['Days required', count(required.length)],
    ['With a good backup', count(good)],
    ['Without', count(missed)],
    ['Not known', count(required.length - good - missed)],
  ];
  return html`<section><h2>Coverage</h2><dl class="figures">${parts.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>${legend()}</section>`;
}

const isMissed = ({ state }: Day) => state === 'none' || state === 'failed_only';

function monthTable(rows: readonly Row[], days: readonly string[], anchorOf: (day: Day) => string | undefined): Html {
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const label = `Coverage from ${first} to ${last}`;
  const wanted = new Set(days);
  const heads = days.map((day) => html`<th scope="col"><abbr title="${day}">${day.slice(8)}</abbr></th>`);
  const body = rows.map((row) => {
    const shown = new Map(row.days.filter(({ day }) => wanted.has(day)).map((day) => [day.day, day]));
    if (shown.size === 0) return null;
    const cells = days.map((day) => cellOf(shown.get(day), anchorOf));
    return html`<tr><th scope="row">${foreign(row.instance, row.instanceId)}</th>${cells}</tr>\n`;
  });
  return html`<section><div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="calendar">
<caption>${label}</caption>
<thead><tr><th scope="col" class="month">Instance</th>${heads}</tr></thead>
<tbody>${body}</tbody>
</table></div></section>`;
}

function cellOf(day: Day | undefined, anchorOf: (day: Day) => string | undefined): Html {
  if (day === undefined) return html`<td></td>`;
  const { glyph, word } = dayLooks[day.state];
  const words = wordsOf(day);
  const anchor = anchorOf(day);
  const sign = symbol(glyph, word);
  const inside = anchor === undefined ? sign : html`<a href="#${anchor}">${sign}</a>`;
  return html`<td class="day ${day.state}${day.later && ' later'}" title="${day.day}: ${words}${behind(day)}">${inside}</td>`;
}

function wordsOf({ state, later, over }: Day): string {
  const { word } = dayLooks[state];
  const parts = [word, later && 'known from later readings', !over && 'the day is not over'];
  return parts.filter((part) => part !== false).join(', ');
}

function behind({ backupIds }: Day): string {
  if (backupIds.length === 0) return '';
  const more = backupIds.length > idsShown ? ` and ${backupIds.length - idsShown} more` : '';
  return `; ${backupIds.slice(0, idsShown).join(', ')}${more}`;
}

/** Days in a row of one instance that say the same, with nothing behind them. */
interface Attention {
  row: Row;
  days: Day[];
}

function attentionOf(rows: readonly Row[]): Attention[] {
  return rows.flatMap((row) => {
    const found: Attention[] = [];
    let before: Day | null = null;
    for (const day of row.days) {
      const wanted = day.required && day.state !== 'good';
      const last = found.at(-1);
      if (wanted && before !== null && last !== undefined && saysTheSame(before, day)) last.days.push(day);
      else if (wanted) found.push({ row, days: [day] });
      before = wanted ? day : null;
    }
    return found;
  });
}

function saysTheSame(one: Day, other: Day): boolean {
  return one.backupIds.length === 0 && other.backupIds.length === 0 && wordsOf(one) === wordsOf(other);
}

function attentionTable(attention: readonly Attention[], anchorOf: (day: Day) => string | undefined): Html {
  if (attention.length === 0) return html`<section><h2>Days that need attention</h2><p>None.</p></section>`;
  const shown = attention.slice(0, attentionShown);
  const days = attention.reduce((sum, one) => sum + one.days.length, 0);
  const body = shown.map(({ row, days: [first, ...more] }) => {
    const last = more.at(-1);
    if (first === undefined) return null;
    const when = last === undefined ? first.day : `${first.day} to ${last.day}, ${counted(more.length + 1, 'day')}`;
    return html`<tr id="${anchorOf(first)}"><th scope="row">${foreign(row.instance, row.instanceId)}</th><td><bdi>${row.project}</bdi></td><td class="nowrap">${when}</td><td>${wordsOf(first)}</td><td class="id">${first.backupIds.join(', ')}</td></tr>\n`;
  });
  return html`<section><h2>Days that need attention</h2>
<div class="scroll" role="region" aria-label="Days that need attention" tabindex="0"><table>
<caption>${counted(days, 'required day')} without a good backup${attention.length > shown.length && `; the first ${count(shown.length)} rows are shown, CSV has all`}.</caption>
<thead><tr><th scope="col">Instance</th><th scope="col">Project</th><th scope="col">Days</th><th scope="col">What is known</th><th scope="col">Backups of that day</th></tr></thead>
<tbody>${body}</tbody>
</table></div></section>`;
}
