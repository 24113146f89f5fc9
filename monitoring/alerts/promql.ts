// The pieces that the alerts' expressions are built from. Every replica of the exporter shows the same series, so each
// piece first reduces them to one per project or instance: one alert for one fact, and no join on a duplicate.

import { day, type Span } from './rule.ts';

export const prefix = 'backup_inventory_';

/** Marks projects whose inventory is too old or was never complete: verdicts about them are unknown. Recorded by recordings.ts. */
export const staleProjects = 'project:backup_inventory_stale';

/** The lists that verdicts on instances rest on. Table-level backups never prove an instance. */
export const verdictScopes = '{scope=~"instances|instance_backups"}';

/** The newest word of all replicas on each project. `selector` may carry matchers. */
export function perProject(selector: string): string {
  return `max by (project_id) (${prefix}${selector})`;
}

export function perScope(selector: string): string {
  return `max by (project_id, scope) (${prefix}${selector})`;
}

/** The newest word of all replicas on each instance, whatever the backup type. */
export function perInstance(selector: string): string {
  return `max by (project_id, instance_id) (${prefix}${selector})`;
}

/** How old an inventory may be: the configured limit, or its default where the exporter does not say. */
export const freshnessLimit = `(max(${prefix}freshness_limit_seconds) or vector(10800))`;

/** Seconds between two scheduled full runs, or its default where the exporter does not say. */
export const scheduleInterval = `(max(${prefix}schedule_interval_seconds) or vector(3600))`;

/** When the list was last complete that has waited longest, per project. */
export const lastComplete = `min by (project_id) (${perScope('sweep_last_certified_timestamp_seconds')})`;

/** Projects with a list that was never complete: tried in vain, or not tried at all. `scopes` may carry matchers. */
export function neverComplete(scopes = ''): string {
  const attempt = `${prefix}sweep_last_attempt_timestamp_seconds${scopes}`;
  return lines(
    'group by (project_id) (',
    `  group by (project_id, scope) (${attempt})`,
    `  unless group by (project_id, scope) (${prefix}sweep_last_certified_timestamp_seconds)`,
    ')',
    `or (group by (project_id) (${prefix}project_info) unless group by (project_id) (${attempt}))`,
  );
}

/**
 * Leaves out instances that are exempt or do not run yet, and projects about which nothing is known. With `control`
 * also projects where that control finds nobody at fault: exemptions from a single control are known to SQL alone.
 */
export function verdict(expr: string, control?: string): string {
  const atFault = `control_instances{control="${control}",verdict="NON_COMPLIANT"}`;
  return lines(
    '(',
    indent(expr),
    ')',
    'unless on (project_id, instance_id) (',
    `  ${perInstance('instance_protection_state{state="exempt"}')} == 1`,
    `  or group by (project_id, instance_id) (${prefix}instance_status{status=~"creating|createfail"})`,
    ')',
    ...(control === undefined ? [] : [`unless on (project_id) (${perProject(atFault)} == 0)`]),
    `unless on (project_id) ${staleProjects}`,
  );
}

/** A counter: its selector without prefix, and what of its labels to sum over. */
export interface Counter {
  selector: string;
  summed?: readonly string[];
}

/**
 * How much a counter grew within the window, per set of `labels`. `increase()` would miss the first sample of a series
 * and what grew while nothing scraped: this compares with the last value before the window, a day back at most. A
 * counter that had none then counts from zero if `witness`, which is there with or without it, was there: so a first
 * installation does not report the past.
 */
export function grown(
  counter: Counter,
  labels: readonly string[],
  witness: { selector: string; on: readonly string[] },
  windowSeconds: number,
  span: Span,
): string {
  const window = span(windowSeconds);
  const sum = (of: string) => {
    const each = `max by (${[...labels, ...(counter.summed ?? [])].join(', ')}) (${of})`;
    return counter.summed === undefined ? each : `sum by (${labels.join(', ')}) (${each})`;
  };
  const now = sum(`${prefix}${counter.selector}`);
  const before = sum(`last_over_time(${prefix}${counter.selector}[${span(day)}] offset ${window})`);
  return lines(
    '(',
    indent(now),
    `  - ${before}`,
    `  or ${now}`,
    `  and on (${witness.on.join(', ')}) (${prefix}${witness.selector} offset ${window})`,
    ')',
  );
}

export function lines(...parts: readonly string[]): string {
  return parts.join('\n');
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
