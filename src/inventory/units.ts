// Units and instants, changed once at the wire: inside there are bytes, seconds and UTC.
// Instants on the volume path are canonical strings, not Dates: Date parsing costs twice a page's JSON.parse.

/** An instant as canonical UTC text, `YYYY-MM-DDTHH:MM:SS[.fff]Z`. Equal widths compare as text. */
export type Instant = string & { readonly brand: 'Instant' };

const zoned = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|([+-])(\d\d):?(\d\d))$/;
const zoneless = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?$/;

/** The rest of an instant in whole seconds of UTC, as a page's rows have it. */
const utcClock = /^T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|\+00:?00)$/;
/** The last day that was found to exist: rows that follow one another mostly share theirs. */
let realDay = '----------';

/**
 * Reads an instant that states its zone (`Z`, `+0000`, `+08:00`).
 * @returns null where the text is no instant, states no zone, or names a day or hour that does not exist.
 */
export function parseInstant(text: string): Instant | null {
  if (text.startsWith(realDay) && utcClock.test(text.slice(10))) return `${text.slice(0, 19)}Z` as Instant;
  const match = zoned.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone, sign, zoneHours, zoneMinutes] = match;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (!isRealClockTime(at, Number(day), Number(month), Number(hour), Number(minute), Number(second))) return null;
  if (new Date(at).getUTCFullYear() !== Number(year)) return null; // 0000 to 0099, which Date takes for 1900 to 1999
  realDay = text.slice(0, 10);
  const offsetMinutes = zone === 'Z' ? 0 : Number(zoneHours) * 60 + Number(zoneMinutes);
  if (offsetMinutes > 14 * 60 || Number(zoneMinutes ?? 0) > 59) return null;
  if (offsetMinutes === 0 && fraction === undefined) return `${text.slice(0, 19)}Z` as Instant;
  const millis = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const utc = new Date(at + millis - (sign === '-' ? -1 : 1) * offsetMinutes * 60_000);
  return utc.getUTCFullYear() > 9999 ? null : instantOf(utc);
}

/** Reads a wire field that carries no zone, taken as UTC: the guess of this API's `created` fields. */
export function parseZonelessAsUtc(text: string): Instant | null {
  return zoneless.test(text) ? parseInstant(`${text.replace(' ', 'T')}Z`) : null;
}

/** The canonical text of a Date; milliseconds are dropped where they are zero. */
export function instantOf(at: Date): Instant {
  return at.toISOString().replace('.000Z', 'Z') as Instant;
}

/** Kilobytes on the wire to whole bytes; null where no size in bytes can be meant (negative, NaN, past 2^53). */
export function bytesFromKilobytes(kilobytes: number): number | null {
  const bytes = Math.round(kilobytes * 1024);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
}

function isRealClockTime(at: number, day: number, month: number, hour: number, minute: number, second: number) {
  const date = new Date(at);
  return date.getUTCDate() === day && date.getUTCMonth() + 1 === month && hour < 24 && minute < 60 && second < 60;
}
