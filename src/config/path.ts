// Paths into the configuration tree: how they are written in faults, and how they are walked.

export type Path = readonly (string | number)[];
export type Tree = Record<string, unknown>;

/** `projects[1].region`; keys that are no plain words are quoted. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const word = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key);
    return text === '' ? word : `${text}.${word}`;
  }, '');
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let at = root;
  for (const key of path) {
    if (Array.isArray(at) && typeof key === 'number') at = at[key];
    else if (isTree(at) && Object.hasOwn(at, key)) at = at[key];
    else return undefined;
  }
  return at;
}

/** A copy with the value put at a path of keys. What stands in the way and is no tree is left as it is. */
export function withValue(root: Tree, [key, ...rest]: readonly string[], value: unknown): Tree {
  if (key === undefined) return root;
  if (rest.length === 0) return { ...root, [key]: value };
  const child = root[key] ?? {};
  return isTree(child) ? { ...root, [key]: withValue(child, rest, value) } : root;
}
