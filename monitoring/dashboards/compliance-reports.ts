// The reports of the compliance dashboard: coverage, failures, losses, certificates, rules. SQL over compliance.report_*.

import { chosen, days, instance, isTrue, project, words, yesNoUnknown } from './compliance-columns.ts';
import { noneAllowed, verdictColors } from './looks.ts';
import { calendar, graph, mapping, steps } from './panel.ts';
import { postgres, sql } from './query.ts';
import { sqlTable } from './table.ts';

const coverageWords = mapping({
  '0': { text: 'good', color: 'green' },
  '1': { text: 'not due', color: 'text' },
  '2': { text: 'in progress', color: 'blue' },
  '3': { text: 'not observed', color: 'orange' },
  '4': { text: 'failed only', color: 'red' },
  '5': { text: 'none', color: 'dark-red' },
});

export const coverage = calendar({
  title: 'Calendar of coverage',
  description:
    'A box per day on which a backup was due: was there a good one? The 40 instances with the most bad days. The day is that of the begin, in UTC.',
  width: 24,
  unit: 'none',
  datasource: postgres,
  values: [coverageWords],
  targets: [
    sql(
      `with calendar as materialized (
  select project_name || ' / ' || coalesce(instance_name, instance_id) as metric, day,
    case when state = 'good' then 0 when state = 'exempt' or not required then 1 when state = 'in_progress' then 2
      when state = 'not_observed' then 3 when state = 'failed_only' then 4 else 5 end as value
  from compliance.report_coverage_calendar(${days})
  where state <> 'not_alive' and ${chosen}
), worst as (
  select metric from calendar group by metric order by count(*) filter (where value >= 3) desc, metric limit 40
)
select day::timestamp at time zone 'UTC' as time, metric, value
from calendar join worst using (metric) order by time, metric`,
      'time_series',
    ),
  ],
});

export const summary = sqlTable({
  title: 'Coverage, by instance',
  description: 'Days with a good backup of the days that required one, within the range.',
  width: 14,
  query: `select project_id, project_name, instance_id, instance_name, verdict, required_days, good_days, missed_days, unknown_days, coverage_percent / 100 as share,
  longest_missed_run
from compliance.report_coverage_summary(${days})
where ${chosen}
order by missed_days desc, unknown_days desc, instance_name limit 500`,
  columns: {
    ...instance,
    verdict: { title: 'Verdict', values: words(verdictColors) },
    required_days: { title: 'Required' },
    good_days: { title: 'Good' },
    missed_days: { title: 'Missed', steps: noneAllowed },
    unknown_days: { title: 'Unknown', steps: steps([1, 'orange']) },
    share: { title: 'Coverage', unit: 'percentunit' },
    longest_missed_run: { title: 'Longest gap' },
  },
});

export const jobs = graph({
  title: 'Backups, by day and status',
  description: 'Backups that began within the range, whether or not the cloud still lists them.',
  width: 10,
  unit: 'none',
  look: 'counts',
  datasource: postgres,
  colors: { COMPLETED: 'green', FAILED: 'red', BUILDING: 'blue' },
  targets: [
    sql(
      `select $__timeGroupAlias(begin_at, '1d'), status as metric, count(*) as value
from inventory.backup
where $__timeFilter(begin_at) and ${chosen}
group by 1, 2 order by 1`,
      'time_series',
    ),
  ],
});

export const failures = sqlTable({
  title: 'Failures and what followed',
  description:
    'Every backup that failed within the range, when the next one completed, and whether that was within the RPO.',
  width: 12,
  query: `select project_id, project_name, instance_id, instance_name, backup_type, failed_at, recovered_at, recovery_hours * 3600 as recovery, within_rpo
from compliance.report_failures_followup(${days})
where ${chosen} order by failed_at desc limit 500`,
  columns: {
    ...instance,
    backup_type: { title: 'Type' },
    failed_at: { title: 'Failed', unit: 'dateTimeAsIso' },
    recovered_at: { title: 'Next good', unit: 'dateTimeAsIso' },
    recovery: { title: 'After', unit: 's' },
    within_rpo: { title: 'Within RPO', values: yesNoUnknown },
  },
});

export const gone = sqlTable({
  title: 'Backups gone',
  description:
    'Every backup that vanished from the cloud within the range, why, and whether it had been kept as long as required.',
  width: 12,
  query: `select project_id, project_name, instance_id, instance_name, backup_id, retired_reason, retention_met, begin_at, first_missing_at, required_until
from compliance.report_retired(${days})
where ${chosen} order by retention_met, first_missing_at desc limit 500`,
  columns: {
    ...instance,
    backup_id: { title: 'Backup' },
    retired_reason: { title: 'Reason', values: words({ early: 'red', unknown: 'orange' }) },
    retention_met: { title: 'Kept long enough', values: yesNoUnknown },
    begin_at: { title: 'Began', unit: 'dateTimeAsIso' },
    first_missing_at: { title: 'First missing', unit: 'dateTimeAsIso' },
    required_until: { title: 'Required until', unit: 'dateTimeAsIso' },
  },
});

export const completeness = sqlTable({
  title: 'Completeness',
  description: 'The certificates of the range added up, per list: is what is reported about it complete?',
  width: 24,
  query: `select project_id, project_name, scope, complete, readings, certified, incomplete, quarantined, incomplete_reasons, last_certified_at,
  longest_gap_seconds, basis_reported_total, basis_distinct_ids, basis_ids_digest
from compliance.report_completeness(${days})
where ${chosen} order by complete, project_name, scope`,
  columns: {
    ...project,
    scope: { title: 'List' },
    complete: { title: 'Complete', values: yesNoUnknown },
    readings: { title: 'Readings' },
    certified: { title: 'Certified' },
    incomplete: { title: 'Incomplete', steps: steps([1, 'orange']) },
    quarantined: { title: 'Quarantined', steps: noneAllowed },
    incomplete_reasons: { title: 'Why' },
    last_certified_at: { title: 'Last certified', unit: 'dateTimeAsIso' },
    longest_gap_seconds: { title: 'Longest gap', unit: 's' },
    basis_reported_total: { title: 'Told' },
    basis_distinct_ids: { title: 'Received' },
    basis_ids_digest: { title: 'Digest of ids' },
  },
});

export const readings = graph({
  title: 'Readings, by outcome',
  description: 'Certified, or the reason why not, per hour.',
  width: 8,
  unit: 'none',
  look: 'counts',
  datasource: postgres,
  colors: { certified: 'green' },
  targets: [
    sql(
      `select $__timeGroupAlias(started_at, '1h'), coalesce(reason, 'certified') as metric, count(*) as value
from inventory.sweep
where $__timeFilter(started_at) and ${chosen}
group by 1, 2 order by 1`,
      'time_series',
    ),
  ],
});

export const certificates = sqlTable({
  title: 'Certificates',
  description: 'Every reading of every list within the range, newest first, with what it proved.',
  width: 16,
  query: `select run_id, project_id, project_name, scope, mode, certified, reason, quarantined, started_at, reported_total, distinct_ids, ids_digest, retired, error_code
from compliance.report_certificates(${days})
where ${chosen} order by started_at desc, project_name, scope limit 500`,
  columns: {
    run_id: { title: 'Run', width: 60 },
    ...project,
    scope: { title: 'List' },
    mode: { title: 'Mode' },
    certified: { title: 'Certified', values: isTrue },
    reason: { title: 'Why not' },
    quarantined: { title: 'Quarantined' },
    started_at: { title: 'Began', unit: 'dateTimeAsIso' },
    reported_total: { title: 'Told' },
    distinct_ids: { title: 'Received' },
    ids_digest: { title: 'Digest of ids' },
    retired: { title: 'Gone' },
    error_code: { title: 'Error' },
  },
});

export const rules = sqlTable({
  title: 'Rules in force',
  description: 'Objectives and exemptions now, who is responsible, and until when.',
  width: 24,
  query: `select kind, rule_position, match_project, match_instance, match_datastore, instances, rpo_seconds, retention_seconds, minimum_copies,
  control, owner, reason, expires_at, expired, valid_from
from compliance.report_rules() order by kind desc, rule_position`,
  columns: {
    kind: { title: 'Kind' },
    rule_position: { title: '#', width: 40 },
    match_project: { title: 'Projects' },
    match_instance: { title: 'Instances' },
    match_datastore: { title: 'Engines' },
    instances: { title: 'Matches' },
    rpo_seconds: { title: 'RPO', unit: 's' },
    retention_seconds: { title: 'Retention', unit: 's' },
    minimum_copies: { title: 'Copies' },
    control: { title: 'Control' },
    owner: { title: 'Owner' },
    reason: { title: 'Reason' },
    expires_at: { title: 'Expires', unit: 'dateTimeAsIso' },
    expired: { title: 'Expired' },
    valid_from: { title: 'Since', unit: 'dateTimeAsIso' },
  },
});
