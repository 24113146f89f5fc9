// docs/operations.md and the sources know the same log lines, and the pages of docs/ link to what exists.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `message level` of every line that the sources can log. */
function linesInSources(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const lines = files.flatMap((file) => {
    const text = readFileSync(join(root, 'src', file), 'utf8');
    return [...text.matchAll(/\blog\??\.(debug|info|warn|error)\([^;]*?'([^'\n]+)',?\s*\)[;,)\s]/g)];
  });
  return [...new Set(lines.map(([, level, message]) => `${message} | ${level}`))].sort();
}

test('the page of operations lists every log line with its level, and no others', () => {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([^`]+)` \| (debug|info|warn|error) \|/gm)];
  expect(linesInSources().length).toBeGreaterThan(15);
  expect(listed.map(([, message, level]) => `${message} | ${level}`).sort()).toEqual(linesInSources());
});

const pages = [
  'install',
  'permissions',
  'upgrade',
  'errors',
  'sizing',
  'limits',
  'threat-model',
  'kubernetes',
  'operations',
];

test.each(pages)('docs/%s.md links to files and headings that exist', (name) => {
  const path = join(root, 'docs', `${name}.md`);
  const text = readFileSync(path, 'utf8');
  for (const [, target = ''] of text.matchAll(/\]\((?!https?:|<)([^)\s]+)\)/g)) {
    const [file = '', heading] = target.split('#');
    const linked = file === '' ? path : join(dirname(path), file);
    expect(existsSync(linked), target).toBe(true);
    if (heading === undefined) continue;
    const anchors = [...readFileSync(linked, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(anchors, target).toContain(heading);
  }
});
