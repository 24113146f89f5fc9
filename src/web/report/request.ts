// What a user asks of a report: days and instants as text, from the command line or a query, turned into what runs.

import type { ReportDefinition } from '../../inventory/report.ts';
import { parseInstant } from '../../inventory/units.ts';

export interface ReportWords {
  asOf?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  timeZone?: string | undefined;
}

export interface ReportRequest {
  /** null = now. */
  asOf: Date | null;
  /** null = 30 days in all. */
  firstDay: string | null;
  /** null = a report of an instant. */
  lastDay: string | null;
  timeZone: string;
}

/** Longest period in days: ten years. */
const longest = 3660;
const day = /^\d{4}-\d\d-\d\d$/;

/** The request, or the sentence that says what is wrong with it. `flag` names a parameter as the user wrote it. */
export function readRequest(
  words: ReportWords,
  kind: ReportDefinition['kind'],
  now: Date,
  flag: (name: 'as-of' | 'from' | 'to' | 'time-zone') => string,
): ReportRequest | string {
  const timeZone = words.timeZone ?? 'UTC';
  if (!isZone(timeZone))
    return `${flag('time-zone')}: there is no time zone "${timeZone}". Write a name such as Europe/Berlin.`;
  if (kind === 'instant' && (words.from !== undefined || words.to !== undefined)) {
    return `This is a report of an instant. Give ${flag('as-of')} instead of ${flag('from')} and ${flag('to')}.`;
  }
  const asOf = readAsOf(words.asOf, timeZone, now);
  if (typeof asOf === 'string') return `${flag('as-of')}: ${asOf}`;
  const firstDay = readDay(words.from, timeZone, 0);
  if (firstDay instanceof Error) return `${flag('from')}: ${firstDay.message}`;
  const lastDay = readDay(words.to, timeZone, -1);
  if (lastDay instanceof Error) return `${flag('to')}: ${lastDay.message}`;
  // "As of a day" means its end, which is the first instant of the next one.
  const last = lastDay ?? (day.test(words.asOf ?? '') ? String(words.asOf) : dayIn(asOf ?? now, timeZone));
  if (firstDay !== null && firstDay > last) return `The period ends (${last}) before it begins (${firstDay}).`;
  if (firstDay !== null && (Date.parse(last) - Date.parse(firstDay)) / 86_400_000 > longest) {
    return `The period from ${firstDay} to ${last} is longer than ${longest} days.`;
  }
  return { asOf, firstDay, lastDay: kind === 'period' ? last : null, timeZone };
}

/** Names only: Postgres reads `+01:00` the other way round than everybody else. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][\w/+-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-CA', { timeZone: name });
    return true;
  } catch {
    return false; // that is how Intl says no
  }
}

const forms = 'Write a day (2026-03-31) or an instant with its zone (2026-03-31T12:00:00Z).';

function readAsOf(text: string | undefined, timeZone: string, now: Date): Date | null | string {
  if (text === undefined) return null;
  if (day.test(text)) {
    if (!isDay(text)) return `there is no day ${text}. ${forms}`;
    const today = dayIn(now, timeZone);
    if (text > today) return `${text} lies in the future.`;
    return text === today ? null : endOfDay(text, timeZone);
  }
  const instant = parseInstant(text);
  if (instant === null) return `"${text}" is no instant. ${forms}`;
  const at = new Date(instant);
  return at > now ? `${text} lies in the future.` : at;
}

/** A day, or the day of an instant; `shiftMs` makes an end that is an instant exclusive. */
function readDay(text: string | undefined, timeZone: string, shiftMs: number): string | null | Error {
  if (text === undefined) return null;
  if (day.test(text)) return isDay(text) ? text : new Error(`there is no day ${text}. ${forms}`);
  const instant = parseInstant(text);
  if (instant === null) return new Error(`"${text}" is no day. ${forms}`);
  return dayIn(new Date(Date.parse(instant) + shiftMs), timeZone);
}

function isDay(text: string): boolean {
  return parseInstant(`${text}T00:00:00Z`) !== null && text >= '1970-01-01';
}

/** The day of an instant in a zone. */
function dayIn(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parts.format(at);
}

/** The first instant after a day in a zone, by halving: a zone's rules cannot be asked for it directly. */
function endOfDay(text: string, timeZone: string): Date {
  let before = Date.parse(text) - 86_400_000;
  let after = Date.parse(text) + 3 * 86_400_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayIn(new Date(middle), timeZone) > text) after = middle;
    else before = middle;
  }
  return new Date(after);
}
