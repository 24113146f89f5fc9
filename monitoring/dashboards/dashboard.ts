// A dashboard from its panels: places them in rows, numbers them, names their queries, and adds what all dashboards share:
// data sources, links to each other, and the alerts as annotations.

import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Placed } from './panel.ts';
import { one, postgres, prometheus } from './query.ts';

const tag = 'backup-inventory';

export interface Section {
  /** A heading over the panels; none for the first. */
  title?: string;
  height: number;
  panels: readonly Placed[];
}

export interface DashboardSpec {
  uid: string;
  title: string;
  description: string;
  from: string;
  sections: readonly Section[];
  prepare(builder: DashboardBuilder): void;
}

/** The JSON of a dashboard, as Grafana imports and provisions it. */
export function render(spec: DashboardSpec): string {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag])
    .timezone('browser')
    .refresh('1m')
    .time({ from: spec.from, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(linkToOthers());
  spec.prepare(builder);
  place(builder, spec.sections);
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

function place(builder: DashboardBuilder, sections: readonly Section[]): void {
  let id = 0;
  let y = 0;
  for (const { title, height, panels } of sections) {
    if (title !== undefined) {
      id += 1;
      builder.withRow(new RowBuilder(title).id(id).gridPos({ x: 0, y, w: 24, h: 1 }));
      y += 1;
    }
    let x = 0;
    for (const { width, panel } of panels) {
      id += 1;
      panel.id(id).gridPos({ x, y, w: width, h: height });
      builder.withPanel(named(panel));
      x += width;
    }
    if (x !== 24) throw new Error(`The panels of "${title ?? 'the first section'}" take ${x} of 24 columns.`);
    y += height;
  }
}

/** Queries are A, B, C … */
function named(panel: Placed['panel']): { build(): ReturnType<Placed['panel']['build']> } {
  const built = panel.build();
  const targets = built.targets?.map((target, index) => ({ ...target, refId: String.fromCharCode(65 + index) }));
  return { build: () => (targets === undefined ? built : { ...built, targets }) };
}

function linkToOthers(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Backup inventory')
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true);
}

/** Where a click on an instance leads. */
export const toInstance = {
  title: 'Show this instance',
  url: `/d/backup-inventory-instance?var-datasource=\${datasource}&var-project=\${__data.fields.project_id}&var-instance=\${__data.fields.instance_id}&\${__url_time_range}`,
};

/** Where a click on a project leads. */
export const toExporter = {
  title: 'Show how this project is read',
  url: `/d/backup-inventory-exporter?var-datasource=\${datasource}&var-project=\${__data.fields.project_id}&\${__url_time_range}`,
};

/** The Prometheus to ask. */
export function prometheusVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus');
}

/** The Postgres to ask. */
export function postgresVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('database').label('Database').type('grafana-postgresql-datasource');
}

/** Projects by name; their values are ids, so that a rename changes nothing. */
export function projectVariable(): QueryVariableBuilder {
  return metricVariable('project', 'Project', one('project_info', ['project_id', 'project_name']))
    .regex('/project_id="(?<value>[^"]+)".*project_name="(?<text>[^"]*)"/')
    .multi(true)
    .includeAll(true)
    .allValue('.*');
}

/** One instance of the chosen projects, by name. */
export function instanceVariable(): QueryVariableBuilder {
  const names = one('instance_info', ['instance_id', 'instance_name'], 'project_id=~"$project"');
  return metricVariable('instance', 'Instance', names).regex(
    '/instance_id="(?<value>[^"]+)".*instance_name="(?<text>[^"]*)"/',
  );
}

function metricVariable(name: string, label: string, expr: string): QueryVariableBuilder {
  const query = `query_result(${expr})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(prometheus)
    .query({ qryType: 3, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}

/** A choice made by SQL. With two columns they are `__text` and `__value`. */
export function sqlVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(postgres)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true);
}

/** Alerts that fire, marked on every graph. `labels` choose whose. */
export function alertAnnotation(labels: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(prometheus)
    .enable(true)
    .iconColor('red')
    .expr(
      `max by (alertname, severity, project_id, instance_id) (ALERTS{alertname=~"BackupInventory.+",alertstate="firing",${labels}})`,
    )
    .step('60s')
    .titleFormat('{{alertname}}')
    .textFormat('{{project_id}} {{instance_id}}')
    .tagKeys('severity');
}
