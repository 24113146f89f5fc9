// One case of a rule's test, and the promtool file that a list of them becomes.

import { stringify } from 'yaml';
import { type Rules, rules } from '../../../monitoring/alerts/index.ts';
import { annotations, renderRulesFile, shipped } from '../../../monitoring/alerts/render.ts';
import type { Alert } from '../../../monitoring/alerts/rule.ts';
import { rest, type Series } from './fleet.ts';

/** What every alert must be tried on. */
export const kinds = ['fires', 'quiet', 'boundary', 'stale', 'absent'] as const;

/** An alert that is expected. Its severity, description and runbook are those of the rule. */
export interface Firing {
  labels: Readonly<Record<string, string>>;
  summary: string;
}

export interface Case {
  kind: (typeof kinds)[number];
  /** A sentence about the behaviour. */
  name: string;
  series: readonly Series[];
  /** Second of the evaluation, counted from 0. */
  at: number;
  /** Seconds between two samples and between two evaluations; 300 where not said. */
  interval?: number;
  expect: readonly Firing[];
}

/** The cases of one alert, or of a recorded series where `name` is none of an alert. */
export interface Suite {
  rule: string;
  cases: readonly Case[];
}

/**
 * Files for `promtool test rules`, name → content, next to the rules file. One per interval: it is set per file.
 * `names` are the names under which the rule, or changed copies of it, stand in the rules file.
 */
export function promtoolFiles(
  rulesFile: string,
  { rule, cases }: Suite,
  names: readonly string[] = [rule],
): ReadonlyMap<string, string> {
  const files = [...Map.groupBy(cases, ({ interval = 300 }) => interval)].map(([interval, group]) => {
    const document = {
      rule_files: [rulesFile],
      evaluation_interval: `${interval}s`,
      tests: group.map((one) => promtoolTest(rule, names, interval, one)),
    };
    return [`every-${interval}s.yaml`, stringify(document, { lineWidth: 0 })] as const;
  });
  return new Map(files);
}

function promtoolTest(rule: string, names: readonly string[], interval: number, one: Case) {
  const { kind, name, series, at, expect } = one;
  const alert = rules.alerts.find((candidate) => candidate.alert === rule);
  const used = metricsOf(rule);
  const samples = String(Math.ceil(at / interval) + 1);
  const eval_time = `${at}s`;
  return {
    name: `${kind}: ${name}`,
    interval: `${interval}s`,
    input_series: series
      .filter((candidate) => used.has(metricName(candidate)))
      .map((each) => ({
        series: metricName(each) + braces(each.labels),
        values: each.values.replaceAll(rest, samples),
      })),
    ...(alert === undefined
      ? {
          promql_expr_test: names.map((expr) => ({
            expr,
            eval_time,
            exp_samples: expect.map(({ labels }) => ({ labels: `${expr}${braces(labels)}`, value: 1 })),
          })),
        }
      : {
          alert_rule_test: names.map((alertname) => ({
            eval_time,
            alertname,
            exp_alerts: expect.map((each) => expected({ ...alert, alert: alertname }, each)),
          })),
        }),
  };
}

function expected(alert: Alert, { labels, summary }: Firing) {
  return {
    exp_labels: { ...labels, severity: alert.severity },
    exp_annotations: { ...annotations(alert, shipped.runbookBase), summary },
  };
}

/** The recorded series and one alert, or the recorded series alone: what a test of the rule needs. */
export function rulesFor(rule: string): Rules {
  return { recordings: rules.recordings, alerts: rules.alerts.filter(({ alert }) => alert === rule) };
}

/** All series that the rule or its annotations look at: others would only take time. */
function metricsOf(rule: string): ReadonlySet<string> {
  const text = renderRulesFile(rulesFor(rule), shipped);
  return new Set([...text.matchAll(/\b(?:backup_inventory|kube)_\w+/g)].map(([name]) => name));
}

function metricName({ metric }: Series): string {
  return metric.startsWith('kube_') ? metric : `backup_inventory_${metric}`;
}

function braces(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(',')}}`;
}
