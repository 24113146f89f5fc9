// Who may know whom, and the rules of style that a machine can check. Read as a table; a new room or package gets a row.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

interface Source {
  /** From src/, with slashes: `postgres/store.ts`. */
  path: string;
  text: string;
  /** The text without comments and the insides of strings. */
  code: string;
  /** Files of src/ that it imports, types included. */
  files: string[];
  /** Packages and node: modules that it imports. */
  packages: string[];
}

const importing =
  /\b(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?\s*(?:\bfrom\s*)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'/g;
const silent = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

function importedIn(text: string): string[] {
  return [...text.matchAll(importing)].map((match) => match[1] ?? match[2] ?? '');
}

function readSource(path: string): Source {
  const text = readFileSync(join(src, path), 'utf8');
  const imported = importedIn(text);
  const [files, packages] = [imported.filter((to) => to.startsWith('.')), imported.filter((to) => !to.startsWith('.'))];
  return {
    path,
    text,
    code: text.replace(silent, "''"),
    files: files.map((to) => join(dirname(path), to)),
    packages: packages.map((to) =>
      to.startsWith('node:')
        ? to
        : to
            .split('/')
            .slice(0, to.startsWith('@') ? 2 : 1)
            .join('/'),
    ),
  };
}

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map(readSource);

/** The rooms, most special first: a file lives in the first one that fits. */
const rooms: [room: string, where: RegExp][] = [
  ['inventory', /^inventory\//],
  ['huawei', /^huawei\//],
  ['postgres', /^postgres\//],
  ['prometheus', /^prometheus\//],
  ['web', /^web\//],
  ['evidence', /^evidence\//],
  ['simulator', /^simulator\//],
  ['commands', /^app\/(commands\/|wire)/],
  ['story', /^app\//],
  ['config', /^config(\/|\.ts$)/],
  ['main', /^main\.ts$/],
  ['cli', /^cli\.ts$/],
  ['log', /^log\.ts$/],
  ['ground', /^(exit-codes|faults|output|secret|terminal-text|version)\.ts$/],
];

/** What a room may import from src besides itself. `app/wire*.ts` and the commands build everything. */
const mayKnow: Record<string, string[]> = {
  inventory: [],
  huawei: ['inventory'],
  postgres: ['inventory'],
  prometheus: ['inventory'],
  web: ['inventory'],
  evidence: ['inventory'],
  simulator: [],
  story: ['inventory', 'log', 'ground'],
  commands: [
    'inventory',
    'huawei',
    'postgres',
    'prometheus',
    'web',
    'evidence',
    'simulator',
    'story',
    'config',
    'log',
    'ground',
  ],
  config: ['ground'],
  log: ['inventory', 'ground'],
  cli: ['commands', 'story', 'config', 'inventory', 'log', 'ground'],
  main: ['cli', 'ground'],
  ground: [],
};

/** Who may use a package. A package without a row may be used by nobody. */
const owners: Record<string, RegExp> = {
  undici: /^huawei\//,
  'p-retry': /^huawei\//,
  'p-queue': /^huawei\//,
  zod: /^(huawei|config)\//,
  kysely: /^postgres\//,
  pg: /^postgres\//,
  '@electric-sql/pglite': /^postgres\//,
  'prom-client': /^prometheus\//,
  hono: /^(web|simulator)\//,
  '@hono/node-server': /^(web|simulator)\//,
  'node-cron': /^(app\/serve|app\/schedule|config\/scalars)\.ts$/,
  commander: /^(cli\.ts|app\/commands\/)/,
  'cli-table3': /^app\//,
  'cli-progress': /^app\/progress\.ts$/,
  pino: /^log\.ts$/,
  'pino-pretty': /^log\.ts$/,
  yaml: /^config\//,
};

function roomOf(path: string): string {
  return rooms.find(([, where]) => where.test(path))?.[0] ?? `no room (${path})`;
}

/** `path: what` for every file of which the rule has something to say. */
function complaints(rule: (source: Source) => readonly string[]): string[] {
  return sources.flatMap((source) => rule(source).map((complaint) => `${source.path}: ${complaint}`));
}

function matchesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[0].trim());
}

test('imports of every form are seen', () => {
  const text = [
    "import a from './a.ts';",
    "import { b, type C } from './b.ts';",
    "import d, { e } from 'd';",
    "import * as f from './f.ts';",
    "import type {\n  G,\n} from './g.ts';",
    "export { h } from './h.ts';",
    "export * from './i.ts';",
    "import 'j';",
    "const k = await import('./k.ts');",
  ].join('\n');
  expect(importedIn(text)).toEqual(['./a.ts', './b.ts', 'd', './f.ts', './g.ts', './h.ts', './i.ts', 'j', './k.ts']);
});

describe('who may know whom', () => {
  test('every file lives in a room', () => {
    expect(complaints(({ path }) => (roomOf(path).startsWith('no room') ? ['has no room'] : []))).toEqual([]);
  });

  test('a room imports only the rooms that it may know', () => {
    expect(
      complaints(({ path, files }) => {
        const known = [roomOf(path), ...(mayKnow[roomOf(path)] ?? [])];
        return files.filter((to) => !known.includes(roomOf(to))).map((to) => `must not know ${to}`);
      }),
    ).toEqual([]);
  });

  test('a package is used only by its owner', () => {
    expect(
      complaints(({ path, packages }) =>
        packages
          .filter((name) => !name.startsWith('node:') && !owners[name]?.test(path))
          .map((name) => `does not own ${name}`),
      ),
    ).toEqual([]);
  });

  test('the inventory imports nothing from outside, not even from Node', () => {
    expect(complaints(({ path, packages }) => (path.startsWith('inventory/') ? packages : []))).toEqual([]);
  });

  test('no two files need each other, directly or in a circle', () => {
    expect(circles()).toEqual([]);
  });
});

describe('where the world comes in', () => {
  test('the process is seen only by main, cli, log, the worker, wiring and commands', () => {
    const seers = /^(main|cli|log)\.ts$|^app\/(wire|commands\/)|^postgres\/embedded-lock\.ts$|-worker\.ts$/;
    const seen = /\bprocess\.\w+/g;
    expect(complaints(({ path, code }) => (seers.test(path) ? [] : matchesIn(code, seen)))).toEqual([]);
  });

  test('the time is asked only of the system clock and of the simulator', () => {
    const askers = /^app\/(clock|wire)|^simulator\/|^postgres\/embedded(-lock)?\.ts$/; // who holds the files, since when
    const asking = /\bDate\.now\(|\bnew Date\(\s*\)|\bDate\(\)/g;
    expect(complaints(({ path, code }) => (askers.test(path) ? [] : matchesIn(code, asking)))).toEqual([]);
  });
});

describe('style', () => {
  test('nothing is exported by default', () => {
    expect(complaints(({ code }) => matchesIn(code, /\bexport default\b|\bas default\b/g))).toEqual([]);
  });

  test('a file has at most 250 lines, or says at its top what it is long because of', () => {
    expect(
      complaints(({ text }) => {
        const lines = text.split('\n').length - 1;
        const excused = /long because/i.test(text.split('\n', 8).join(' '));
        return lines > 250 && !excused ? [`has ${lines} lines`] : [];
      }),
    ).toEqual([]);
  });

  test('a file opens with what it is', () => {
    expect(complaints(({ text }) => (/^(#!.*\n)?(\/\/|\/\*)/.test(text) ? [] : ['has no header']))).toEqual([]);
  });

  test('file names are kebab-case and mean something', () => {
    const vague = /(^|-)(utils?|helpers?|common|managers?|misc)(-|\.)/;
    expect(
      complaints(({ path }) =>
        /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(path)) && !vague.test(basename(path))
          ? []
          : ['is not a good name'],
      ),
    ).toEqual([]);
  });
});

/** Import circles, each as `a → b → a`, found by walking depth first. */
function circles(): string[] {
  const imports = new Map(sources.map(({ path, files }) => [path, files]));
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    else if (!done.has(path)) {
      for (const to of imports.get(path) ?? []) walk(to, [...trail, path]);
      done.add(path);
    }
  };
  for (const { path } of sources) walk(path, []);
  return found;
}
