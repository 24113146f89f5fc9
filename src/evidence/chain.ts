// The chain of exports: each manifest names the digest of the one before it.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Manifest, manifestName, parseManifest, sha256 } from './manifest.ts';

export interface Findings {
  faults: string[];
  notes: string[];
}

/** Follows the chain as far as its folders are here; each manifest must be the one that the next one names. */
export async function checkLink(
  { directory, previous }: { directory: string; previous: string | null },
  manifest: Manifest,
  { faults, notes }: Findings,
): Promise<void> {
  let at = manifest;
  let given = previous;
  let beside = directory;
  let checked = 0;
  while (at.previous !== null) {
    const link = at.previous;
    const folder = given ?? join(dirname(beside), link.directory);
    const bytes = await readOrNull(join(folder, manifestName));
    const fault = linkFault({ folder, link, bytes, isGiven: given !== null });
    if (fault !== null) faults.push(fault);
    else if (bytes === null)
      notes.push(`Not checked: the link to ${link.directory} (digest ${link.digest}), which is not here.`);
    if (fault !== null || bytes === null) break;
    const next = parseManifest(bytes.toString());
    if (next.sequence !== at.sequence - 1)
      faults.push(`The link to ${folder} does not fit: it is number ${next.sequence}.`);
    checked += 1;
    at = next;
    given = null;
    beside = folder;
  }
  if (at.previous === null && at.sequence !== 1) faults.push(`Number ${at.sequence} of the chain links to nothing.`);
  const links = checked === 1 ? 'the link to the one before fits' : `${checked} links fit`;
  notes.push(`Number ${manifest.sequence} of its chain; ${checked === 0 ? 'no link was checked' : links}.`);
}

interface FollowedLink {
  folder: string;
  link: { digest: string };
  bytes: Buffer | null;
  /** The folder was named by the user, so it must be there. */
  isGiven: boolean;
}

function linkFault({ folder, link, bytes, isGiven }: FollowedLink): string | null {
  if (bytes === null) return isGiven ? `${folder} holds no export, so the link to it does not fit.` : null;
  const digest = sha256(bytes);
  if (digest === link.digest) return null;
  return `The link to ${folder} does not fit: the manifest there has digest ${digest}, not ${link.digest}.`;
}

export async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
