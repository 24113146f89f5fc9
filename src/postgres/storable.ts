// Text that Postgres can store: it knows no NUL character, and no half of a surrogate pair. Both become U+FFFD.

/** JSON of a value, storable as json and readable as text. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  // JSON.stringify escapes both, so a text without these escapes is clean: one scan in place of one per string.
  if (!json.includes('\\u') || !/\\u0000|\\ud[89a-f]/i.test(json)) return json;
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storableText(part) : part));
}

/** The same for a text by itself. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
}

const integerMax = 2_147_483_647;

/** A count that fits a column of type integer, whatever the cloud reported. */
export function storableInteger(count: number): number {
  return Math.max(-integerMax, Math.min(integerMax, Math.trunc(count)));
}
