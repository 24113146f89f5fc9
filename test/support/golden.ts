// Golden files: expected output kept as a file. `npm run golden` rewrites them; the diff is reviewed like code.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** Compares text with a file, by a path from the root of the project: `test/golden/help/config.txt`. */
export function expectGolden(path: string, text: string): void {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  let kept: string;
  try {
    kept = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read; \`npm run golden\` writes it`, { cause });
  }
  expect(text, `${path} differs; if that is meant, run \`npm run golden\` and review the diff`).toBe(kept);
}
