-- What the completed backups of an instance add up to at an instant. One pass, no join: a control pays only for the
-- columns that it names, and a filter on one instance reaches the indexes.
-- "Listed" leaves out what the newest certified reading missed once and the next one may retire.

create or replace function compliance.completed_at(as_of timestamptz) returns setof compliance.completed_row
language sql stable as $$
  select b.project_id, b.instance_id,
    max(e.ended_at) filter (where b.retired_at is null),
    max(e.ended_at) filter (where b.missing_since is null and b.retired_at is null),
    -- Ten digits of seconds, then the id: the greatest text is the newest backup, without a sort.
    max(date_part('epoch', e.ended_at)::bigint::text || b.backup_id collate "C") filter (where b.retired_at is null),
    min(b.begin_at) filter (where b.retired_at is null),
    min(b.begin_at) filter (where b.missing_since is null and b.retired_at is null),
    count(*) filter (where b.retired_at is null),
    count(*) filter (where b.missing_since is null and b.retired_at is null),
    max(b.begin_at),
    max(e.ended_at) filter (where b.retired_at is null and b.backup_type <> 'manual'),
    max(e.ended_at) filter (where b.missing_since is null and b.retired_at is null and b.backup_type <> 'manual'),
    max(date_part('epoch', e.ended_at)::bigint::text || b.backup_id collate "C")
      filter (where b.retired_at is null and b.backup_type <> 'manual'),
    min(b.begin_at) filter (where b.retired_at is null and b.backup_type <> 'manual'),
    min(b.begin_at) filter (where b.missing_since is null and b.retired_at is null and b.backup_type <> 'manual'),
    count(*) filter (where b.retired_at is null and b.backup_type <> 'manual'),
    count(*) filter (where b.missing_since is null and b.retired_at is null and b.backup_type <> 'manual'),
    max(b.begin_at) filter (where b.backup_type <> 'manual')
  from inventory.backup_as_of(as_of) b
  -- The end decides the age; where it is not known, the begin, which is older.
  cross join lateral (select coalesce(b.end_at, b.begin_at) as ended_at) e
  where b.backup_scope = 'instance' and b.status = 'COMPLETED' and b.instance_id is not null
  group by b.project_id, b.instance_id
$$;
comment on function compliance.completed_at(timestamptz) is 'Per instance: newest recovery point, oldest completed backup and copies at that instant, of all its completed backups and (auto_) without the manual ones.';
