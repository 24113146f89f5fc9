// Faults in words: what zod and the cross-checks found, each path once.

import type { z } from 'zod';
import type { Fault } from '../faults.ts';
import type { CrossFault } from './cross-checks.ts';
import { configJsonSchema } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { type Path, pathText, type Tree, valueAt } from './path.ts';
import { Trouble } from './trouble.ts';

interface Known {
  tree: Tree;
  where: (path: Path) => string | null;
  /** By path text: what the value was made from. Such values may be secrets in the wrong place. */
  placeholders: ReadonlyMap<string, string>;
  /** Paths with a fault already. */
  alreadyTold: ReadonlySet<string>;
}

/** All faults as text with their place. A path is told once: the first, most specific fault wins. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], crossed: readonly CrossFault[], known: Known): Fault[] {
  const told = new Set(known.alreadyTold);
  const all = [...issues.flatMap((issue) => issueFaults(issue, known)), ...crossed];
  return all.flatMap(({ path, problem, remedy }) => {
    const text = pathText(path);
    if (told.has(text)) return [];
    told.add(text);
    return [{ path: text, problem, remedy, where: known.where(path) }];
  });
}

function issueFaults(issue: z.core.$ZodIssue, known: Known): CrossFault[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === 'custom' && issue.params?.trouble instanceof Trouble) {
    const { problem, remedy } = issue.params.trouble;
    return [{ path, problem: `${subject(path, known)}${problem}`, remedy }];
  }
  const remedy = issue.code === 'invalid_type' && issue.expected === 'array' ? 'write a list' : 'write keys and values';
  return [{ path, problem: `is not ${remedy.replace('write ', '')}`, remedy }];
}

function unknownKey(path: Path, key: string): CrossFault {
  const allowed = keysAt(path);
  const similar = nearest(key, allowed);
  const remedy = similar === null ? `the keys here are ${allowed.join(', ')}` : `did you mean "${similar}"?`;
  return { path: [...path, key], problem: 'unknown key', remedy };
}

/** The value in words, in front of `is not …`; empty where it must not or need not be shown. */
function subject(path: Path, known: Known): string {
  const value = valueAt(known.tree, path);
  const placeholder = known.placeholders.get(pathText(path));
  if (placeholder !== undefined) return `the value of ${placeholder} `;
  if (kindAt(path).includes('secret') || value === undefined || typeof value === 'object') return '';
  const text = String(value);
  // A word of the method is short; a key that was put a line too high is not.
  if (path[0] === 'cloud' && path[1] === 'auth' && text.length > 12) return '';
  if (text.includes('@') && kindAt(path).includes('URL')) return ''; // user and password in the wrong place
  return text.trim() === '' || /\p{Cc}/u.test(text) ? '' : `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}" `;
}

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  'x-kind'?: string;
}

function nodeAt(path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(
    (node, key) => (typeof key === 'number' ? node?.items : node?.properties?.[key]),
    configJsonSchema() as SchemaNode,
  );
}

function keysAt(path: Path): string[] {
  return Object.keys(nodeAt(path)?.properties ?? {});
}

function kindAt(path: Path): string {
  return nodeAt(path)?.['x-kind'] ?? '';
}
