-- What every control stands on: rules in force, readings, instances, all as believed at an instant.
-- Spans are in seconds or hours: a day added to a timestamptz depends on the session's time zone.
-- Functions are plain SQL in one statement, so that the planner inlines them and drops what a caller does not use.

create or replace function compliance.glob_matches(pattern text, subject text) returns boolean
language sql immutable parallel safe as $$
  select pattern is null or coalesce(subject, '') like
    replace(replace(replace(replace(replace(pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'), '?', '_')
$$;
comment on function compliance.glob_matches(text, text) is 'Whether the whole subject matches the glob: * any characters, ? one. A null pattern matches everything.';

-- Functions run with their caller's rights and a reader may select from views: so they read these, not the tables.
create or replace view inventory.project_history as
select project_id, name, region, endpoint, configured, first_seen_at, changed_at as recorded_from, recorded_to
from inventory.project_past
union all
select project_id, name, region, endpoint, configured, first_seen_at, changed_at, null::timestamptz
from inventory.project;
comment on view inventory.project_history is 'Every state of every project; recorded_to null = the state now.';
comment on column inventory.project_history.project_id is 'The cloud''s id of the project.';
comment on column inventory.project_history.name is 'Its name in that state.';
comment on column inventory.project_history.region is 'Its region.';
comment on column inventory.project_history.endpoint is 'Base URL of the service that was read.';
comment on column inventory.project_history.configured is 'Whether it was configured.';
comment on column inventory.project_history.first_seen_at is 'When the first run over the project began.';
comment on column inventory.project_history.recorded_from is 'When this state was recorded.';
comment on column inventory.project_history.recorded_to is 'When it ended; null = the state now.';

create or replace view compliance.objective_history as
select objective_id, position, match_project, match_instance, match_datastore, rpo_seconds, retention_seconds,
  minimum_copies, manual_counts, valid_from, valid_to, config_digest, set_by, ended_by_digest
from compliance.objective;
comment on view compliance.objective_history is 'Every objective that was ever in force: what is required of the instances that match; the lowest position wins.';

create or replace view compliance.exemption_history as
select exemption_id, position, match_project, match_instance, match_datastore, control, owner, reason, expires_at,
  valid_from, valid_to, config_digest, set_by, ended_by_digest
from compliance.exemption;
comment on view compliance.exemption_history is 'Every exemption that was ever configured, with who answers for it and until when.';

create or replace view compliance.setting_history as
select setting_id, freshness_seconds, schedule_interval_seconds, valid_from, valid_to, config_digest, set_by,
  ended_by_digest
from compliance.setting;
comment on view compliance.setting_history is 'Every freshness limit and schedule that was ever in force.';

-- A view's columns mean what its table's do: their comments are copied, so that they cannot differ.
do $$
declare
  pair record;
begin
  for pair in
    select n.schema_name, n.table_name || '_history' as view_name, v.attname as column_name,
      coalesce(col_description(t.oid, a.attnum), c.text) as text
    from (values ('compliance', 'objective'), ('compliance', 'exemption'), ('compliance', 'setting'),
      ('inventory', 'backup'), ('inventory', 'instance')) as n (schema_name, table_name)
    join pg_class t on t.oid = format('%I.%I', n.schema_name, n.table_name)::regclass
    join pg_attribute v on v.attrelid = format('%I.%I', n.schema_name, n.table_name || '_history')::regclass and v.attnum > 0
    left join pg_attribute a on a.attrelid = t.oid and a.attname = v.attname and a.attnum > 0 and not a.attisdropped
    left join (values
      ('recorded_from', 'When this state was recorded.'),
      ('recorded_to', 'When it ended; null = the state now.'),
      ('run_id', 'The run that recorded it.')
    ) as c (name, text) on c.name = v.attname
  loop
    execute format('comment on column %I.%I.%I is %L', pair.schema_name, pair.view_name, pair.column_name, pair.text);
  end loop;
end $$;

create or replace function inventory.project_as_of(as_of timestamptz) returns setof inventory.project
language sql stable as $$
  select project_id, name, region, endpoint, configured, first_seen_at, recorded_from
  from inventory.project_history
  where recorded_from <= as_of and (recorded_to is null or recorded_to > as_of)
$$;
comment on function inventory.project_as_of(timestamptz) is 'inventory.project as it stood at that instant.';

create or replace function compliance.objective_at(
  as_of timestamptz, project_id text, project_name text, instance_name text, datastore_type text
) returns setof compliance.objective_history
language sql stable as $$
  select o.* from compliance.objective_history o
  where o.valid_from <= as_of and (o.valid_to is null or o.valid_to > as_of)
    and (compliance.glob_matches(o.match_project, $3) or compliance.glob_matches(o.match_project, $2))
    and compliance.glob_matches(o.match_instance, $4)
    and compliance.glob_matches(o.match_datastore, $5)
  order by o.position limit 1
$$;
comment on function compliance.objective_at(timestamptz, text, text, text, text) is 'The objective in force at that instant for such an instance: the first that matches. No row = none does.';

create or replace function compliance.exemption_at(
  as_of timestamptz, control_id text, project_id text, project_name text, instance_name text, datastore_type text
) returns setof compliance.exemption_history
language sql stable as $$
  select e.* from compliance.exemption_history e
  where e.valid_from <= as_of and (e.valid_to is null or e.valid_to > as_of)
    and compliance.glob_matches(e.control, $2)
    and (compliance.glob_matches(e.match_project, $4) or compliance.glob_matches(e.match_project, $3))
    and compliance.glob_matches(e.match_instance, $5)
    and compliance.glob_matches(e.match_datastore, $6)
  order by e.expires_at desc, e.position limit 1
$$;
comment on function compliance.exemption_at(timestamptz, text, text, text, text, text) is 'The exemption configured at that instant for such an instance and control that ends last; it may have expired. No row = none.';

create or replace function compliance.setting_at(as_of timestamptz)
returns table (freshness_seconds bigint, schedule_interval_seconds bigint)
language sql stable as $$
  -- Before the first run wrote its settings the documented default applies.
  select coalesce(s.freshness_seconds, 10800), s.schedule_interval_seconds
  from (select 1) as one
  left join compliance.setting_history s on s.valid_from <= as_of and (s.valid_to is null or s.valid_to > as_of)
$$;
comment on function compliance.setting_at(timestamptz) is 'Freshness limit and schedule in force at that instant, in seconds.';

create or replace function compliance.basis_at(as_of timestamptz) returns setof compliance.basis_row
language sql stable as $$
  select p.project_id, p.name, p.region, p.first_seen_at,
    i.started_at, i.run_id, case when i.run_id is null then 'never_certified' else i.doubt end,
    b.started_at, b.run_id, case when b.run_id is null then 'never_certified' else b.doubt end,
    case when t.run_id is null then 'never_certified' else t.doubt end,
    s.freshness_seconds, p.configured
  from inventory.project_as_of(as_of) p
  cross join compliance.setting_at(as_of) s
  left join lateral (
    select w.started_at, w.run_id, case when w.quarantined then 'quarantined'
      when w.started_at < as_of - s.freshness_seconds * interval '1 second' then 'stale' end as doubt
    from inventory.sweep w
    where w.project_id = p.project_id and w.scope = 'instances' and w.certified and w.mode = 'full'
      and w.started_at <= as_of and w.committed_at <= as_of
    order by w.started_at desc limit 1
  ) i on true
  left join lateral (
    select w.started_at, w.run_id, case when w.quarantined then 'quarantined'
      when w.started_at < as_of - s.freshness_seconds * interval '1 second' then 'stale' end as doubt
    from inventory.sweep w
    where w.project_id = p.project_id and w.scope = 'instance_backups' and w.certified and w.mode = 'full'
      and w.started_at <= as_of and w.committed_at <= as_of
    order by w.started_at desc limit 1
  ) b on true
  left join lateral (
    select w.started_at, w.run_id, case when w.quarantined then 'quarantined'
      when w.started_at < as_of - s.freshness_seconds * interval '1 second' then 'stale' end as doubt
    from inventory.sweep w
    where w.project_id = p.project_id and w.scope = 'database_table_backups' and w.certified and w.mode = 'full'
      and w.started_at <= as_of and w.committed_at <= as_of
    order by w.started_at desc limit 1
  ) t on true
$$;
comment on function compliance.basis_at(timestamptz) is 'Per project: the newest certified readings at that instant, and why they cannot be relied on (null = they can).';

create or replace function compliance.known_at(as_of timestamptz) returns setof compliance.subject_row
language sql stable as $$
  with basis as materialized (select * from compliance.basis_at(as_of))
  select i.project_id, b.project_name, b.region, i.instance_id, i.name, i.datastore_type,
    i.backup_keep_days, coalesce(i.created_at, i.first_seen_at),
    coalesce(i.status in ('creating', 'createfail'), false),
    o.objective_id, o.rpo_seconds, o.retention_seconds, o.minimum_copies, o.manual_counts,
    b.instances_as_of, b.instances_run_id, b.instances_doubt, b.backups_as_of, b.backups_run_id, b.backups_doubt,
    b.freshness_seconds, extract(epoch from as_of - coalesce(i.created_at, i.first_seen_at))::double precision,
    i.retired_at, case when i.retired_at is not null then coalesce(i.missing_since, i.retired_at) end, b.configured
  from inventory.instance_as_of(as_of) i
  join basis b on b.project_id = i.project_id
  left join lateral compliance.objective_at(as_of, i.project_id, b.project_name, i.name, i.datastore_type) o on true
$$;
comment on function compliance.known_at(timestamptz) is 'Every instance known at that instant, gone ones and those of projects no longer configured included.';

create or replace function compliance.subject_at(as_of timestamptz) returns setof compliance.subject_row
language sql stable as $$
  select * from compliance.known_at(as_of) k where k.retired_at is null and k.configured
$$;
comment on function compliance.subject_at(timestamptz) is 'The instances that are judged at an instant: live ones of configured projects, with their objective and readings.';

create or replace view compliance.objective_of_instance as
select s.project_id, s.instance_id, s.rpo_seconds, s.retention_seconds, s.minimum_copies, s.manual_counts,
  case when s.objective_id is not null then format('objectives[%s] of configuration %s', o.position - 1, o.config_digest) end as source
from compliance.subject_at(now()) s
left join compliance.objective_history o on o.objective_id = s.objective_id;
comment on view compliance.objective_of_instance is 'What is required of every live instance now. Nulls = no objective matches it.';
comment on column compliance.objective_of_instance.project_id is 'The project.';
comment on column compliance.objective_of_instance.instance_id is 'The instance.';
comment on column compliance.objective_of_instance.rpo_seconds is 'Greatest age of the newest recovery point, in seconds.';
comment on column compliance.objective_of_instance.retention_seconds is 'How long backups must be kept, in seconds.';
comment on column compliance.objective_of_instance.minimum_copies is 'Restorable copies required.';
comment on column compliance.objective_of_instance.manual_counts is 'Manual backups count.';
comment on column compliance.objective_of_instance.source is 'Where the objective was set: place in the configuration and its digest.';
