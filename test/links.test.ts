// Links of the documentation lead somewhere: to a file of the project, and to a heading that it has.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const pages = globSync(['*.md', '{docs,src,k8s,monitoring,deploy,grafana,bench,test}/**/*.md'], { cwd: root });

test.each(pages)('%s', (page) => {
  const text = withoutCode(readFileSync(join(root, page), 'utf8'));
  const dead = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
  expect(dead).toEqual([]);
});

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (relative(root, join(root, file)).startsWith('..') || !existsSync(join(root, file))) return false;
  if (heading === undefined || !file.endsWith('.md')) return true;
  return headings(readFileSync(join(root, file), 'utf8')).has(heading);
}

/** Anchors as GitHub makes them. */
function headings(text: string): Set<string> {
  const titles = withoutCode(text).matchAll(/^#{1,6} +(.+)$/gm);
  return new Set(
    [...titles].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** Fenced blocks hold no links and no headings. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}
