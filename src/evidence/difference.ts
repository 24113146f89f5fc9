// Where a file of an export does not fit: the byte and row, told from the other format of the same report where that one
// fits, else from the digests of its blocks.

import { blockDigests, type EvidenceColumn, type EvidenceFile, type Manifest } from './manifest.ts';

type Rows = readonly (readonly unknown[])[];

/** How reports are written and read back; handed in, because their form is not this room's business. */
export interface ReportCodec {
  csvLines(columns: readonly EvidenceColumn[], rows: Rows): Iterable<string>;
  jsonLines(columns: readonly EvidenceColumn[], rows: Rows): Iterable<string>;
  readCsv(columns: readonly EvidenceColumn[], text: string): Rows;
  readJson(columns: readonly EvidenceColumn[], text: string): Rows;
}

export interface ReportFiles {
  manifest: Manifest;
  read: ReadonlyMap<string, Buffer | null>;
  /** The paths whose bytes are those of the manifest. */
  fits: ReadonlySet<string>;
  /** blocks.json, where it fits. */
  blocksText: string | null;
}

/** One sentence that names the first byte, and the row where that can be told. */
export function whereItDiffers(file: EvidenceFile, bytes: Buffer, files: ReportFiles, codec: ReportCodec): string {
  const exact = byOtherFormat(file, bytes, files, codec);
  if (exact !== null) {
    const row = exact.row === 0 ? 'before the first row' : `row ${exact.row}`;
    return `${file.path}: byte ${exact.at} (${row}) is not what was exported.`;
  }
  const block = byBlocks(file, bytes, files.blocksText);
  if (block !== null) return `${file.path}: the first byte that is not what was exported lies in ${block}.`;
  return `${file.path}: its digest does not fit.`;
}

/** Writes the file anew from its sibling and compares. */
function byOtherFormat(
  file: EvidenceFile,
  bytes: Buffer,
  { manifest, read, fits }: ReportFiles,
  codec: ReportCodec,
): { at: number; row: number } | null {
  const report = manifest.reports.find(({ name }) => name === file.report);
  if (report === undefined) return null;
  const isCsv = file.path.endsWith('.csv');
  const sibling = `${report.name}.${isCsv ? 'json' : 'csv'}`;
  const text = fits.has(sibling) ? read.get(sibling)?.toString() : undefined;
  if (text === undefined) return null;
  const rows = isCsv ? codec.readJson(report.columns, text) : codec.readCsv(report.columns, text);
  const pieces = isCsv ? codec.csvLines(report.columns, rows) : codec.jsonLines(report.columns, rows);
  let at = 0;
  let row = -1; // the first piece is the header or the bracket
  for (const piece of pieces) {
    row += 1;
    const expected = Buffer.from(piece);
    for (let index = 0; index < expected.length; index += 1) {
      if (bytes[at + index] !== expected[index]) return { at: at + index, row: Math.min(row, report.rows) };
    }
    at += expected.length;
  }
  return bytes.length > at ? { at, row: report.rows } : null;
}

function byBlocks(file: EvidenceFile, bytes: Buffer, blocksText: string | null): string | null {
  if (blocksText === null) return null;
  const known = JSON.parse(blocksText) as { blockBytes: number; files: Record<string, string[]> };
  const expected = known.files[file.path];
  if (expected === undefined) return null;
  const found = blockDigests(bytes);
  const index = expected.findIndex((digest, place) => found[place] !== digest);
  const block = index === -1 ? expected.length : index;
  const end = Math.min((block + 1) * known.blockBytes, Math.max(file.bytes, bytes.length)) - 1;
  return `bytes ${block * known.blockBytes} to ${end}`;
}
