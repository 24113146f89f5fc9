// How the pages say things: spans, sizes, instants, verdicts. Times are UTC; the page says so once.

import { type DayState, dayLetters, type FreshnessState } from '../../inventory/overview.ts';
import type { ComplianceVerdict, ProtectionState } from '../../inventory/snapshot.ts';
import { type Content, type Html, html } from './html.ts';

/** `45 s`, `12 min`, `2 h 30 min`, `26 h`, `7 d 3 h`: two units at most, as rules are usually written. */
export function span(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 && whole > 0 ? '−' : '';
  if (whole < 90) return `${sign}${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return `${sign}${minutes} min`;
  if (minutes < 48 * 60)
    return `${sign}${pair(Math.floor(minutes / 60), 'h', minutes < 600 ? minutes % 60 : 0, 'min')}`;
  const hours = Math.round(whole / 3600);
  return `${sign}${pair(Math.floor(hours / 24), 'd', hours < 30 * 24 ? hours % 24 : 0, 'h')}`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** `0 bytes`, `20.1 GiB`: three digits. */
export function size(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${bytes < 0 ? '−' : ''}${value.toFixed(digits)} ${byteUnits[unit]}`;
}

/** Bytes in the unit that `size` writes. */
export function sizeUnit(bytes: number): number {
  return 1024 ** Math.max(0, Math.min(6, Math.floor(Math.log(bytes) / Math.log(1024))));
}

/** Seconds in the greater unit that `span` writes. */
export function spanUnit(seconds: number): number {
  return seconds < 90 ? 1 : seconds < 5400 ? 60 : seconds < 172_800 ? 3600 : 86_400;
}

/** `2,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** `3 backups`, `1 backup`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A finding's number in its unit. */
export function measure(value: number | null, unit: string): string {
  if (value === null) return '–';
  if (unit === 'seconds') return span(value);
  if (unit === 'bytes') return size(value);
  return counted(value, unit.replace(/s$/, ''));
}

/** `2026-11-20 02:13`, UTC. */
export function minuteOf(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

/** The instant to the minute, with the exact one behind it. */
export function instant(at: Date | null): Html {
  if (at === null) return html`–`;
  return html`<time datetime="${at.toISOString()}">${minuteOf(at)}</time>`;
}

/** `12 min ago`, with the exact instant behind it. */
export function ago(at: Date | null, now: Date): Html {
  if (at === null) return html`never`;
  const seconds = (now.getTime() - at.getTime()) / 1000;
  const words = seconds < 0 ? `in ${span(-seconds)}` : `${span(seconds)} ago`;
  return html`<time datetime="${at.toISOString()}" title="${minuteOf(at)} UTC">${words}</time>`;
}

/** A name from outside: its direction cannot reorder what stands around it. */
export function foreign(text: string | null, otherwise = 'unnamed'): Html {
  return text === null || text === '' ? html`<i>${otherwise}</i>` : html`<bdi>${text}</bdi>`;
}

/** A symbol for the eye and a word for the ear. */
export function symbol(glyph: string, word: string): Html {
  return html`<span aria-hidden="true">${glyph}</span><span class="vh">${word}</span>`;
}

interface Look {
  glyph: string;
  word: string;
  /** Class of the style sheet: good, bad, doubt, off. */
  tone: 'good' | 'bad' | 'doubt' | 'off';
}

export const protectionLooks: Readonly<Record<ProtectionState, Look>> = {
  protected: { glyph: '✓', word: 'protected', tone: 'good' },
  unprotected: { glyph: '✕', word: 'unprotected', tone: 'bad' },
  unknown: { glyph: '?', word: 'unknown', tone: 'doubt' },
  exempt: { glyph: '○', word: 'exempt', tone: 'off' },
};

export const verdictLooks: Readonly<Record<ComplianceVerdict, Look>> = {
  COMPLIANT: { glyph: '✓', word: 'compliant', tone: 'good' },
  NON_COMPLIANT: { glyph: '✕', word: 'non-compliant', tone: 'bad' },
  UNKNOWN: { glyph: '?', word: 'unknown', tone: 'doubt' },
  EXEMPT: { glyph: '○', word: 'exempt', tone: 'off' },
  NOT_APPLICABLE: { glyph: '–', word: 'not applicable', tone: 'off' },
};

export const freshnessLooks: Readonly<Record<FreshnessState, Look>> = {
  fresh: { glyph: '✓', word: 'fresh', tone: 'good' },
  stale: { glyph: '✕', word: 'stale', tone: 'bad' },
  quarantined: { glyph: '?', word: 'quarantined', tone: 'doubt' },
  never_certified: { glyph: '?', word: 'never certified', tone: 'doubt' },
};

/** A verdict or state as a small label. */
export function badge({ glyph, word, tone }: Look, text: Content = word): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${glyph}</span> ${text}</span>`;
}

export interface DayLook {
  glyph: string;
  word: string;
}

export const dayLooks: Readonly<Record<DayState, DayLook>> = {
  good: { glyph: '✓', word: 'good backup' },
  in_progress: { glyph: '…', word: 'in progress' },
  failed_only: { glyph: '!', word: 'failed only' },
  none: { glyph: '✕', word: 'no backup' },
  not_observed: { glyph: '?', word: 'not observed' },
  exempt: { glyph: '○', word: 'exempt' },
  not_alive: { glyph: '·', word: 'not alive' },
};

/** A letter of a standing's days: its state, and whether it is known from later readings only. */
export function dayOf(letter: string): { state: DayState; reconstructed: boolean } {
  const lower = letter.toLowerCase();
  const state = Object.entries(dayLetters).find(([key]) => key === lower)?.[1] ?? 'not_observed';
  return { state, reconstructed: letter !== lower };
}
