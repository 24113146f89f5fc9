// `${NAME}` and `${file:/path}` in the values of a parsed file. After parsing, so that no secret can break the YAML;
// once, so that nothing in a secret is substituted again. `$${` is a literal `${`.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Fault } from '../faults.ts';
import { isTree, type Path, pathText } from './path.ts';
import { Trouble } from './trouble.ts';

export interface Substituted {
  tree: unknown;
  faults: Fault[];
  /** By path text: the placeholder that a value was made from. Such values are never shown in a fault. */
  origins: Map<string, string>;
}

interface Sources {
  env: Readonly<Record<string, string | undefined>>;
  /** Relative paths in `${file:…}` start at the folder of this file. */
  file: string | null;
  where: (path: Path) => string | null;
}

const placeholder = /\$?\$\{([^}]*)\}/g;

/** A copy of the tree with every placeholder replaced. A value with a fault is left out of the copy. */
export function substitute(tree: unknown, sources: Sources): Substituted {
  const faults: Fault[] = [];
  const origins = new Map<string, string>();
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return replaceIn(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isTree(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  const replaceIn = (value: string, path: Path): unknown => {
    if (!value.includes('${')) return value;
    let failed = false;
    const replaced = value.replace(placeholder, (whole: string, inside: string) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      origins.set(pathText(path), whole);
      const found = lookUp(inside, sources);
      if (!(found instanceof Trouble)) return found;
      faults.push({ path: pathText(path), ...found, where: sources.where(path) });
      failed = true;
      return '';
    });
    return failed ? unknowable : replaced;
  };
  return { tree: walk(tree, []), faults, origins };
}

/** Stands for a value whose placeholder could not be replaced: there, but not to be complained about again. */
const unknowable = Symbol('unknowable');

function lookUp(inside: string, { env, file }: Sources): string | Trouble {
  if (inside.startsWith('file:')) return fileText(inside.slice('file:'.length), file);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(inside)) {
    const remedy = `write \${NAME} or \${file:/path}, or $\${ for the two characters themselves`;
    return new Trouble(`\${${inside}} is no placeholder`, remedy);
  }
  const value = env[inside];
  if (value === undefined) return new Trouble(`the environment has no ${inside}`, 'set it or remove the key');
  return value;
}

function fileText(path: string, file: string | null): string | Trouble {
  const absolute = resolve(file === null ? '.' : dirname(file), path);
  try {
    return readFileSync(absolute, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return new Trouble(`the file ${absolute} cannot be read (${code})`, 'name a readable file or remove the key');
  }
}
