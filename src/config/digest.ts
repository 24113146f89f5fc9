// The configuration's fingerprint: runs and verdicts name the configuration that they were made with.

import { createHash } from 'node:crypto';
import { effectiveTree } from './assemble.ts';
import type { Config } from './types.ts';

/** SHA-256, hex, of the effective configuration with sorted keys and without secrets. Where the file lies does not count. */
export function configDigest(config: Config): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(effectiveTree(config))))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
