// docs/metrics.md, made from the families and from the shipped alerts.

import { rules } from '../../monitoring/alerts/index.ts';
import { realTime } from '../../monitoring/alerts/rule.ts';
import { exporterFamilies, stateFamilies, workFamilies } from '../../src/prometheus/families/index.ts';
import { type Family, prefix } from '../../src/prometheus/family.ts';

type AnyFamily = Omit<Family<never>, 'samples'>;

const introduction = `# Metrics

Every name starts with \`${prefix}\`. This page is made from the code; a test compares the two.

- A series is identified by \`project_id\` and \`instance_id\`. Names, engine and version are in \`instance_info\` and
  \`project_info\`: join them where you need them, and a rename changes one series, not thirty.
- Times are seconds since 1970, sizes bytes, spans seconds. There are no ages: subtract from \`time()\`.
- What is not known is absent, never 0. \`available\`, \`consecutive_failures\` and \`instance_protection_state\` are there
  for every live instance, so one that was never backed up has series that alert.
- Everything comes from the database. What vanished there vanishes here; two replicas show the same values. Counters are
  stored sums: they survive restarts, grow when a run commits its work, and never fall. What a killed process had not
  committed yet is not counted.
- Facts stay when a project cannot be read any more, and \`sweep_last_certified_timestamp_seconds\` shows how old they are.
  Verdicts (\`instance_protection_state\`, \`control_instances\`) turn unknown once the facts are older than
  \`freshness_limit_seconds\`.
- A retired instance has no series. Its counters are kept and come back with it. Backups that it leaves behind are in
  \`orphan_backups\` and \`orphan_stored_bytes\` of the project.
- \`backup_type\` is auto, manual or other; \`backup_scope\` instance or database_table; \`status\` of backups BUILDING,
  COMPLETED, FAILED or other. What the cloud says anew is counted as other, and in \`anomalies_total\`.
- No series is about a single backup. An instance has at most 40 series, a project at most 60 besides those about our own
  readings (up to 73 were every control to give every verdict at once).
- The last column names the shipped alerts that read the metric. \`project:backup_inventory_stale\` is recorded for them: it
  mutes what is said about instances of a project whose facts are too old.
- Stable metrics keep name, labels and meaning within a major version.

\`/metrics\` answers in the Prometheus text format 0.0.4, in OpenMetrics 1.0 where asked for, and compressed where
accepted. It also has the usual \`process_*\` and \`nodejs_*\`.

\`sync --push-gateway URL\` leaves the same at a Pushgateway, without \`process_*\` and \`nodejs_*\`: one group per project,
replaced whole and deleted once the project is no longer configured. Scrape the gateway with \`honor_labels: true\`.

\`doctor --reconcile\` recomputes every series from plain SQL and compares it with a running exporter.
`;

const sections: readonly { title: string; families: readonly AnyFamily[] }[] = [
  { title: 'Projects', families: stateFamilies.filter((family) => family.per === 'project') },
  { title: 'Instances', families: stateFamilies.filter((family) => family.per === 'instance') },
  { title: 'Our own work', families: workFamilies },
  { title: 'This process', families: exporterFamilies },
];

/** The whole page. */
export function metricsReference(): string {
  return [introduction, ...sections.map(({ title, families }) => `## ${title}\n\n${table(families)}\n`)].join('\n');
}

function table(families: readonly AnyFamily[]): string {
  const head = '| Metric | Type | Labels | Unit | Meaning | Stability | Alerts |\n|---|---|---|---|---|---|---|';
  return [head, ...families.map(row)].join('\n');
}

function row({ name, type, labels, unit, help, stability }: AnyFamily): string {
  const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ');
  const cells = [code([name]), type, code(labels), unit ?? '', help, stability, alertsOn(name).join(', ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The alerts and recorded series whose expression reads the metric. */
function alertsOn(name: string): string[] {
  const reads = new RegExp(`\\b${prefix}${name}(_bucket|_sum|_count)?\\b`);
  const named = [
    ...rules.alerts.map(({ alert, expr }) => ({ name: alert, expr })),
    ...rules.recordings.map(({ record, expr }) => ({ name: `\`${record}\``, expr })),
  ];
  return named.filter(({ expr }) => reads.test(expr(realTime))).map((rule) => rule.name);
}
