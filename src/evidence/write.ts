// Writes an evidence export: the reports as CSV and JSON, digests of everything, and a manifest that links to the export
// before it. What is in the reports, and how they are written, is handed in. The manifest comes last: a folder without
// one is no export.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  blockBytes,
  blockDigests,
  blocksName,
  type EvidenceFile,
  type EvidenceReportEntry,
  formatName,
  type Manifest,
  manifestName,
  manifestText,
  parseManifest,
  sha256,
  signatureName,
  sumsName,
} from './manifest.ts';
import type { Signer } from './signing.ts';

export interface EvidenceReport extends EvidenceReportEntry {
  csv: Iterable<string>;
  json: Iterable<string>;
}

export interface EvidenceInput
  extends Pick<
    Manifest,
    | 'createdAt'
    | 'period'
    | 'asOf'
    | 'knownAt'
    | 'program'
    | 'schema'
    | 'controls'
    | 'readings'
    | 'configurations'
    | 'notObserved'
  > {
  directory: string;
  reports: readonly EvidenceReport[];
  /** The folder of the export before; null = the newest one beside the directory, where there is one. */
  previous: string | null;
  signer: Signer | null;
}

export interface EvidenceResult {
  manifestDigest: string;
  sequence: number;
  previous: Manifest['previous'];
  files: number;
  bytes: number;
}

/** The folder is not one that an export can be written to. */
export class EvidenceFolderError extends Error {
  override readonly name = 'EvidenceFolderError';
}

/** Writes the export. Throws EvidenceFolderError before anything is written. */
export async function writeEvidence(input: EvidenceInput): Promise<EvidenceResult> {
  const { directory, reports, signer } = input;
  await refuseUsed(directory);
  const previous = await linkOf(input);
  await mkdir(directory, { recursive: true });
  const files: EvidenceFile[] = [];
  const blocks: Record<string, string[]> = {};
  for (const { name, rows, csv, json } of reports) {
    for (const [path, pieces] of [
      [`${name}.csv`, csv],
      [`${name}.json`, json],
    ] as const) {
      const bytes = Buffer.from([...pieces].join(''));
      await writeFile(join(directory, path), bytes);
      files.push({ path, sha256: sha256(bytes), bytes: bytes.length, report: name, rows });
      blocks[path] = blockDigests(bytes);
    }
  }
  const blocksText = `${JSON.stringify({ blockBytes, files: blocks })}\n`;
  await writeFile(join(directory, blocksName), blocksText);
  files.push({
    path: blocksName,
    sha256: sha256(blocksText),
    bytes: Buffer.byteLength(blocksText),
    report: null,
    rows: null,
  });
  const manifest = manifestOf(input, previous, files);
  const bytes = Buffer.from(manifestText(manifest));
  if (signer !== null) await writeFile(join(directory, signatureName), `${signer.sign(bytes)}\n`);
  const sums = [...files.map((file) => `${file.sha256}  ${file.path}`), `${sha256(bytes)}  ${manifestName}`];
  await writeFile(join(directory, sumsName), `${sums.join('\n')}\n`);
  await writeFile(join(directory, manifestName), bytes);
  return {
    manifestDigest: sha256(bytes),
    sequence: manifest.sequence,
    previous: manifest.previous,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/** Fields in one order, for one text. */
function manifestOf(input: EvidenceInput, previous: Link | null, files: EvidenceFile[]): Manifest {
  const { signer, reports } = input;
  return {
    format: formatName,
    sequence: (previous?.sequence ?? 0) + 1,
    previous: previous === null ? null : { digest: previous.digest, directory: previous.directory },
    createdAt: input.createdAt,
    period: input.period,
    asOf: input.asOf,
    knownAt: input.knownAt,
    program: input.program,
    schema: input.schema,
    controls: input.controls,
    readings: input.readings,
    configurations: input.configurations,
    signature:
      signer === null ? null : { algorithm: 'Ed25519', publicKey: signer.publicKey, fingerprint: signer.fingerprint },
    notObserved: input.notObserved,
    reports: reports.map(({ name, title, rows, asOf, columns }) => ({ name, title, rows, asOf, columns })),
    files,
  };
}

async function refuseUsed(directory: string): Promise<void> {
  const names = await namesIn(directory);
  if (names.length === 0) return;
  const what = names.includes(manifestName) ? 'already holds an export' : 'is not empty';
  throw new EvidenceFolderError(`${directory} ${what}. Give a folder of its own to every export.`);
}

interface Link {
  digest: string;
  directory: string;
  sequence: number;
}

async function linkOf({ directory, previous }: EvidenceInput): Promise<Link | null> {
  if (previous !== null) {
    const link = await readLink(previous);
    if (link === null) throw new EvidenceFolderError(`${previous} holds no export to link to.`);
    return link;
  }
  const parent = dirname(directory);
  const links = await Promise.all((await namesIn(parent)).map((name) => readLink(join(parent, name))));
  const found = links
    .filter((link) => link !== null)
    .sort((a, b) => b.sequence - a.sequence || (a.directory < b.directory ? 1 : -1));
  return found[0] ?? null;
}

async function readLink(directory: string): Promise<Link | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(directory, manifestName));
  } catch {
    return null; // not every neighbour is an export
  }
  try {
    return {
      digest: sha256(bytes),
      directory: basename(directory),
      sequence: parseManifest(bytes.toString()).sequence,
    };
  } catch (cause) {
    throw new EvidenceFolderError(`${join(directory, manifestName)} cannot be linked to: it is damaged.`, { cause });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new EvidenceFolderError(`${directory} is no folder.`, { cause: error });
    throw error;
  }
}
