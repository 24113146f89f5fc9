// The program's own version, from package.json: one place for --version, the user agent and build_info.

import { readFileSync } from 'node:fs';

/** The version in package.json, which lies beside src/ and dist/. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String(version);
}
