// The manifest of an evidence export: what it holds, on what it stands, and the export before it. Its digest is the link
// of the chain, so its text has one canonical form.

import { createHash } from 'node:crypto';

export const manifestName = 'manifest.json';
export const sumsName = 'SHA256SUMS';
export const signatureName = 'manifest.sig';
export const blocksName = 'blocks.json';
export const formatName = 'backup-inventory-evidence/1';

/** Bytes per digest of blocks.json: where a file does not fit, this is how closely that can be told from it alone. */
export const blockBytes = 4096;

export interface EvidenceColumn {
  name: string;
  kind: string;
}

export interface EvidenceFile {
  path: string;
  sha256: string;
  bytes: number;
  /** Of a report: its name, and rows without the header. */
  report: string | null;
  rows: number | null;
}

export interface EvidenceReportEntry {
  name: string;
  title: string;
  rows: number;
  /** The instant whose knowledge it shows. */
  asOf: string;
  columns: EvidenceColumn[];
}

export interface Manifest {
  format: string;
  /** 1 = the first of its chain. */
  sequence: number;
  previous: { digest: string; directory: string } | null;
  createdAt: string;
  period: { firstDay: string; lastDay: string; timeZone: string };
  /** The instant whose knowledge the reports of the period show. */
  asOf: string;
  /** When the newest reading that they know of was committed. */
  knownAt: string;
  program: { version: string };
  /** Every migration and view file with the SHA-256 of its text. */
  schema: { name: string; sha256: string }[];
  controls: { id: string; version: number }[];
  readings: { runs: number; certificates: number; certified: number; lastRunId: number | null };
  /** SHA-256 of the configurations that ran in the period, and of the one that made the export. */
  configurations: { exported: string; ran: string[] };
  signature: { algorithm: 'Ed25519'; publicKey: string; fingerprint: string } | null;
  /** Reports that could not be made: nobody looked then. */
  notObserved: { report: string; message: string }[];
  reports: EvidenceReportEntry[];
  files: EvidenceFile[];
}

/** The one text of a manifest. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Short digests of the blocks of a file. */
export function blockDigests(bytes: Uint8Array): string[] {
  const digests: string[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    digests.push(sha256(bytes.subarray(at, at + blockBytes)).slice(0, 16));
  }
  return digests;
}

/** Reads a manifest. Throws where the text is none of ours. */
export function parseManifest(text: string): Manifest {
  const parsed = JSON.parse(text) as Partial<Manifest> | null;
  if (parsed?.format !== formatName) throw new Error(`it is no manifest of format ${formatName}`);
  if (!Array.isArray(parsed.files) || !Array.isArray(parsed.reports)) throw new Error('it lists no files');
  return parsed as Manifest;
}
