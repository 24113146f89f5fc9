// Changes to a rule that a test must notice: operators, thresholds, groupings, matchers, windows and `for`.

import type { SyntaxNode } from '@lezer/common';
import { nodes, parse, text } from '../promql.ts';

export interface Mutant {
  /** What was changed, with its place in the text. */
  change: string;
  expr: string;
}

const swaps: Readonly<Record<string, readonly string[]>> = {
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '<': ['<=', '>'],
  '<=': ['<', '>'],
  '==': ['!='],
  and: ['unless', 'or'],
  unless: ['and', 'or'],
  or: ['unless', 'and'],
  '-': ['+'],
  '+': ['-'],
  '*': ['/'],
};
const operators = ['Gtr', 'Gte', 'Lss', 'Lte', 'Eql', 'And', 'Unless', 'Or', 'Sub', 'Add', 'Mul'];
const aggregations: Readonly<Record<string, string>> = { max: 'min', min: 'max' };
/** Metrics that carry thresholds: what is required travels with the data. */
const thresholds = /_(?:objective_\w+|limit|interval|retention)_seconds$/;

/** Every expression that differs from this one by a single change. */
export function mutantsOf(expr: string): Mutant[] {
  const root = parse(expr);
  const edit = ({ from, to }: { from: number; to: number }, by: string): Mutant => ({
    change: `${text(expr, { from, to })} → ${by} in … ${expr.slice(Math.max(0, from - 60), to + 60)} …`.replaceAll(
      /\s+/g,
      ' ',
    ),
    expr: expr.slice(0, from) + by + expr.slice(to),
  });
  const operator = nodes(root, ...operators).flatMap((node) =>
    (swaps[text(expr, node)] ?? []).map((by) => edit(node, by)),
  );
  const side = nodes(root, 'BinaryExpr').flatMap((node) => dropSides(node).map((kept) => edit(node, text(expr, kept))));
  const number = nodes(root, 'NumberDurationLiteral').flatMap((node) =>
    numbersNear(Number(text(expr, node))).map((by) => edit(node, String(by))),
  );
  const window = nodes(root, 'NumberDurationLiteralInDurationContext').flatMap((node) =>
    [2, 0.5].map((factor) => edit(node, stretch(text(expr, node), factor))),
  );
  const threshold = nodes(root, 'VectorSelector')
    .filter((node) => thresholds.test(text(expr, node)) && node.parent?.name === 'FunctionCallBody')
    .flatMap((node) => ['1.001', '0.999'].map((factor) => edit(node, `(${text(expr, node)} * ${factor})`)));
  const aggregation = nodes(root, 'AggregateOp').flatMap((node) => {
    const by = aggregations[text(expr, node)];
    return by === undefined ? [] : [edit(node, by)];
  });
  return [...operator, ...side, ...number, ...window, ...threshold, ...aggregation, ...fewerLabels(expr, root, edit)];
}

/** Twice as long and at once; one that was at once is put off. */
export function forMutants(forSeconds: number): number[] {
  return forSeconds === 0 ? [1800] : [forSeconds * 2, 0];
}

/** What is left of a set operation without its other side. */
function dropSides(node: SyntaxNode): SyntaxNode[] {
  const isSet = ['And', 'Unless', 'Or'].some((name) => node.getChild(name) !== null);
  if (!isSet || node.firstChild === null || node.lastChild === null) return [];
  return node.getChild('Unless') === null ? [node.firstChild, node.lastChild] : [node.firstChild];
}

/** Small whole numbers are counts: one more and one less. Others a thousandth more and less. */
function numbersNear(value: number): number[] {
  return Number.isInteger(value) && value < 10 ? [value + 1, value - 1] : [value * 1.001, value * 0.999];
}

function stretch(duration: string, factor: number): string {
  const seconds = { s: 1, m: 60, h: 3600, d: 86400 }[duration.slice(-1)] ?? 1;
  return `${Math.round(Number.parseInt(duration, 10) * seconds * factor)}s`;
}

/** Groupings and joins without one of their labels, and selectors without one of their matchers. */
function fewerLabels(expr: string, root: SyntaxNode, edit: (at: SyntaxNode, by: string) => Mutant): Mutant[] {
  const groupings = nodes(root, 'GroupingLabels').flatMap((node) => without(expr, node, 'LabelName', '(', ')', edit));
  const matchers = nodes(root, 'LabelMatchers').flatMap((node) =>
    without(expr, node, 'UnquotedLabelMatcher', '{', '}', edit),
  );
  return [...groupings, ...matchers];
}

function without(
  expr: string,
  list: SyntaxNode,
  kind: string,
  open: string,
  close: string,
  edit: (at: SyntaxNode, by: string) => Mutant,
): Mutant[] {
  const parts = nodes(list, kind).map((node) => text(expr, node));
  return parts.map((_, dropped) =>
    edit(list, open + parts.filter((__, index) => index !== dropped).join(', ') + close),
  );
}
