// The effective configuration as YAML that could be a configuration file again, but for the redacted secrets.

import { Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { effectiveTree } from './assemble.ts';
import type { Path } from './path.ts';
import type { Config } from './types.ts';

/** YAML with the origin of each value as a comment behind it. */
export function configYaml(config: Config, originOf: (path: Path) => string): string {
  const document = new Document(effectiveTree(config));
  annotate(document.contents, [], originOf);
  return document.toString({ lineWidth: 0 });
}

function annotate(node: unknown, path: Path, originOf: (path: Path) => string): void {
  if (isScalar(node)) node.comment = ` ${originOf(path)}`;
  else if (isSeq<Node>(node)) node.items.forEach((item, index) => void annotate(item, [...path, index], originOf));
  else if (isMap<Node, Node>(node)) {
    for (const { key, value } of node.items) annotate(value, [...path, String(key)], originOf);
  }
}
