// Foreign text (names from the cloud, error messages) made harmless for a terminal: it could move the cursor,
// recolour the screen, retitle the window, or show right-to-left what was written left-to-right.

import { stripVTControlCharacters } from 'node:util';

const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const controls = /\p{Cc}/gu;
/** Direction marks, embeddings, overrides and isolates, and the byte order mark. */
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** One line of text without escape sequences, control characters and direction overrides. */
export function plainLine(text: string): string {
  // Escape sequences first and as a whole, so that `ESC [31m` does not leave `[31m` behind.
  return stripVTControlCharacters(text).replace(lineBreaks, ' ').replace(controls, '').replace(directions, '');
}

/** As plainLine, line by line. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plainLine).join('\n');
}
