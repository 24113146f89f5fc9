-- BK-10 Was there a good backup on each of the last seven complete UTC days? The days behind it: report_coverage_calendar.

create or replace function compliance.control_daily_coverage_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-10', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    coalesce(c.good, 0)::double precision, coalesce(c.required, 0)::double precision, 'days', coalesce(c.backup_ids, '{}'),
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.subject_at(as_of) s
  left join (
    select d.project_id, d.instance_id,
      count(*) filter (where d.required) as required,
      count(*) filter (where d.state = 'exempt') as exempt,
      count(*) filter (where d.required and d.state = 'good') as good,
      count(*) filter (where d.required and d.proved and d.state in ('none', 'failed_only')) as missed,
      array_agg(d.good_backup_id order by d.day) filter (where d.required and d.state = 'good') as backup_ids
    from compliance.coverage_at(
      (as_of at time zone 'UTC')::date - 7, (as_of at time zone 'UTC')::date - 1, 'UTC', as_of) d
    group by d.project_id, d.instance_id
  ) c on c.project_id = s.project_id and c.instance_id = s.instance_id
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.backups_doubt is not null then s.backups_doubt
      when coalesce(c.required, 0) = 0 then case when c.exempt > 0 then 'exempt' else 'no_complete_day' end
      when c.missed > 0 then 'days_missed'
      when c.good < c.required then 'days_not_observed'
      else 'every_day_covered' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-10', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_daily_coverage_at(timestamptz) is 'BK-10 as of an instant: was there a good backup on each of the last seven complete days?';

create or replace view compliance.control_daily_coverage as select * from compliance.control_daily_coverage_at(now());
comment on view compliance.control_daily_coverage is 'BK-10 now: was there a good backup on each of the last seven complete days?';
