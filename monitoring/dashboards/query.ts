// The queries of the dashboards: PromQL pieces and targets. Every replica of the exporter shows the same series, so each
// piece first reduces them to one; names are joined at the moment of the query and never drop a row.

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { indent, lines, prefix } from '../alerts/promql.ts';

export const prometheus = { type: 'prometheus', uid: `\${datasource}` };
export const postgres = { type: 'grafana-postgresql-datasource', uid: `\${database}` };

/** The chosen projects. */
export const chosenProjects = 'project_id=~"$project"';
/** The chosen instance. */
export const chosenInstance = 'project_id=~"$project",instance_id=~"$instance"';

/** A metric reduced to the labels; `matchers` choose. */
export function one(metric: string, labels: readonly string[], ...matchers: readonly string[]): string {
  return `max by (${labels.join(', ')}) (${prefix}${metric}${selection(matchers)})`;
}

/** How much a counter grew in the window, reduced to the labels. */
export function grownBy(metric: string, labels: readonly string[], window: string, ...matchers: readonly string[]) {
  return `max by (${labels.join(', ')}) (increase(${prefix}${metric}${selection(matchers)}[${window}]))`;
}

function selection(matchers: readonly string[]): string {
  return matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
}

/** One name per project, also while two replicas differ about it. */
const projectNames = `topk by (project_id) (1, ${one('project_info', ['project_id', 'project_name'])})`;
const instanceNames = `topk by (project_id, instance_id) (1, ${one('instance_info', ['project_id', 'instance_id', 'instance_name'])})`;

/** Adds `project_name`; a row whose project has no name stays without. */
export function withProjectName(expr: string): string {
  return joined(expr, ['project_id'], 'project_name', projectNames);
}

/** Adds `instance_name` and `project_name`. */
export function withNames(expr: string): string {
  return withProjectName(joined(expr, ['project_id', 'instance_id'], 'instance_name', instanceNames));
}

function joined(expr: string, on: readonly string[], label: string, names: string): string {
  const key = on.join(', ');
  return lines(
    '(',
    indent(expr),
    `) * on (${key}) group_left (${label}) ${names}`,
    'or (',
    indent(expr),
    `) unless on (${key}) ${names}`,
  );
}

/** The headline as a number: the worse, the higher. */
export const stateNumbers = { protected: 0, exempt: 1, unknown: 2, unprotected: 3 } as const;

/** The headline of each instance as one of `stateNumbers`. */
export function protectionState(...matchers: readonly string[]): string {
  const sorts = Object.entries(stateNumbers).map(([state, number]) => {
    const holds = one(
      'instance_protection_state',
      ['project_id', 'instance_id', 'state'],
      `state="${state}"`,
      ...matchers,
    );
    return `${number} * ${holds}`;
  });
  return lines('max by (project_id, instance_id) (', indent(sorts.join('\nor\n')), ')');
}

/** A PromQL target over the time range of the dashboard. */
export function over(expr: string, legend: string): Builder<Dataquery> {
  return target(expr, legend).range();
}

/** A PromQL target of the newest values, as a table. */
export function rowsOf(expr: string): Builder<Dataquery> {
  return target(expr, '').instant().format(PromQueryFormat.Table);
}

/** A PromQL target of the newest values. */
export function newest(expr: string, legend = ''): Builder<Dataquery> {
  return target(expr, legend).instant();
}

function target(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(prometheus).expr(expr).legendFormat(legend);
}

interface SqlQuery extends Dataquery {
  datasource: typeof postgres;
  editorMode: 'code';
  format: 'table' | 'time_series';
  rawQuery: true;
  rawSql: string;
}

/** An SQL target. The time series' columns are time, metric and value. */
export function sql(rawSql: string, format: 'table' | 'time_series' = 'table'): Builder<Dataquery> {
  const query: SqlQuery = {
    datasource: postgres,
    editorMode: 'code',
    format,
    rawQuery: true,
    rawSql,
    _implementsDataqueryVariant: () => undefined,
  };
  return { build: () => query };
}
