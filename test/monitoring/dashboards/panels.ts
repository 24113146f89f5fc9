// The shipped dashboards as Grafana reads them, and what Grafana does to a query before it asks a data source.

import { dashboards } from '../../../monitoring/dashboards/index.ts';

export interface Target {
  refId: string;
  datasource: { type: string; uid: string };
  /** PromQL. */
  expr?: string;
  instant?: boolean;
  rawSql?: string;
  format?: string;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  interval?: string;
  fieldConfig?: {
    defaults: { unit?: string; thresholds?: { steps: unknown[] } };
    overrides: { matcher: { id: string; options: string }; properties: { id: string; value?: unknown }[] }[];
  };
}

export interface Variable {
  name: string;
  type: string;
  query: string | { query: string };
  regex?: string;
  allValue?: string;
  includeAll?: boolean;
  datasource?: { type: string; uid: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: Variable[] };
  annotations: { list: { name: string; expr?: string; datasource?: { uid: string } }[] };
  links: { type: string; tags: string[]; includeVars: boolean; keepTime: boolean }[];
  tags: string[];
}

/** All that are shipped. */
export const shipped: readonly Dashboard[] = [...dashboards.values()].map((json) => JSON.parse(json) as Dashboard);

/** Names of the variables in a text. Those of Grafana begin with two underscores. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$(?:\{([\w]+)[^}]*\}|(\w+))/g)].map(([, braced, bare]) => braced ?? bare ?? '');
}

/** The values of the dashboard's variables; several where several are chosen. */
export type Values = ReadonlyMap<string, readonly string[]>;

export interface Span {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
  /** How often Prometheus scrapes. */
  scrapeSeconds: number;
}

/** PromQL as the Prometheus data source sends it. */
export function expandPromql(expr: string, values: Values, span: Span): string {
  const rate = Math.max(span.stepSeconds + span.scrapeSeconds, 4 * span.scrapeSeconds);
  const builtIn: Record<string, string> = {
    __rate_interval: `${rate}s`,
    __interval: `${span.stepSeconds}s`,
    __range: `${Math.round((span.toMs - span.fromMs) / 1000)}s`,
  };
  return expandVariables(expr, (name) => {
    const chosen = values.get(name);
    if (chosen === undefined) return builtIn[name];
    return chosen.length === 1 ? chosen[0] : `(${chosen.join('|')})`;
  });
}

/** SQL as the Postgres data source sends it. */
export function expandSql(query: string, values: Values, span: Span): string {
  const from = `'${new Date(span.fromMs).toISOString()}'`;
  const to = `'${new Date(span.toMs).toISOString()}'`;
  const seconds: Record<string, number> = { '1h': 3600, '1d': 86_400 };
  const macros = query
    .replaceAll(/\$__timeFilter\(([^)]+)\)/g, (_, column) => `${column} BETWEEN ${from} AND ${to}`)
    .replaceAll(/\$__timeGroupAlias\(([^,]+),\s*'(\w+)'\)/g, (_, column, width) => {
      const size = seconds[width];
      return `floor(extract(epoch from ${column})/${size})*${size} AS "time"`;
    })
    .replaceAll('$__timeFrom()', from)
    .replaceAll('$__timeTo()', to);
  return expandVariables(macros, (name, format) => {
    const chosen = values.get(name);
    if (chosen === undefined) return undefined;
    return format === 'sqlstring' ? chosen.map((value) => `'${value}'`).join(',') : chosen.join(',');
  });
}

function expandVariables(text: string, lookUp: (name: string, format: string) => string | undefined): string {
  return text.replaceAll(/\$(?:\{(\w+)(?::(\w+))?\}|(\w+))/g, (_, braced, format = '', bare) => {
    const name = String(braced ?? bare);
    const value = lookUp(name, format);
    if (value === undefined) throw new Error(`Nothing is known of $${name} in: ${text}`);
    return value;
  });
}
