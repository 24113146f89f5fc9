// Tables: columns in order, each with its own unit, colours and link. Ids are carried hidden, for the links.

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DynamicConfigValue, Threshold, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { type PanelSpec, type Placed, placed } from './panel.ts';
import { postgres, rowsOf, sql } from './query.ts';

export interface Column {
  title: string;
  unit?: string;
  decimals?: number;
  steps?: readonly Threshold[];
  values?: readonly ValueMapping[];
  /** Where a click leads. */
  link?: { title: string; url: string };
  width?: number;
  /** There for the links, not for the eye. */
  hidden?: boolean;
}

/** A column that shows a label of the rows. */
export interface LabelColumn extends Column {
  label: string;
}

/** A column with values of its own; the rows are joined by their labels. */
export interface ValueColumn extends Column {
  expr: string;
}

type TableSpec = Omit<PanelSpec, 'targets' | 'unit' | 'steps' | 'values'>;

/** Newest values of PromQL, a row per set of labels. The first value column orders the rows, the greatest first, unless another is named. */
export function metricTable(
  spec: TableSpec & {
    labels: readonly LabelColumn[];
    columns: readonly ValueColumn[];
    sortBy?: string;
    ascending?: boolean;
  },
): Placed {
  const { labels, columns } = spec;
  const valueName = (index: number) => (columns.length === 1 ? 'Value' : `Value #${letter(index)}`);
  const order = [...labels.map(({ label }) => label), ...columns.map((_, index) => valueName(index))];
  const panel = new PanelBuilder().withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: { excludeByName: { Time: true }, indexByName: Object.fromEntries(order.map((name, at) => [name, at])) },
  });
  for (const column of labels) override(panel, column.label, column);
  for (const [index, column] of columns.entries()) override(panel, valueName(index), column);
  panel.sortBy([
    { build: () => ({ displayName: spec.sortBy ?? columns[0]?.title ?? '', desc: spec.ascending !== true }) },
  ]);
  const targets = columns.map(({ expr }) => rowsOf(expr));
  return placed(panel, { ...spec, unit: 'none', targets });
}

/** Rows of SQL, in its order. Columns are named as the query names them. */
export function sqlTable(spec: TableSpec & { query: string; columns: Readonly<Record<string, Column>> }): Placed {
  const panel = new PanelBuilder();
  panel.filterable(true);
  for (const [name, column] of Object.entries(spec.columns)) override(panel, name, column);
  const targets: Builder<Dataquery>[] = [sql(spec.query)];
  return placed(panel, { ...spec, unit: 'none', targets, datasource: postgres });
}

function override(panel: PanelBuilder, name: string, column: Column): void {
  const properties: DynamicConfigValue[] = [{ id: 'displayName', value: column.title }];
  if (column.hidden === true) properties.push({ id: 'custom.hidden', value: true });
  if (column.unit !== undefined) properties.push({ id: 'unit', value: column.unit });
  if (column.decimals !== undefined) properties.push({ id: 'decimals', value: column.decimals });
  if (column.values !== undefined) properties.push({ id: 'mappings', value: column.values });
  if (column.steps !== undefined) {
    properties.push({ id: 'thresholds', value: { mode: 'absolute', steps: column.steps } });
  }
  if (column.steps !== undefined || column.values !== undefined) {
    properties.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  }
  if (column.link !== undefined) properties.push({ id: 'links', value: [{ ...column.link, targetBlank: false }] });
  if (column.width !== undefined) properties.push({ id: 'custom.width', value: column.width });
  panel.overrideByName(name, properties);
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}
