// The configuration file as a tree, with the line of every key. Knows YAML, not the meaning of the keys.

import { readFile } from 'node:fs/promises';
import { type Document, isAlias, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Fault } from '../faults.ts';
import { isTree, type Path, type Tree } from './path.ts';

export interface ConfigFile {
  tree: Tree;
  /** `file:line` of a path, or of the nearest key above it that the file has; null without a file. */
  where(path: Path): string | null;
  faults: Fault[];
}

/** What there is without a file. */
export const noFile: ConfigFile = { tree: {}, where: () => null, faults: [] };

/** Reads and parses the file. A file that cannot be read is a fault, not an error. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  try {
    return parseConfigText(await readFile(file, 'utf8'), file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const fault = { path: '', problem: `${file} cannot be read (${code})`, remedy: 'name a readable YAML file' };
    return { ...noFile, faults: [{ ...fault, where: null }] };
  }
}

/** Parses YAML text. Keys without a value count as absent. */
export function parseConfigText(text: string, file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => ({
    path: '',
    problem: `is not YAML that can be read: ${error.message}`,
    remedy: 'mend the line; quote text that holds special characters',
    where: at(error.pos[0]),
  }));
  const where = (path: Path) => {
    const offset = offsetOf(document, path);
    return offset === null ? file : at(offset);
  };
  if (faults.length > 0) return { tree: {}, where, faults };
  const tree = plainTree(document, faults);
  if (isTree(tree)) return { tree, where, faults };
  if (faults.length === 0) {
    faults.push({ path: '', problem: 'is not a mapping', remedy: 'write keys such as `projects:`', where: file });
  }
  return { tree: {}, where, faults };
}

function plainTree(document: Document, faults: Fault[]): unknown {
  try {
    return withoutNulls(document.toJS() ?? {});
  } catch (error) {
    // Aliases that multiply without end.
    const problem = `cannot be unfolded: ${error instanceof Error ? error.message : String(error)}`;
    faults.push({ path: '', problem, remedy: 'write it without so many aliases', where: null });
    return {};
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isTree(value)) return value;
  const present = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(present.map(([key, item]) => [key, withoutNulls(item)]));
}

function offsetOf(document: Document, path: Path): number | null {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? null) : null;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === key);
      if (pair === undefined) return offset;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
