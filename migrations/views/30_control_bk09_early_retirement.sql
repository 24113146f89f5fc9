-- BK-09 Did a completed backup vanish before begin + required retention? Gone instances are judged too.
-- A vanished backup is shown for as long as it ought to exist, and at least for 7 days (168 hours) after it was retired.
-- It was gone when a certified reading first missed it. Where its retention ended in a gap between two readings that is
-- longer than the freshness limit, nobody can tell.

create or replace function compliance.gone_at(as_of timestamptz)
returns table (
  project_id text, instance_id text, backup_id text, begin_at timestamptz, due_at timestamptz,
  last_seen_at timestamptz, first_missing_at timestamptz, kind text
)
language sql stable as $$
  select b.project_id, b.instance_id, b.backup_id, b.begin_at, d.due_at, l.last_seen_at, d.first_missing_at,
    case
      when d.first_missing_at < d.due_at then
        case b.retired_reason when 'expired' then 'expired' when 'instance_deleted' then 'with_instance' else 'early' end
      when l.last_seen_at < d.due_at
        and d.first_missing_at - l.last_seen_at > k.freshness_seconds * interval '1 second' then 'unobserved'
      else 'kept' end
  from inventory.backup_as_of(as_of) b
  join compliance.known_at(as_of) k on k.project_id = b.project_id and k.instance_id = b.instance_id
  cross join lateral (
    select b.begin_at + k.retention_seconds * interval '1 second' as due_at,
      coalesce(b.missing_since, b.retired_at) as first_missing_at
  ) d
  left join lateral (
    select greatest(max(w.started_at), b.first_seen_at) as last_seen_at from inventory.sweep w
    where d.first_missing_at >= d.due_at
      and w.project_id = b.project_id and w.scope = 'instance_backups' and w.certified and w.mode = 'full'
      and w.started_at < d.first_missing_at and w.committed_at < d.first_missing_at
      and w.started_at > d.first_missing_at - greatest(k.retention_seconds, k.freshness_seconds) * interval '1 second'
  ) l on true
  where b.backup_scope = 'instance' and b.status = 'COMPLETED' and b.retired_at is not null
    and (k.manual_counts is not false or b.backup_type <> 'manual')
    and (b.retired_at > as_of - interval '168 hours' or d.due_at > as_of)
$$;
comment on function compliance.gone_at(timestamptz) is 'Completed backups that vanished lately or ought to exist still: kept long enough, or early, expired, with_instance, unobserved.';

create or replace function compliance.control_early_retirement_at(as_of timestamptz) returns setof compliance.finding_row
language sql stable as $$
  select 'BK-09', 1, s.project_id, s.project_name, s.region, s.instance_id, s.instance_name, v.verdict, v.settled_reason,
    coalesce(case r.reason when 'gone_early' then g.early when 'expired_too_soon' then g.expired
      when 'gone_with_instance' then g.with_instance else g.unobserved end, 0)::double precision, 0, 'backups',
    coalesce(case r.reason when 'gone_early' then g.early_ids when 'expired_too_soon' then g.expired_ids
      when 'gone_with_instance' then g.with_instance_ids when 'gone_unobserved' then g.unobserved_ids end, '{}'),
    as_of, s.backups_as_of, s.backups_run_id
  from compliance.known_at(as_of) s
  left join (
    select x.project_id, x.instance_id,
      count(*) filter (where x.kind = 'early') as early,
      count(*) filter (where x.kind = 'expired') as expired,
      count(*) filter (where x.kind = 'with_instance') as with_instance,
      count(*) filter (where x.kind = 'unobserved') as unobserved,
      array_agg(x.backup_id order by x.begin_at desc, x.backup_id) filter (where x.kind = 'early') as early_ids,
      array_agg(x.backup_id order by x.begin_at desc, x.backup_id) filter (where x.kind = 'expired') as expired_ids,
      array_agg(x.backup_id order by x.begin_at desc, x.backup_id) filter (where x.kind = 'with_instance') as with_instance_ids,
      array_agg(x.backup_id order by x.begin_at desc, x.backup_id) filter (where x.kind = 'unobserved') as unobserved_ids
    from compliance.gone_at(as_of) x
    where x.kind <> 'kept'
    group by x.project_id, x.instance_id
  ) g on g.project_id = s.project_id and g.instance_id = s.instance_id
  cross join lateral (
    select case
      when s.never_ran then 'instance_not_running'
      when s.retention_seconds = 0 then 'no_retention_required'
      when s.backups_doubt is not null then s.backups_doubt
      when s.objective_id is null then 'no_objective'
      when g.early > 0 then 'gone_early'
      when g.expired > 0 then 'expired_too_soon'
      when g.with_instance > 0 then 'gone_with_instance'
      when g.unobserved > 0 then 'gone_unobserved'
      else 'none_gone_early' end as reason
  ) r
  cross join lateral compliance.settle(
    r.reason, as_of, 'BK-09', s.project_id, s.project_name, s.instance_name, s.datastore_type
  ) v
  where s.configured and (s.retired_at is null or g.project_id is not null)
$$;
comment on function compliance.control_early_retirement_at(timestamptz) is 'BK-09 as of an instant: did a backup vanish before its required retention was over?';

create or replace view compliance.control_early_retirement as select * from compliance.control_early_retirement_at(now());
comment on view compliance.control_early_retirement is 'BK-09 now: did a backup vanish before its required retention was over?';
