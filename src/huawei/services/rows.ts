// Reading one wire row without losing it: fields that are not as promised become null and an anomaly, and only a row whose
// key fields cannot be read is left out. Text that Postgres cannot store (U+0000, lone surrogates) is replaced.

import type { z } from 'zod';
import type { Anomaly, Fact, ListItem } from '../../inventory/model.ts';
import { type Instant, parseInstant } from '../../inventory/units.ts';
import type { ReadRow } from './service.ts';

const rawLimit = 8192;
const shownLimit = 200;
const deepest = 32;

/** What is wrong with one row. `blocks`: the row cannot be stored. */
export interface RowNote {
  kind: Anomaly['kind'];
  field: string | null;
  detail: string;
  blocks?: boolean;
}

/** The row's place in the list, with an anomaly for each note. A blocked row keeps its place and loses its fact. */
export function placeOf(
  row: unknown,
  notes: readonly RowNote[],
  id: string | null,
  orderKey: Instant | null,
  fact: Fact | null,
): ReadRow {
  const item: ListItem = { id, orderKey, fact };
  if (notes.length === 0) return { item, anomalies: [] };
  const raw = rawOf(row);
  const anomalies = notes.map(({ kind, field, detail, blocks }) => ({
    kind,
    itemId: id,
    field,
    detail: cleanText(detail),
    raw,
    blocksCertification: blocks === true,
  }));
  return { item, anomalies };
}

export function isBlocked(notes: readonly RowNote[]): boolean {
  return notes.some((note) => note.blocks === true);
}

/**
 * Parses a row by its schema; where fields do not fit, they are taken out, noted, and the rest is parsed again.
 * @returns null where the row is no object at all.
 */
export function parseRow<S extends z.ZodObject>(
  schema: S,
  row: unknown,
  notes: RowNote[],
  kindOf: (field: string) => Anomaly['kind'],
): z.infer<S> | null {
  const storable = isStorable(row) ? row : replaceUnstorable(row, notes);
  const parsed = schema.safeParse(storable);
  if (parsed.success) return parsed.data;
  if (typeof storable !== 'object' || storable === null || Array.isArray(storable)) {
    notes.push({ kind: 'bad_row', field: null, detail: `The row is no object but ${shown(storable)}.`, blocks: true });
    return null;
  }
  const rest: Record<string, unknown> = { ...storable };
  for (const field of new Set(parsed.error.issues.map((issue) => String(issue.path[0])))) {
    notes.push({
      kind: kindOf(field),
      field,
      detail: `${shown(rest[field])} is not what the API promises; taken as missing.`,
    });
    delete rest[field];
  }
  return schema.parse(rest);
}

/** The id as it is, or a note that blocks. */
export function readId(value: unknown, notes: RowNote[]): string | null {
  if (typeof value === 'string' && value !== '') return value;
  notes.push({ kind: 'bad_row', field: 'id', detail: `${shown(value)} is no id; the row is left out.`, blocks: true });
  return null;
}

/** A time with its zone, within what a calendar of backups can mean; null where unreadable. */
export function readTime(text: string): Instant | null {
  const instant = parseInstant(text);
  return instant !== null && instant >= '1970' ? instant : null;
}

/** A wire value for a sentence, cut short. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(cleaned(value)) ?? typeof value);
  return text.length > shownLimit ? `${text.slice(0, shownLimit)}…`.toWellFormed() : text;
}

function rawOf(row: unknown): unknown {
  const clean = cleaned(row);
  const json = JSON.stringify(clean) ?? 'null';
  return json.length > rawLimit ? `${json.slice(0, rawLimit)}…`.toWellFormed() : clean;
}

/** Notes each text field that holds what Postgres cannot store; in an id that blocks, as two ids could become one. */
function replaceUnstorable(row: unknown, notes: RowNote[]): unknown {
  if (typeof row === 'object' && row !== null) {
    for (const [field, value] of Object.entries(row)) {
      if (isStorable(value)) continue;
      const blocks = field === 'id';
      notes.push({
        kind: 'bad_row',
        field: cleanText(field),
        detail: `It holds U+0000 or half a character, which cannot be stored; ${blocks ? 'the row is left out' : 'replaced by U+FFFD'}.`,
        blocks,
      });
    }
  }
  return cleaned(row);
}

/** What lies deeper than the API ever nests is not looked at: it is never stored but in a raw copy, which cuts it off. */
function isStorable(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return !value.includes('\u0000') && value.isWellFormed();
  if (typeof value !== 'object' || value === null || depth > deepest) return true;
  for (const key of Object.keys(value)) {
    if (!isStorable(key) || !isStorable((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

function cleaned(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return '…';
  if (Array.isArray(value)) return value.map((inner) => cleaned(inner, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleaned(inner, depth + 1)]));
}

function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
