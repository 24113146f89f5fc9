// Alerts for working hours: protection is eroding, or the exporter needs care.

import { formerProjectName, instanceName, projectName, readingOf } from './names.ts';
import { failuresInARow } from './pages.ts';
import {
  type Counter,
  grown,
  indent,
  lastComplete,
  lines,
  neverComplete,
  perInstance,
  prefix,
  scheduleInterval,
  staleProjects,
  verdict,
} from './promql.ts';
import { type Alert, day, hour, minute, type Span } from './rule.ts';

export const tickets: readonly Alert[] = [
  {
    alert: 'BackupInventoryBackupFailed',
    severity: 'ticket',
    forSeconds: 5 * minute,
    expr: () => verdict(`${perInstance('consecutive_failures')} > 0 < ${failuresInARow}`),
    summary: `The newest backup of ${instanceName} in project ${projectName} failed`,
    description: 'A backup failed and none has completed since.',
  },
  {
    alert: 'BackupInventoryBackupStuck',
    severity: 'ticket',
    forSeconds: 15 * minute,
    expr: (span) => verdict(stuck(span), 'BK-06'),
    summary: `A backup of ${instanceName} in project ${projectName} has been running for {{ $value | humanizeDuration }}`,
    description:
      'A backup runs more than twice as long as nearly all completed ones of the last two weeks, and more than 6 h.',
  },
  {
    alert: 'BackupInventoryPolicyDisabled',
    severity: 'ticket',
    forSeconds: 15 * minute,
    expr: () => verdict(`${perInstance('policy_enabled')} == 0`, 'BK-02'),
    summary: `Automated backups of ${instanceName} in project ${projectName} are switched off`,
    description: 'The backup policy of the instance keeps backups for 0 days, which switches automated backups off.',
  },
  {
    alert: 'BackupInventoryRetentionShort',
    severity: 'ticket',
    forSeconds: 15 * minute,
    expr: () =>
      verdict(
        lines(
          `${perInstance('policy_retention_seconds')} < ${perInstance('objective_retention_seconds')}`,
          `unless ${perInstance('policy_enabled')} == 0`,
        ),
        'BK-03',
      ),
    summary: `Backups of ${instanceName} in project ${projectName} are kept for {{ $value | humanizeDuration }}, required are ${readingOf('objective_retention_seconds', 'humanizeDuration')}`,
    description: 'The backup policy of the instance deletes backups sooner than its retention objective allows.',
  },
  {
    alert: 'BackupInventorySizeAnomaly',
    severity: 'ticket',
    forSeconds: 15 * minute,
    expr: () =>
      lines(
        'max by (project_id) (',
        `  ${prefix}control_instances{control="BK-08",verdict="NON_COMPLIANT"}`,
        ') > 0',
        `unless on (project_id) ${staleProjects}`,
      ),
    summary: `Instances in project ${projectName} whose newest backup has an unusual size: {{ $value }}`,
    description: 'The newest backup is empty, or far larger or smaller than the ones before it.',
  },
  {
    alert: 'BackupInventoryProjectMissing',
    severity: 'ticket',
    forSeconds: 15 * minute,
    expr: (span) =>
      lines(
        `group by (project_id) (last_over_time(${prefix}project_info[${span(day)}]))`,
        `unless group by (project_id) (${prefix}project_info)`,
        `and on () group(${prefix}build_info)`,
      ),
    summary: `Project ${formerProjectName} is not monitored any more`,
    description:
      'The exporter knew the project within the last day. It was taken out of the configuration or is not discovered.',
  },
  {
    alert: 'BackupInventoryThrottled',
    severity: 'ticket',
    forSeconds: 10 * minute,
    expr: throttled,
    summary: `The cloud throttles the backup inventory, {{ if $labels.project_id }}lists of project ${projectName} given up: {{ $value }}{{ else }}requests waited {{ $value | humanizeDuration }}{{ end }}`,
    description:
      'Lists were given up, or much of the time between two runs was lost, because the cloud refused requests for their rate.',
  },
  {
    alert: 'BackupInventoryAuthenticationFailing',
    severity: 'ticket',
    forSeconds: 10 * minute,
    expr: (span) =>
      notComplete({ selector: 'sweeps_total{outcome=~"auth|forbidden"}', summed: ['scope', 'outcome'] }, span),
    summary: `The cloud refuses the credentials for project ${projectName}, lists not read: {{ $value }}`,
    description: 'Lists were not read because the credentials are refused or may not read them.',
  },
  {
    alert: 'BackupInventoryCredentialExpiring',
    severity: 'ticket',
    forSeconds: 5 * minute,
    // A run renews its token ten minutes before the end. One that ends between two runs is as it should be.
    expr: () => `time() - max(${prefix}credential_expiry_timestamp_seconds) > ${scheduleInterval}`,
    summary: 'The token of the backup inventory ended {{ $value | humanizeDuration }} ago and was not renewed',
    description: 'The last token for the cloud has ended, and the run that should have renewed it did not.',
  },
  {
    alert: 'BackupInventorySnapshotStale',
    severity: 'ticket',
    forSeconds: 5 * minute,
    expr: () => `time() - min(${prefix}snapshot_timestamp_seconds) > ${scheduleInterval}`,
    summary: 'A backup inventory exporter serves facts that are {{ $value | humanizeDuration }} old',
    description:
      'The exporter could not read its database since then. Metrics and alerts show what was known at that time.',
  },
  {
    alert: 'BackupInventoryClockSkew',
    severity: 'ticket',
    forSeconds: 10 * minute,
    expr: () => `max(abs(${prefix}clock_skew_seconds)) > ${5 * minute}`,
    summary: 'The clock of the backup inventory differs from the cloud by {{ $value | humanizeDuration }}',
    description: 'At 15 min the cloud refuses signed requests. Ages of backups are wrong by the difference.',
  },
  {
    alert: 'BackupInventorySchemaAnomaly',
    severity: 'ticket',
    forSeconds: 0,
    expr: (span) =>
      `${grown({ selector: 'anomalies_total' }, ['kind'], { selector: 'build_info', on: [] }, 6 * hour, span)} > 0`,
    summary: 'The cloud sent values that are not as documented: {{ $value }} × {{ $labels.kind }}',
    description:
      'Rows or fields of the cloud were not understood. They are kept as received; the list may not count as complete.',
  },
  {
    alert: 'BackupInventoryCronJobLate',
    severity: 'ticket',
    forSeconds: 5 * minute,
    expr: () =>
      lines(`time() - ${cronJob('kube_cronjob_next_schedule_time')}`, `  > on () group_left () ${scheduleInterval}`),
    summary: 'CronJob {{ $labels.namespace }}/{{ $labels.cronjob }} is {{ $value | humanizeDuration }} late',
    description: 'Kubernetes did not start the job at its time, or the job before it still runs.',
  },
  {
    alert: 'BackupInventoryCronJobSuspended',
    severity: 'ticket',
    forSeconds: 15 * minute,
    expr: () => `${cronJob('kube_cronjob_spec_suspend')} == 1`,
    summary: 'CronJob {{ $labels.namespace }}/{{ $labels.cronjob }} is suspended',
    description: 'No run is started while the CronJob is suspended.',
  },
];

/** Longer than 6 h, and than twice the 95th percentile of what completed in two weeks: the limits of control BK-06. */
function stuck(span: Span): string {
  const running = `time() - ${perInstance('oldest_building_timestamp_seconds')}`;
  const usual = `quantile_over_time(0.95, ${prefix}last_duration_seconds[${span(14 * day)}])`;
  return lines(`${running} > ${6 * hour}`, `unless ${running} <= 2 * max by (project_id, instance_id) (${usual})`);
}

/** Projects whose lists ended with one of the outcomes lately and were not read completely since the run before. */
function notComplete(ended: Counter, span: Span): string {
  const known = { selector: 'project_info', on: ['project_id'] };
  return lines(
    `${grown(ended, ['project_id'], known, 2 * hour, span)} > 0`,
    'and on (project_id) (',
    `  time() - ${lastComplete} > on () group_left () 1.5 * ${scheduleInterval}`,
    indent(`or ${neverComplete()}`),
    ')',
  );
}

/** Lists given up for it, or waits that add up to half of the time between two runs. */
function throttled(span: Span): string {
  const waits = { selector: 'api_throttle_wait_seconds_total{reason="throttled"}' };
  const waited = grown(waits, [], { selector: 'build_info', on: [] }, 2 * hour, span);
  const given = { selector: 'sweeps_total{outcome="throttled"}', summed: ['scope'] };
  return lines(notComplete(given, span), 'or', `${waited} > 0.5 * ${scheduleInterval}`);
}

function cronJob(metric: string): string {
  return `max by (namespace, cronjob) (${metric}{cronjob=~".*backup-inventory.*"})`;
}
