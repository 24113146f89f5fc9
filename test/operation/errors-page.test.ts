// docs/errors.md and the code base know the same codes: each has an operator's action, and none is invented.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/exit-codes.ts';
import { sweepReasons } from '../../src/inventory/model.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

/** Capitals in quotes that are no codes of ours: environment, verdicts, codes of the network and of Node. */
const foreign =
  /^(HUAWEICLOUD_|LOG_|UND_ERR_|ERR_|EAI_|NON_COMPLIANT$|NOT_APPLICABLE$|DATABASE_URL$|PG_VERSION$|NO_COLOR$)/;

/** The codes that the sources can tell. */
function codesInSources(): Set<string> {
  const codes = new Set<string>();
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.startsWith('simulator/'))) {
    const text = readFileSync(join(root, 'src', file), 'utf8').replace(/^\s*\/\/.*$/gm, '');
    for (const [, code = ''] of text.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)) if (!foreign.test(code)) codes.add(code);
    for (const [, code = ''] of text.matchAll(/\bcode = '([A-Z_]+)'/g)) codes.add(code);
    for (const [, code = ''] of text.matchAll(/\berrorCode\b[^;]*'([A-Z_]+)'/g)) codes.add(code);
  }
  const errors = readFileSync(join(root, 'src/inventory/errors.ts'), 'utf8');
  const failures = /type CloudFailure =([^;]*);/.exec(errors)?.[1] ?? '';
  for (const [, failure = ''] of failures.matchAll(/'(\w+)'/g)) codes.add(`CLOUD_${failure.toUpperCase()}`);
  return codes;
}

interface Row {
  name: string;
  meaning: string;
  action: string;
}

function rows(pattern: RegExp): Row[] {
  return [...page.matchAll(/^\| ([^|]+) \| ([^|]*) \| ([^|]*) ?\|$/gm)]
    .map(([, name = '', meaning = '', action = '']) => ({ name: name.replaceAll('`', ''), meaning, action }))
    .filter(({ name }) => pattern.test(name));
}

describe('the page of errors', () => {
  const codes = rows(/^[A-Z_]+$/);

  test('explains every code that the program can tell', () => {
    expect([...codesInSources()].sort().filter((code) => !codes.some(({ name }) => name === code))).toEqual([]);
  });

  test('explains no code that the program cannot tell', () => {
    const told = codesInSources();
    expect(told.size).toBeGreaterThan(25);
    expect(codes.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
  });

  test('says of each code what it means and what to do', () => {
    for (const row of codes)
      expect(row).toEqual({
        name: row.name,
        meaning: expect.stringMatching(/\w.*\./),
        action: expect.stringMatching(/\w.*\./),
      });
    expect(new Set(codes.map(({ name }) => name)).size).toBe(codes.length);
  });

  test('explains every reason of a sweep and every exit code, and no others', () => {
    const reasons = rows(/^[a-z_]+$/).map(({ name }) => name);
    expect(reasons.sort()).toEqual([...sweepReasons].sort());
    expect(rows(/^\d+$/).map(({ name }) => Number(name))).toEqual(exitCodes.map(({ code }) => code));
  });
});
