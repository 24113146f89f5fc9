// Refuses production dependencies whose licence is not on the list. Offline: reads the lock file, which names the
// licence of every package. `node scripts/check-licences.ts`

import { readFileSync } from 'node:fs';

/** SPDX ids of licences that put no condition on users beyond keeping the notice. */
const allowed = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
]);

interface LockFile {
  packages: Record<string, { dev?: boolean; license?: string; version?: string }>;
}

/** `package@version: licence` for each production dependency that may not be used; how many were looked at. */
export function licenceFaults(lock: LockFile): { checked: number; faults: string[] } {
  const production = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && entry.dev !== true);
  const faults = production
    .filter(([, entry]) => !isAllowed(entry.license ?? ''))
    .map(
      ([path, entry]) => `${path.replace(/^.*node_modules\//, '')}@${entry.version}: ${entry.license ?? 'no licence'}`,
    );
  return { checked: production.length, faults };
}

/** An SPDX expression of ids with OR (one must be allowed) and AND (all must be). */
function isAllowed(expression: string): boolean {
  return expression
    .replace(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((id) => allowed.has(id)));
}

if (import.meta.main) {
  const { checked, faults } = licenceFaults(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  for (const fault of faults) console.error(`licence not allowed: ${fault}`);
  console.log(`licences: ${checked} production dependencies, ${faults.length} not allowed`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
