// Readers of single values: text, numbers, durations, globs, cron expressions, URLs, days, secrets. Each either
// understands a value completely or refuses it with a reason and a remedy.

import cron from 'node-cron';
import { Secret, secretUrl } from '../secret.ts';
import { type KeyNotes, scalar, Trouble } from './trouble.ts';

/** A string that came from `${…}` is allowed wherever a number or a flag is. */
const substitution = '^\\$\\{.+\\}$';

function textOf(value: unknown, remedy: string): string | Trouble {
  if (value === undefined) return new Trouble('is missing', remedy);
  // Unquoted ids of digits arrive as numbers, and may have lost digits on the way.
  if (typeof value === 'number') return new Trouble('is read as a number', 'put it in quotes');
  if (typeof value !== 'string') return new Trouble('is not text', remedy);
  if (value.trim() === '') return new Trouble('is empty', remedy);
  if (/\p{Cc}/u.test(value)) return new Trouble('holds a control character', 'remove it');
  return value === value.trim() ? value : new Trouble('begins or ends with white space', 'remove it');
}

/** Text of one line. `pattern` narrows it; `remedy` says what to write. */
export function text(notes: KeyNotes, remedy: string, pattern?: { form: RegExp; problem: string }) {
  return scalar(
    (value) => {
      const read = textOf(value, remedy);
      if (read instanceof Trouble || pattern === undefined || pattern.form.test(read)) return read;
      return new Trouble(pattern.problem, remedy);
    },
    { type: 'string', ...notes },
  );
}

/** A value that must not be seen. `plain`: it travels in a header, which holds no other characters. */
export function secret(notes: KeyNotes, remedy: string, form: 'any' | 'plain' = 'any') {
  return scalar(
    (value) => {
      const read = textOf(value, remedy);
      if (read instanceof Trouble) return read;
      if (form === 'plain' && !/^[\x21-\x7e]+$/.test(read)) {
        return new Trouble('holds a blank, an ellipsis or another character that no such value has', 'copy it anew');
      }
      return new Secret(read);
    },
    { type: 'string', 'x-kind': 'secret', ...notes },
  );
}

/** A number between two bounds, inclusive; `whole` refuses fractions. Numeric text is accepted for `${…}`. */
export function number(notes: KeyNotes, bounds: { min: number; max: number; whole: boolean }) {
  const { min, max, whole } = bounds;
  const remedy = `write a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;
  return scalar(
    (value) => {
      if (value === undefined) return new Trouble('is missing', remedy);
      const numeric = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
      if (typeof numeric !== 'number' || !Number.isFinite(numeric)) return new Trouble('is not a number', remedy);
      if (whole && !Number.isInteger(numeric)) return new Trouble('is not a whole number', remedy);
      return numeric < min || numeric > max ? new Trouble('is out of range', remedy) : numeric;
    },
    {
      type: [whole ? 'integer' : 'number', 'string'],
      minimum: min,
      maximum: max,
      pattern: substitution,
      'x-kind': `${whole ? 'whole number' : 'number'}, ${min} to ${max}`,
      ...notes,
    },
  );
}

/** true or false. */
export function flag(notes: KeyNotes) {
  return scalar(
    (value) => {
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      return new Trouble(value === undefined ? 'is missing' : 'is not a flag', 'write true or false');
    },
    { type: ['boolean', 'string'], pattern: `^(true|false)$|${substitution}`, 'x-kind': 'true or false', ...notes },
  );
}

/** One of a few words. */
export function choice<const T extends string>(notes: KeyNotes, words: readonly T[]) {
  return scalar(
    (value): T | Trouble =>
      words.find((word) => word === value) ?? new Trouble('is not known here', `write ${words.join(' or ')}`),
    { enum: [...words], 'x-kind': words.join(' or '), ...notes },
  );
}

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const longestSeconds = 100 * 366 * secondsOf.d;

/** `26h`, `7d`, `90m` in seconds; null where it is no duration of at least a second. */
export function durationSeconds(value: string): number | null {
  const match = /^(\d{1,9})([smhdw])$/.exec(value);
  if (match === null) return null;
  const seconds = Number(match[1]) * secondsOf[match[2] as keyof typeof secondsOf];
  return seconds >= 1 && seconds <= longestSeconds ? seconds : null;
}

/** Seconds as the shortest exact duration: `93600` → `26h`. */
export function durationText(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    // 24h stays 24h up to two days: people write `26h` beside it.
    if (seconds % secondsOf[unit] === 0 && (unit !== 'd' || seconds >= 2 * secondsOf.d)) {
      return `${seconds / secondsOf[unit]}${unit}`;
    }
  }
  return `${seconds}s`;
}

/** A duration, read to seconds. */
export function duration(notes: KeyNotes) {
  const remedy = 'write a whole number with s, m, h, d or w, such as 26h';
  return scalar(
    (value) => {
      if (value === undefined) return new Trouble('is missing', remedy);
      if (typeof value === 'number') return new Trouble('has no unit', remedy);
      const seconds = typeof value === 'string' ? durationSeconds(value) : null;
      return seconds ?? new Trouble('is not a duration', remedy);
    },
    { type: 'string', 'x-kind': 'duration', ...notes },
  );
}

/** A pattern over names: `*` and `?` only, so that it means the same in every place that matches it. */
export function glob(notes: KeyNotes) {
  const remedy = 'use * for any characters and ? for one; everything else is literal';
  return scalar(
    (value) => {
      const read = textOf(value, remedy);
      if (read instanceof Trouble) return read;
      if (/[[\]{}\\]/.test(read)) return new Trouble('uses brackets, braces or a backslash', remedy);
      return read.includes('**') ? new Trouble('uses **, which means no more than *', 'write one *') : read;
    },
    { type: 'string', 'x-kind': 'glob', ...notes },
  );
}

/** A five-field cron expression. Seconds are refused: a run takes longer, and a slip would hammer the cloud. */
export function cronExpression(notes: KeyNotes) {
  const remedy = 'write five fields: minute hour day-of-month month day-of-week, UTC';
  return scalar(
    (value) => {
      const read = textOf(value, remedy);
      if (read instanceof Trouble) return read;
      const fields = read.split(/\s+/).length;
      if (fields !== 5) return new Trouble(`has ${fields} ${fields === 1 ? 'field' : 'fields'}, not five`, remedy);
      const { valid, errors } = cron.validateDetailed(read);
      if (valid) return read;
      const reasons = errors.map(({ field, value: part }) => `${field} "${part ?? ''}"`).join(', ');
      return new Trouble(`is not a cron expression that ever fires (${reasons})`, remedy);
    },
    { type: 'string', 'x-kind': 'cron expression', ...notes },
  );
}

/** A base URL over HTTP, without credentials, query and fragment; a closing slash is dropped. */
export function httpUrl(notes: KeyNotes) {
  const remedy = 'write https://host, as the cloud documents the endpoint';
  return scalar(
    (value) => {
      const read = textOf(value, remedy);
      if (read instanceof Trouble) return read;
      const url = URL.canParse(read) ? new URL(read) : null;
      if (url === null || !/^https?:$/.test(url.protocol)) return new Trouble('is not an http(s) URL', remedy);
      if (url.username !== '' || url.password !== '') return new Trouble('holds credentials', 'put them in cloud.auth');
      if (url.search !== '' || url.hash !== '') return new Trouble('has a query or a fragment', 'remove it');
      return read.replace(/\/+$/, '');
    },
    { type: 'string', 'x-kind': 'URL', ...notes },
  );
}

/** A Postgres URL. Its password is a secret. */
export function postgresUrl(notes: KeyNotes) {
  const remedy = 'write postgres://user:password@host:5432/database, with special characters percent-encoded';
  return scalar(
    (value) => {
      const read = textOf(value, remedy);
      if (read instanceof Trouble) return read;
      return /^postgres(ql)?:\/\//.test(read) && URL.canParse(read)
        ? secretUrl(read)
        : new Trouble('is not a Postgres URL', remedy);
    },
    { type: 'string', 'x-kind': 'URL, its password is a secret', 'x-secret': true, ...notes },
  );
}

/** A day of the calendar, `YYYY-MM-DD`. */
export function day(notes: KeyNotes) {
  const remedy = 'write a day that exists as YYYY-MM-DD';
  return scalar(
    (value) => {
      if (value === undefined) return new Trouble('is missing', remedy);
      if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return new Trouble('is not a day', remedy);
      const at = new Date(`${value}T00:00:00Z`);
      const exists = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
      return exists ? value : new Trouble('is a day that does not exist', remedy);
    },
    { type: 'string', pattern: `^\\d{4}-\\d{2}-\\d{2}$|${substitution}`, 'x-kind': 'day', ...notes },
  );
}
