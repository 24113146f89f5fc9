// What a PromQL expression looks at, by Prometheus' own grammar: for the tests that compare it with the catalogue.

import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  metric: string;
  /** Names of the labels that are matched. */
  labels: readonly string[];
}

/** The syntax tree; throws where the text is no PromQL. */
export function parse(expr: string): SyntaxNode {
  const tree = parser.parse(expr);
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`No PromQL at ${node.from}: ${expr}`);
    },
  });
  return tree.topNode;
}

/** All nodes of a kind, in order of the text. */
export function nodes(root: SyntaxNode, ...kinds: readonly string[]): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  root.cursor().iterate((node) => {
    if (kinds.includes(node.name)) found.push(node.node);
  });
  return found;
}

export function text(expr: string, { from, to }: { from: number; to: number }): string {
  return expr.slice(from, to);
}

/** Every vector selector of the expression. */
export function selectorsOf(expr: string): Selector[] {
  return nodes(parse(expr), 'VectorSelector').map((node) => {
    const name = node.getChild('Identifier');
    return {
      metric: name === null ? '' : text(expr, name),
      labels: nodes(node, 'UnquotedLabelMatcher').flatMap((matcher) => {
        const label = matcher.getChild('LabelName');
        return label === null ? [] : [text(expr, label)];
      }),
    };
  });
}

/** Every label that the expression groups or joins by. */
export function groupingLabelsOf(expr: string): string[] {
  return nodes(parse(expr), 'GroupingLabels').flatMap((node) =>
    nodes(node, 'LabelName').map((label) => text(expr, label)),
  );
}
