// Rules as YAML: a plain rules file for Prometheus, and a PrometheusRule for the operator, from the same groups.

import { stringify } from 'yaml';
import type { Rules } from './index.ts';
import { type Alert, realTime, type Span } from './rule.ts';

/** Where the runbooks are found; set RUNBOOK_BASE_URL or pass another one when generating for a fork or an intranet. */
export const defaultRunbookBase =
  'https://github.com/backup-inventory-exporter/backup-inventory-exporter/blob/main/docs/runbooks/';

export interface RenderOptions {
  runbookBase: string;
  /** Durations of `for` and of windows; the drill compresses them. */
  span: Span;
}

export const shipped: RenderOptions = { runbookBase: defaultRunbookBase, span: realTime };

const header =
  '# Generated from monitoring/alerts. Do not edit: change the source and run `npm run generate:monitoring`.\n';

/** A rules file for `rule_files` of Prometheus, or for promtool. */
export function renderRulesFile(rules: Rules, options: RenderOptions): string {
  return header + toYaml({ groups: groups(rules, options) });
}

/** A custom resource of the Prometheus operator. */
export function renderPrometheusRule(rules: Rules, options: RenderOptions): string {
  return (
    header +
    toYaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'backup-inventory', labels: { 'app.kubernetes.io/name': 'backup-inventory-exporter' } },
      spec: { groups: groups(rules, options) },
    })
  );
}

/** One group: Prometheus evaluates it in order, so what is recorded is there when the alerts are evaluated. */
function groups({ recordings, alerts }: Rules, options: RenderOptions) {
  return [
    {
      name: 'backup-inventory',
      rules: [
        ...recordings.map(({ record, expr }) => ({ record, expr: expr(options.span) })),
        ...alerts.map((alert) => alertRule(alert, options)),
      ],
    },
  ];
}

function alertRule(alert: Alert, { span, runbookBase }: RenderOptions) {
  return {
    alert: alert.alert,
    expr: alert.expr(span),
    ...(alert.forSeconds > 0 && { for: span(alert.forSeconds) }),
    labels: { severity: alert.severity },
    annotations: annotations(alert, runbookBase),
  };
}

/** What the alert says; the summary is a template of Prometheus. */
export function annotations(alert: Alert, runbookBase: string) {
  return { summary: alert.summary, description: alert.description, runbook_url: `${runbookBase}${alert.alert}.md` };
}

function toYaml(document: object): string {
  return stringify(document, { lineWidth: 0, blockQuote: 'literal' });
}
