// Alerts that wake somebody: an instance is not protected, or we can no longer tell.

import { instanceName, projectName, readingOf } from './names.ts';
import {
  freshnessLimit,
  grown,
  indent,
  lastComplete,
  lines,
  neverComplete,
  perInstance,
  perProject,
  perScope,
  prefix,
  scheduleInterval,
  verdict,
} from './promql.ts';
import { type Alert, hour, minute } from './rule.ts';

/** Failures in a row that page; fewer are a ticket. */
export const failuresInARow = 3;

export const pages: readonly Alert[] = [
  {
    alert: 'BackupInventoryExporterDown',
    severity: 'page',
    forSeconds: 10 * minute,
    expr: () => `absent(${prefix}build_info)`,
    summary: 'Prometheus gets no metrics from the backup inventory exporter',
    description: 'No exporter is scraped, so no other alert about backups can fire.',
  },
  {
    alert: 'BackupInventoryStale',
    severity: 'page',
    forSeconds: 5 * minute,
    expr: () => `time() - ${lastComplete}\n  > on () group_left () ${freshnessLimit}`,
    summary: `The backup inventory of project ${projectName} has not been complete for {{ $value | humanizeDuration }}`,
    description:
      'A list of the project was not read to the end for longer than the freshness limit. Verdicts about its instances are unknown and their alerts are muted.',
  },
  {
    alert: 'BackupInventoryNeverComplete',
    severity: 'page',
    forSeconds: hour,
    expr: () => neverComplete(),
    summary: `The backup inventory of project ${projectName} was never complete`,
    description:
      'A list of the project was not once read to the end. Nothing can be said about its backups and alerts about its instances are muted.',
  },
  {
    alert: 'BackupInventoryRpoBreached',
    severity: 'page',
    forSeconds: 5 * minute,
    expr: () => verdict(rpoBreached()),
    summary: `The newest good backup of ${instanceName} in project ${projectName} is {{ $value | humanizeDuration }} old, allowed are ${readingOf('objective_rpo_seconds', 'humanizeDuration')}`,
    description:
      'The newest completed backup of the instance ended longer ago than its recovery point objective allows.',
  },
  {
    alert: 'BackupInventoryInstanceUnprotected',
    severity: 'page',
    forSeconds: 15 * minute,
    expr: () => verdict(unprotected()),
    summary: `${instanceName} in project ${projectName} has no completed backup{{ if eq $value 0.0 }} at all{{ else }} that counts{{ end }}`,
    description:
      'The instance is older than its recovery point objective and cannot be restored from a backup as required.',
  },
  {
    alert: 'BackupInventoryBackupRetiredEarly',
    severity: 'page',
    forSeconds: 0,
    expr: (span) =>
      `${grown({ selector: 'retired_total{reason="early"}' }, ['project_id'], { selector: 'project_info', on: ['project_id'] }, 6 * hour, span)} > 0`,
    summary: `Backups of project ${projectName} vanished before their time: {{ $value }}`,
    description: 'Backups vanished from the cloud before their retention ended. Somebody or something deleted them.',
  },
  {
    alert: 'BackupInventoryBackupFailedRepeatedly',
    severity: 'page',
    forSeconds: 5 * minute,
    expr: () => verdict(`${perInstance('consecutive_failures')} >= ${failuresInARow}`, 'BK-05'),
    summary: `The last {{ $value }} backups of ${instanceName} in project ${projectName} failed`,
    description: 'Backups of the instance fail again and again; it will not recover by itself.',
  },
  {
    alert: 'BackupInventoryScopeQuarantined',
    severity: 'page',
    forSeconds: 0,
    expr: () => `${perScope('quarantined')} == 1`,
    summary: `More than half of {{ $labels.scope }} of project ${projectName} vanished at once`,
    description:
      'A complete list lacked so many known rows that none of them is declared gone until this is confirmed. Either they were deleted or the cloud answers wrongly.',
  },
];

/**
 * Not yet where the newest complete list was read before the deadline and the next one is not due: a backup that ended
 * in time may just not have been seen.
 */
function rpoBreached(): string {
  const success = perInstance('last_success_timestamp_seconds');
  const rpo = perInstance('objective_rpo_seconds');
  const looked = perProject('sweep_last_certified_timestamp_seconds{scope="instance_backups"}');
  return lines(
    `time() - ${success} > ${rpo}`,
    'unless (',
    indent(lines(`${success} + ${rpo}`, `  >= on (project_id) group_left () ${looked}`)),
    `  and on (project_id) (time() - ${looked} <= on () group_left () ${scheduleInterval})`,
    ')',
  );
}

/** None at all after the grace of a new instance; or SQL says unprotected while the age of the newest is no reason. */
function unprotected(): string {
  const rpo = perInstance('objective_rpo_seconds');
  return lines(
    `${perInstance('available')} == 0`,
    `unless time() - ${perInstance('instance_created_timestamp_seconds')} <= ${rpo}`,
    'or',
    `${perInstance('instance_protection_state{state="unprotected"}')} == 1`,
    `unless time() - ${perInstance('last_success_timestamp_seconds')} > ${rpo}`,
  );
}
