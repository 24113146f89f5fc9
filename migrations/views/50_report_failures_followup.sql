-- Every backup of a whole instance that was ever seen FAILED, by the period of its begin, and the success that followed.
-- From history: a failure that is no longer listed, or that the cloud later called something else, is still here.

create or replace function compliance.report_failures_followup(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  backup_id text,
  backup_type text,
  begin_at timestamptz,
  failed_at timestamptz,
  recovered_at timestamptz,
  recovery_hours double precision,
  recovery_backup_id text,
  rpo_seconds bigint,
  within_rpo text,
  listed boolean
)
language sql stable as $$
  with failed as materialized (
    select distinct h.project_id, h.backup_id
    from compliance.report_period(first_day, last_day, time_zone, as_of) p
    join inventory.backup_history h on h.begin_at >= p.starts_at and h.begin_at < p.ends_at
    where h.backup_scope = 'instance' and h.status = 'FAILED' and h.recorded_from <= as_of
  ), ordered as materialized ( -- a fence: else its order tempts into a merge by project alone
    select b.project_id, b.backup_id, b.instance_id, b.instance_name, b.datastore_type, b.backup_type, b.begin_at, b.end_at,
      b.missing_since, b.retired_at,
      -- The least of what began later: end, then id, as one text of ten digits and the id.
      min(case when b.status = 'COMPLETED'
          then date_part('epoch', coalesce(b.end_at, b.begin_at))::bigint::text || b.backup_id collate "C" end)
        over (partition by b.project_id, b.instance_id order by b.begin_at desc, b.backup_id
          rows between unbounded preceding and 1 preceding) as next_good
    from compliance.report_period(first_day, last_day, time_zone, as_of) p
    join inventory.backup_as_of(as_of) b on b.begin_at >= p.starts_at
    where b.backup_scope = 'instance'
  )
  select b.project_id, j.name, j.region, b.instance_id, coalesce(i.name, b.instance_name), b.backup_id, b.backup_type,
    b.begin_at, n.failed_at, n.recovered_at,
    extract(epoch from n.recovered_at - n.failed_at)::double precision / 3600, substr(b.next_good, 11), o.rpo_seconds,
    case
      when o.rpo_seconds is null then 'unknown'
      when n.recovered_at <= n.failed_at + o.rpo_seconds * interval '1 second' then 'yes'
      when n.recovered_at is not null then 'no'
      when as_of <= n.failed_at + o.rpo_seconds * interval '1 second' then 'pending'
      when r.backups_as_of > n.failed_at + o.rpo_seconds * interval '1 second' then 'no'
      else 'unknown' end,
    b.missing_since is null and b.retired_at is null
  from failed f
  join ordered b on b.project_id = f.project_id and b.backup_id = f.backup_id
  cross join lateral (
    select coalesce(b.end_at, b.begin_at) as failed_at, to_timestamp(substr(b.next_good, 1, 10)::double precision) as recovered_at
  ) n
  left join inventory.project_as_of(as_of) j on j.project_id = b.project_id
  left join inventory.instance_as_of(as_of) i on i.project_id = b.project_id and i.instance_id = b.instance_id
  left join compliance.basis_at(as_of) r on r.project_id = b.project_id
  left join lateral compliance.objective_at(
    n.failed_at, b.project_id, j.name, coalesce(i.name, b.instance_name), coalesce(i.datastore_type, b.datastore_type)
  ) o on true
$$;
comment on function compliance.report_failures_followup(date, date, text, timestamptz) is 'Every failed backup of the period, when a success followed, and whether that was within the RPO.';

create or replace view compliance.report_failures_followup as select * from compliance.report_failures_followup();
comment on view compliance.report_failures_followup is 'Every failed backup of the period, when a success followed, and whether that was within the RPO. This view: the last 30 days, in UTC.';
comment on column compliance.report_failures_followup.project_id is 'The project.';
comment on column compliance.report_failures_followup.project_name is 'Its name.';
comment on column compliance.report_failures_followup.region is 'Its region.';
comment on column compliance.report_failures_followup.instance_id is 'The instance.';
comment on column compliance.report_failures_followup.instance_name is 'Its name.';
comment on column compliance.report_failures_followup.backup_id is 'The failed backup.';
comment on column compliance.report_failures_followup.backup_type is 'auto, manual, or verbatim.';
comment on column compliance.report_failures_followup.begin_at is 'When it began.';
comment on column compliance.report_failures_followup.failed_at is 'When it ended (its begin where that is not known).';
comment on column compliance.report_failures_followup.recovered_at is 'End of the first completed backup that began later; null = none did.';
comment on column compliance.report_failures_followup.recovery_hours is 'From the failure to that.';
comment on column compliance.report_failures_followup.recovery_backup_id is 'That backup.';
comment on column compliance.report_failures_followup.rpo_seconds is 'RPO in force at the failure, in seconds; null = no objective was.';
comment on column compliance.report_failures_followup.within_rpo is 'yes, no, pending (the RPO is not over), or unknown (no objective, or not read since).';
comment on column compliance.report_failures_followup.listed is 'The cloud still listed the failed backup.';
