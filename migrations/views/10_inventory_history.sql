-- Every state of every backup and instance, and what was believed at an instant.

create or replace view inventory.backup_history as
select project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, status,
  datastore_type, datastore_version, size_bytes, begin_at, end_at, database_tables, first_seen_at, first_seen_run_id,
  missing_since, missed_sweeps, retired_at, retired_reason,
  changed_at as recorded_from, recorded_to, changed_run_id as run_id
from inventory.backup_past
union all
select project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, status,
  datastore_type, datastore_version, size_bytes, begin_at, end_at, database_tables, first_seen_at, first_seen_run_id,
  missing_since, missed_sweeps, retired_at, retired_reason,
  changed_at, null::timestamptz, changed_run_id
from inventory.backup;
comment on view inventory.backup_history is 'Every state that a backup was ever seen in; recorded_to null = the state now.';

create or replace view inventory.instance_history as
select project_id, instance_id, name, datastore_type, datastore_version, status, mode, created_at, backup_keep_days,
  backup_window, first_seen_at, first_seen_run_id, missing_since, missed_sweeps, retired_at, retired_reason,
  changed_at as recorded_from, recorded_to, changed_run_id as run_id
from inventory.instance_past
union all
select project_id, instance_id, name, datastore_type, datastore_version, status, mode, created_at, backup_keep_days,
  backup_window, first_seen_at, first_seen_run_id, missing_since, missed_sweeps, retired_at, retired_reason,
  changed_at, null::timestamptz, changed_run_id
from inventory.instance;
comment on view inventory.instance_history is 'Every state that an instance was ever seen in; recorded_to null = the state now.';

-- A body of plain SQL is inlined, so a caller's filter on project or instance reaches the indexes.
-- It reads the view, not the tables: a reader may select from views, and a function runs with its caller's rights.
create or replace function inventory.backup_as_of(as_of timestamptz) returns setof inventory.backup
language sql stable as $$
  select project_id, backup_id, backup_scope, instance_id, instance_name, name, description, backup_type, status,
    datastore_type, datastore_version, size_bytes, begin_at, end_at, database_tables, first_seen_at, first_seen_run_id,
    recorded_from, run_id, missing_since, missed_sweeps, retired_at, retired_reason
  from inventory.backup_history
  where recorded_from <= as_of and (recorded_to is null or recorded_to > as_of)
$$;
comment on function inventory.backup_as_of(timestamptz) is 'inventory.backup as it stood at that instant: what was believed then.';

create or replace function inventory.instance_as_of(as_of timestamptz) returns setof inventory.instance
language sql stable as $$
  select project_id, instance_id, name, datastore_type, datastore_version, status, mode, created_at, backup_keep_days,
    backup_window, first_seen_at, first_seen_run_id, recorded_from, run_id, missing_since, missed_sweeps,
    retired_at, retired_reason
  from inventory.instance_history
  where recorded_from <= as_of and (recorded_to is null or recorded_to > as_of)
$$;
comment on function inventory.instance_as_of(timestamptz) is 'inventory.instance as it stood at that instant: what was believed then.';
