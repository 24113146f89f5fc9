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
  const attempt = `sweep_last_attempt_timestamp_seconds${scopes}`;
  return lines(
    'group by (project_id) (',
    `  ${perScope(attempt)} unless ${perScope(`sweep_last_certified_timestamp_seconds${scopes}`)}`,
    ')',
    `or (${perProject('project_info')} unless ${perProject(attempt)})`,
  );
}

/** Leaves out exempt instances and projects about which nothing is known. */
export function verdict(expr: string): string {
  return lines(
    '(',
    indent(expr),
    ')',
    `unless on (project_id, instance_id) (${perInstance('instance_protection_state{state="exempt"}')} == 1)`,
    `unless on (project_id) ${staleProjects}`,
  );
}

/**
 * How much a counter grew within the window: `increase()` would miss its first sample and what grew while nothing
 * scraped. Compares with the last value before the window. A counter that had none then counts from zero if `witness`,
 * a series that is there with or without it, had one: so a first installation does not report the past.
 */
export function grown(
  counter: string,
  labels: readonly string[],
  witness: { selector: string; on: readonly string[] } | null,
  windowSeconds: number,
  span: Span,
): string {
  const before = `[${span(day)}] offset ${span(windowSeconds)}`;
  const now = `max by (${labels.join(', ')}) (${prefix}${counter})`;
  const seen =
    witness === null ? '' : ` and on (${witness.on.join(', ')}) last_over_time(${prefix}${witness.selector}${before})`;
  return lines(
    now,
    '- (',
    `  max by (${labels.join(', ')}) (last_over_time(${prefix}${counter}${before}))`,
    '  or',
    `  0 * ${now}${seen}`,
    ')',
  );
}

export function lines(...parts: readonly string[]): string {
  return parts.join('\n');
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
