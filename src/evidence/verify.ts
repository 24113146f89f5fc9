// Checks an evidence export without a database, and names the first byte, row or link that does not fit.
// The two formats of a report prove each other: where one of them does not fit, the other says where.

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkLink, type Findings, readOrNull } from './chain.ts';
import { type ReportCodec, type ReportFiles, whereItDiffers } from './difference.ts';
import {
  blocksName,
  type EvidenceFile,
  type Manifest,
  manifestName,
  manifestText,
  parseManifest,
  sha256,
  signatureName,
  sumsName,
} from './manifest.ts';
import { fingerprintOf, publicKeyOf, signatureFits } from './signing.ts';

export interface VerifyInput {
  directory: string;
  /** The folder of the export before; null = beside this one, under the name that the manifest gives. */
  previous: string | null;
  /** PEM of the key that must have signed; null = the manifest's own, which proves no identity. */
  publicKey: string | null;
  codec: ReportCodec;
}

export interface VerifyResult {
  /** What does not fit, the first thing first; empty = everything does. */
  faults: string[];
  /** What fits, and what could not be checked. */
  notes: string[];
  manifestDigest: string | null;
}

/** Checks the export. Never throws over what it finds in the folder. */
export async function verifyEvidence(input: VerifyInput): Promise<VerifyResult> {
  const faults: string[] = [];
  const notes: string[] = [];
  const bytes = await readOrNull(join(input.directory, manifestName));
  if (bytes === null) {
    return { faults: [`${manifestName} is missing: the folder is no export.`], notes, manifestDigest: null };
  }
  const manifestDigest = sha256(bytes);
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes.toString());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { faults: [`${manifestName}: ${reason}.`], notes, manifestDigest };
  }
  try {
    await checkAll(input, { bytes, manifest, manifestDigest }, { faults, notes });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    faults.push(`${manifestName} is not as this program writes it: ${error.message}.`); // a field of another shape
  }
  return { faults, notes, manifestDigest };
}

async function checkAll(
  input: VerifyInput,
  { bytes, manifest, manifestDigest }: { bytes: Buffer; manifest: Manifest; manifestDigest: string },
  { faults, notes }: Findings,
): Promise<void> {
  faults.push(...manifestFaults(bytes, manifest), ...(await sumsFaults(input.directory, manifest, manifestDigest)));
  checkSignature(
    input,
    { bytes, manifest, signature: await readOrNull(join(input.directory, signatureName)) },
    { faults, notes },
  );
  faults.push(...(await fileFaults(input, manifest)));
  faults.push(...(await strayFaults(input.directory, manifest)));
  await checkLink(input, manifest, { faults, notes });
}

/** The manifest has one text; whatever else stands there was written by somebody else. */
function manifestFaults(bytes: Buffer, manifest: Manifest): string[] {
  const canonical = Buffer.from(manifestText(manifest));
  if (bytes.equals(canonical)) return [];
  const at = firstDifference(bytes, canonical);
  return [`${manifestName}: byte ${at} is not as this program writes it.`];
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) if (a[at] !== b[at]) return at;
  return shorter;
}

async function sumsFaults(directory: string, manifest: Manifest, manifestDigest: string): Promise<string[]> {
  const sums = await readOrNull(join(directory, sumsName));
  if (sums === null) return [`${sumsName} is missing.`];
  const expected = [
    ...manifest.files.map((file) => `${file.sha256}  ${file.path}`),
    `${manifestDigest}  ${manifestName}`,
  ];
  const lines = sums.toString().split('\n').slice(0, -1);
  for (const [index, line] of expected.entries()) {
    if (lines[index] !== line) return [`${sumsName}: line ${index + 1} does not fit ${line.split('  ')[1]}.`];
  }
  return lines.length > expected.length ? [`${sumsName}: line ${expected.length + 1} names a file too many.`] : [];
}

function checkSignature(
  { publicKey }: VerifyInput,
  { bytes, manifest, signature }: { bytes: Buffer; manifest: Manifest; signature: Buffer | null },
  { faults, notes }: Findings,
): void {
  if (manifest.signature === null) {
    if (publicKey !== null) faults.push(`${manifestName} is not signed.`);
    else notes.push('It is not signed: compare its digest with one that was kept elsewhere.');
    return;
  }
  if (signature === null) {
    faults.push(`${signatureName} is missing.`);
    return;
  }
  let own: string;
  try {
    own = publicKeyOf(manifest.signature.publicKey);
  } catch {
    faults.push(`${manifestName}: the key in it is none.`); // whatever it is instead
    return;
  }
  const wanted = publicKey === null ? own : publicKeyOf(publicKey);
  if (own !== wanted) {
    faults.push(`${manifestName} is signed by ${fingerprintOf(own)}, not by the given key ${fingerprintOf(wanted)}.`);
  } else if (!signatureFits(bytes, signature.toString().trim(), wanted)) {
    faults.push(`${signatureName} does not fit ${manifestName}.`);
  } else {
    const whose = publicKey === null ? 'the key in the manifest' : 'the given key';
    notes.push(`Signed by ${whose}, ${fingerprintOf(wanted)}.`);
  }
}

async function fileFaults({ directory, codec }: VerifyInput, manifest: Manifest): Promise<string[]> {
  const faults: string[] = [];
  const read = new Map<string, Buffer | null>();
  for (const { path } of manifest.files) {
    read.set(path, path === basename(path) ? await readOrNull(join(directory, path)) : null);
  }
  const fits = (file: EvidenceFile) => {
    const bytes = read.get(file.path) ?? null;
    return bytes !== null && bytes.length === file.bytes && sha256(bytes) === file.sha256;
  };
  const blocks = manifest.files.find(({ path }) => path === blocksName);
  const blocksText = blocks !== undefined && fits(blocks) ? (read.get(blocksName)?.toString() ?? null) : null;
  for (const file of manifest.files) {
    const bytes = read.get(file.path) ?? null;
    if (bytes === null) faults.push(`${file.path} is missing.`);
    else if (!fits(file)) {
      const files: ReportFiles = {
        manifest,
        read,
        fits: new Set(manifest.files.filter(fits).map(({ path }) => path)),
        blocksText,
      };
      faults.push(whereItDiffers(file, bytes, files, codec));
    }
  }
  if (faults.length === 0) faults.push(...contradictions(manifest, read, codec));
  return faults;
}

/** Digests can be made anew by whoever changes a file; then the two formats must still say the same. */
function contradictions(manifest: Manifest, read: ReadonlyMap<string, Buffer | null>, codec: ReportCodec): string[] {
  for (const { name, columns, rows } of manifest.reports) {
    const [csv, json] = [read.get(`${name}.csv`)?.toString(), read.get(`${name}.json`)?.toString()];
    if (csv === undefined || json === undefined)
      return [`${name}: the manifest lists no ${csv === undefined ? 'CSV' : 'JSON'} of it.`];
    try {
      const [fromCsv, fromJson] = [codec.readCsv(columns, csv), codec.readJson(columns, json)];
      if (fromCsv.length !== rows) return [`${name}.csv: it has ${fromCsv.length} rows, the manifest says ${rows}.`];
      if (fromJson.length !== rows) return [`${name}.json: it has ${fromJson.length} rows, the manifest says ${rows}.`];
      const at = fromCsv.findIndex((row, index) => JSON.stringify(row) !== JSON.stringify(fromJson[index]));
      if (at !== -1) return [`${name}: row ${at + 1} of the CSV and of the JSON differ.`];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  }
  return [];
}

async function strayFaults(directory: string, manifest: Manifest): Promise<string[]> {
  const known = new Set([manifestName, sumsName, ...manifest.files.map(({ path }) => path)]);
  if (manifest.signature !== null) known.add(signatureName);
  const stray = (await readdir(directory)).filter((name) => !known.has(name)).sort();
  return stray.map((name) => `${name} is not in the manifest.`);
}
