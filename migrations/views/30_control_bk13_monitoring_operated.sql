-- BK-13 Did the inventory itself run without a blind gap? Gaps lie between the begins of certified readings of the list of
-- backups within the last 7 days (168 hours). A gap is blind from a day on (or the freshness limit, where that is longer).
-- A gap longer than keep_days may have hidden backups that came and went; half of it is the warning.
-- A project without a live instance has one row with no instance, so that an empty estate is not silently compliant.

create or replace function compliance.reading_gap_at(as_of timestamptz)
returns table (project_id text, scope text, longest_seconds double precision, readings bigint)
language sql stable as $$
  select p.project_id, c.scope, g.longest_seconds, g.readings
  from inventory.project_as_of(as_of) p
  cross join (values ('instances'), ('instance_backups'), ('database_table_backups')) as c (scope)
  cross join lateral (
    select max(extract(epoch from r.next_at - r.started_at))::double precision as longest_seconds,
      count(*) filter (where r.started_at > as_of - interval '168 hours') as readings
    from (
      select w.started_at, coalesce(lead(w.started_at) over (order by w.started_at), as_of) as next_at
      from inventory.sweep w
      where w.project_id = p.project_id and w.scope = c.scope and w.certified and w.mode = 'full' and not w.quarantined
        and w.started_at <= as_of and w.committed_at <= as_of
        and w.started_at >= coalesce((
          select max(o.started_at) from inventory.sweep o
          where o.project_id = p.project_id and o.scope = c.scope and o.certified and o.mode = 'full' and not o.quarantined
            and o.started_at <= as_of - interval '168 hours' and o.committed_at <= as_of
        ), '-infinity')
    ) r
  ) g
$$;
comment on function compliance.reading_gap_at(timestamptz) is 'Per project and list: the longest time between two certified readings in the seven days before that instant, the one still open included.';

create or replace function compliance.control_monitoring_operated_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-13', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    (case when r.reason in ('proof_at_risk', 'proof_lost') then greatest(s.open_seconds, s.longest_seconds) else s.longest_seconds end)
      ::double precision,
    (case when r.reason in ('proof_at_risk', 'proof_lost') then s.keep_seconds else s.blind_seconds end)::double precision,
    'seconds', '{}'::text[], as_of, s.backups_as_of, s.backups_run_id
  from (
    select t.project_id, t.project_name, t.region, t.instance_id, t.instance_name, t.datastore_type, t.keep_seconds,
      t.doubt, t.backups_as_of, t.backups_run_id, greatest(t.freshness_seconds, 86400) as blind_seconds,
      extract(epoch from as_of - t.backups_as_of) as open_seconds, g.longest_seconds
    from (
      select j.project_id, j.project_name, j.region, j.instance_id, j.instance_name, j.datastore_type,
        nullif(j.keep_days, 0) * 86400 as keep_seconds, j.backups_doubt as doubt, j.backups_as_of, j.backups_run_id,
        j.freshness_seconds
      from compliance.subject_at(as_of) j
      union all
      select b.project_id, b.project_name, b.region, null, null, null, null,
        coalesce(b.instances_doubt, b.backups_doubt), b.backups_as_of, b.backups_run_id, b.freshness_seconds
      from compliance.basis_at(as_of) b
      where b.configured and not exists (select from compliance.subject_at(as_of) j where j.project_id = b.project_id)
    ) t
    left join compliance.reading_gap_at(as_of) g on g.project_id = t.project_id and g.scope = 'instance_backups'
  ) s
  cross join lateral (
    select case
      when s.doubt = 'never_certified' then s.doubt
      when s.open_seconds > s.keep_seconds then 'proof_lost'
      when s.open_seconds > s.keep_seconds / 2 then 'proof_at_risk'
      when s.doubt is not null then s.doubt
      when s.longest_seconds > s.keep_seconds then 'proof_lost'
      when s.longest_seconds > s.blind_seconds then 'blind_gap'
      else 'no_blind_gap' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-13', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
$$;
comment on function compliance.control_monitoring_operated_at(timestamptz) is 'BK-13 as of an instant: did the inventory itself run without a blind gap?';

create or replace view compliance.control_monitoring_operated as select * from compliance.control_monitoring_operated_at(now());
comment on view compliance.control_monitoring_operated is 'BK-13 now: did the inventory itself run without a blind gap?';
