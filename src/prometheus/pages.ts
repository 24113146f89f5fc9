// Text as compressed pages that can be put one after another. A gzip answer is stitched from them as one member:
// curl and others stop at the end of the first member, so several would not do.

import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync, inflateRaw } from 'node:zlib';

const compress = promisify(deflateRaw);
const expand = promisify(inflateRaw);

/** A stretch of text: deflated in pages that end on a byte and look back at nothing before them. */
export interface Pages {
  deflated: readonly Buffer[];
  /** Bytes of the text. */
  length: number;
  /** CRC-32 of all text up to the end of these pages, what came before them included. */
  crc: number;
}

export const noPages: Pages = { deflated: [], length: 0, crc: 0 };

/** A page of this size compresses in about 1 ms, on a thread of the pool. */
const pageChars = 64 * 1024;
/** The loop is held no longer than about this long. */
const holdMs = 5;
const inFlight = 4;
/** Compressed; about ten times as much text. */
const largeBytes = 128 * 1024;
/** Text expands in pieces of this size; the default would take many turns. */
const chunkSize = 512 * 1024;

const deflating = { level: 1, finishFlush: constants.Z_FULL_FLUSH };

/** Collects lines into pages, giving way to the event loop. `after` is what the text will follow. */
export async function paged(lines: Iterable<string>, after: Pages): Promise<Pages> {
  const deflated: Promise<Buffer>[] = [];
  let length = 0;
  let crc = after.crc;
  let text = '';
  let heldSinceMs = performance.now();
  const closePage = () => {
    const page = Buffer.from(text);
    text = '';
    length += page.length;
    crc = crc32(page, crc);
    deflated.push(compress(page, deflating));
  };
  for (const line of lines) {
    text += line;
    if (text.length >= pageChars) {
      closePage();
      await deflated.at(-inFlight);
    }
    if (performance.now() - heldSinceMs > holdMs) {
      await new Promise(setImmediate);
      heldSinceMs = performance.now();
    }
  }
  if (text !== '') closePage();
  return { deflated: bound(await Promise.all(deflated)), length, crc };
}

/** A short text as one page, at once: the way to a thread and back takes longer than to compress it. */
export function shortPage(text: string, after: Pages): Pages {
  const page = Buffer.from(text);
  return { deflated: [deflateRawSync(page, deflating)], length: page.length, crc: crc32(page, after.crc) };
}

/** Pages put together into few large ones: writing many small ones to a socket costs more than the copy. */
function bound(pages: readonly Buffer[]): Buffer[] {
  const large: Buffer[] = [];
  let open: Buffer[] = [];
  let size = 0;
  for (const page of pages) {
    open.push(page);
    size += page.length;
    if (size < largeBytes) continue;
    large.push(Buffer.concat(open));
    open = [];
    size = 0;
  }
  if (open.length > 0) large.push(Buffer.concat(open));
  return large;
}

const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty last block. */
const lastBlock = Buffer.from([0x03, 0x00]);

/** The text of pages that follow one another, as one gzip member. */
export function gzipMember(parts: readonly Pages[]): Buffer[] {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(parts.at(-1)?.crc ?? 0, 0);
  trailer.writeUInt32LE(lengthOf(parts) % 2 ** 32, 4);
  return [gzipHeader, ...parts.flatMap((part) => part.deflated), lastBlock, trailer];
}

/** The text itself, a stretch at a time: only compressed pages are kept, a tenth of the memory. */
export async function* plainText(parts: readonly Pages[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    for (const page of part.deflated) yield await expand(page, { finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
  }
}

/** Bytes of text in all. */
export function lengthOf(parts: readonly Pages[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
