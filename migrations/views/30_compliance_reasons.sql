-- The controls and the reason codes: which verdict each gives, and the sentence a human would write.
-- The verdict of a finding follows from its reason alone, so the two cannot contradict each other.

create or replace view compliance.control as
select control_id, control_version, slug, title, question
from (values
  ('BK-01', 1, 'last_good_backup', 'Recovery point', 'Is the newest completed backup within the RPO?'),
  ('BK-02', 1, 'policy_enabled', 'Policy on', 'Is the automated backup policy on?'),
  ('BK-03', 1, 'policy_objective', 'Policy retention', 'Does the policy keep backups as long as required?'),
  ('BK-04', 1, 'retention_achieved', 'Retention achieved', 'Are backups really kept that long?'),
  ('BK-05', 1, 'failed_streak', 'Failures', 'Have three backups in a row failed, or one without a success within the RPO?'),
  ('BK-06', 1, 'stuck_building', 'Stuck', 'Is a backup being built for longer than its history suggests?'),
  ('BK-07', 1, 'unprotected', 'Unprotected', 'Has the instance no completed backup 26 hours after its creation?'),
  ('BK-08', 1, 'size_anomaly', 'Size', 'Is the newest backup empty, or far from the size of those before it?'),
  ('BK-09', 1, 'early_retirement', 'Gone early', 'Did a backup vanish before its required retention was over?'),
  ('BK-10', 1, 'daily_coverage', 'Daily coverage', 'Was there a good backup on each of the last seven complete days?'),
  ('BK-11', 1, 'minimum_copies', 'Copies', 'Are there at least as many restorable copies as required?'),
  ('BK-12', 1, 'orphan_backup', 'Orphans', 'Are manual backups left of an instance that is gone?'),
  ('BK-13', 1, 'monitoring_operated', 'Monitoring', 'Did the inventory itself run without a blind gap?')
) as c (control_id, control_version, slug, title, question);
comment on view compliance.control is 'The controls.';
comment on column compliance.control.control_id is 'Id of the control.';
comment on column compliance.control.control_version is 'Grows when its rule changes.';
comment on column compliance.control.slug is 'Its view is compliance.control_<slug>, its as-of function compliance.control_<slug>_at.';
comment on column compliance.control.title is 'Short name.';
comment on column compliance.control.question is 'What it asks.';

create or replace view compliance.reason as
select reason_code, verdict, sentence
from (values
  -- of any control
  ('stale', 'UNKNOWN', 'The newest certified reading began {data_as_of}. That is older than the freshness limit, so nothing is known of now.'),
  ('never_certified', 'UNKNOWN', 'No reading of the needed list was ever certified, so nothing is known.'),
  ('quarantined', 'UNKNOWN', 'The newest reading missed more than half of the list and is quarantined until that is confirmed.'),
  ('clock_off', 'UNKNOWN', 'The newest backup ends more than 15 minutes after this instant, so a clock is off.'),
  ('no_objective', 'UNKNOWN', 'No objective of the configuration matches the instance.'),
  ('listing_in_doubt', 'UNKNOWN', 'It would hold only with backups that the newest reading did not list. The next one decides.'),
  ('instance_not_running', 'NOT_APPLICABLE', 'The instance is still being created, or its creation failed.'),
  ('exempt', 'EXEMPT', 'An exemption is in force.'),
  ('exemption_expired', 'NON_COMPLIANT', 'The exemption has expired, and the control does not say COMPLIANT without it.'),
  ('no_completed_backup', 'NON_COMPLIANT', 'There is no completed backup that counts.'),
  ('no_retention_required', 'NOT_APPLICABLE', 'The objective requires no retention.'),
  ('policy_off', 'NON_COMPLIANT', 'The automated backup policy is off.'),
  ('policy_not_known', 'UNKNOWN', 'The cloud does not say what the policy is.'),
  ('too_young', 'NOT_APPLICABLE', 'The instance is too young to be judged.'),
  -- BK-01
  ('within_rpo', 'COMPLIANT', 'The newest completed backup ended {measured} before; allowed: {threshold}.'),
  ('rpo_exceeded', 'NON_COMPLIANT', 'The newest completed backup ended {measured} before; allowed: {threshold}.'),
  ('first_backup_due', 'NOT_APPLICABLE', 'The instance is {measured} old: its first backup is due within {threshold}.'),
  -- BK-02, BK-03
  ('policy_on', 'COMPLIANT', 'The policy is on and keeps backups for {measured}.'),
  ('policy_sufficient', 'COMPLIANT', 'The policy keeps backups for {measured}; required: {threshold}.'),
  ('policy_too_short', 'NON_COMPLIANT', 'The policy keeps backups for only {measured}; required: {threshold}.'),
  -- BK-04
  ('kept_long_enough', 'COMPLIANT', 'The oldest completed backup began {measured} before; expected: at least {threshold}.'),
  ('not_kept_long_enough', 'NON_COMPLIANT', 'The oldest completed backup began only {measured} before; expected: at least {threshold}.'),
  -- BK-05
  ('no_open_failure', 'COMPLIANT', 'No backup has failed since the newest completed one.'),
  ('failure_recent', 'COMPLIANT', '{measured} failed since the newest completed one; the RPO is not over yet.'),
  ('failures_in_a_row', 'NON_COMPLIANT', '{measured} in a row failed; {threshold} are too many.'),
  ('failure_not_recovered', 'NON_COMPLIANT', '{measured} failed, and no success followed within the RPO.'),
  -- BK-06
  ('none_building', 'COMPLIANT', 'No backup is being built.'),
  ('building_in_time', 'COMPLIANT', 'A backup has been in the making for {measured}; up to {threshold} is usual.'),
  ('stuck_building', 'NON_COMPLIANT', 'A backup has been in the making for {measured}; up to {threshold} is usual.'),
  ('unknown_status', 'UNKNOWN', 'A backup has had a status that this program does not know for {measured}.'),
  -- BK-07
  ('protected', 'COMPLIANT', 'The instance has {measured} completed.'),
  ('unprotected', 'NON_COMPLIANT', 'The instance has no completed backup, {measured} after its creation.'),
  ('in_grace', 'NOT_APPLICABLE', 'The instance is {measured} old; it is judged from {threshold} on.'),
  -- BK-08
  ('size_usual', 'COMPLIANT', 'The newest backup has {measured}, within the usual range.'),
  ('size_zero', 'NON_COMPLIANT', 'The newest completed backup is empty.'),
  ('size_anomalous', 'NON_COMPLIANT', 'The newest backup has {measured}; the usual range ends at {threshold}.'),
  ('size_not_known', 'UNKNOWN', 'The cloud does not say the size of the newest backup.'),
  ('too_few_samples', 'NOT_APPLICABLE', 'Fewer than {threshold} came before it, so there is no usual size.'),
  -- BK-09
  ('none_gone_early', 'COMPLIANT', 'No completed backup vanished before its required retention was over.'),
  ('gone_early', 'NON_COMPLIANT', '{measured} vanished before the required retention was over.'),
  ('expired_too_soon', 'NON_COMPLIANT', '{measured} expired by policy before the required retention was over.'),
  ('gone_with_instance', 'NON_COMPLIANT', '{measured} went with the instance before the required retention was over.'),
  ('gone_unobserved', 'UNKNOWN', '{measured} vanished in a blind gap in which the required retention ended.'),
  -- BK-10
  ('every_day_covered', 'COMPLIANT', 'Good backups on {measured} of {threshold}.'),
  ('days_missed', 'NON_COMPLIANT', 'Good backups on only {measured} of {threshold}.'),
  ('days_not_observed', 'UNKNOWN', 'Good backups on {measured} of {threshold}; what the others had was not observed.'),
  ('no_complete_day', 'NOT_APPLICABLE', 'The instance has not lived through a whole day of the period.'),
  -- BK-11
  ('enough_copies', 'COMPLIANT', 'Restorable: {measured}; required: {threshold}.'),
  ('too_few_copies', 'NON_COMPLIANT', 'Restorable: only {measured}; required: {threshold}.'),
  ('no_copies_required', 'NOT_APPLICABLE', 'The objective requires no number of copies.'),
  -- BK-12
  ('instance_alive', 'NOT_APPLICABLE', 'The instance is alive.'),
  ('orphaned_backups', 'NON_COMPLIANT', 'The instance is gone; left of it, made by hand: {measured}.'),
  ('instance_not_yet_listed', 'UNKNOWN', 'The backup is newer than the newest reading of instances.'),
  -- BK-13
  ('no_blind_gap', 'COMPLIANT', 'The longest gap between certified readings of the last seven days was {measured}; up to {threshold} is no blind gap.'),
  ('blind_gap', 'NON_COMPLIANT', 'The longest gap between certified readings of the last seven days was {measured}; up to {threshold} is no blind gap.'),
  ('proof_at_risk', 'NON_COMPLIANT', 'Nothing has been read for {measured}. After {threshold} backups expire unseen and proof is lost for good.'),
  ('proof_lost', 'NON_COMPLIANT', 'Nothing was read for {measured}. Backups are kept for {threshold}, so some may have come and gone unseen.')
) as r (reason_code, verdict, sentence);
comment on view compliance.reason is 'The reason codes: the verdict of each and what it says. {measured}, {threshold} and {data_as_of} stand for the columns of the finding.';
comment on column compliance.reason.reason_code is 'The code.';
comment on column compliance.reason.verdict is 'COMPLIANT, NON_COMPLIANT, UNKNOWN, EXEMPT or NOT_APPLICABLE.';
comment on column compliance.reason.sentence is 'What it says, for humans.';

create or replace function compliance.settle(
  reason_code text, as_of timestamptz, control_id text,
  project_id text, project_name text, instance_name text, datastore_type text
) returns table (verdict text, settled_reason text)
language sql stable as $$
  select
    case when r.verdict = 'NOT_APPLICABLE' then r.verdict
      when e.expires_at > as_of then 'EXEMPT'
      when e.expires_at <= as_of and r.verdict <> 'COMPLIANT' then 'NON_COMPLIANT'
      else r.verdict end,
    case when r.verdict = 'NOT_APPLICABLE' then r.reason_code
      when e.expires_at > as_of then 'exempt'
      when e.expires_at <= as_of and r.verdict <> 'COMPLIANT' then 'exemption_expired'
      else r.reason_code end
  from compliance.reason r
  left join lateral compliance.exemption_at($2, $3, $4, $5, $6, $7) e on true
  where r.reason_code = $1
$$;
comment on function compliance.settle(text, timestamptz, text, text, text, text, text) is 'The verdict of a reason after exemptions. In force: EXEMPT. Expired: NON_COMPLIANT unless the control says COMPLIANT by itself. Nothing exempts from NOT_APPLICABLE.';
