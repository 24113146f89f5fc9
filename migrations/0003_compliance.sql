-- What is required of the instances, since when, and by which configuration. Verdicts are views: nothing here is judged.

create schema compliance;
comment on schema compliance is 'Verdicts: what is required of every instance, whether it holds, and how that is known.';

create table compliance.objective (
  objective_id bigint generated always as identity primary key,
  position integer not null,
  match_project text,
  match_instance text,
  match_datastore text,
  rpo_seconds bigint not null check (rpo_seconds > 0),
  retention_seconds bigint not null check (retention_seconds >= 0),
  minimum_copies integer not null check (minimum_copies >= 0),
  manual_counts boolean not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  config_digest text not null,
  set_by text not null,
  ended_by_digest text,
  check (valid_to >= valid_from),
  check ((valid_to is null) = (ended_by_digest is null))
);
comment on table compliance.objective is 'What is required of the instances that match. Rows are opened and closed, never changed: the past keeps its rules.';
comment on column compliance.objective.objective_id is 'Number of the rule.';
comment on column compliance.objective.position is 'Place in the configuration, from 1: the first match wins.';
comment on column compliance.objective.match_project is 'Glob over the project''s name or id; null = every project.';
comment on column compliance.objective.match_instance is 'Glob over the instance''s name; null = every instance.';
comment on column compliance.objective.match_datastore is 'Glob over the database engine; null = every engine.';
comment on column compliance.objective.rpo_seconds is 'The newest recovery point may be this old, in seconds.';
comment on column compliance.objective.retention_seconds is 'Backups must be kept this long from their begin, in seconds; 0 = not required.';
comment on column compliance.objective.minimum_copies is 'Restorable copies required; 0 = none.';
comment on column compliance.objective.manual_counts is 'Manual backups count as recovery points, for coverage and as copies.';
comment on column compliance.objective.valid_from is 'When the rule came into force.';
comment on column compliance.objective.valid_to is 'When it ended; null = in force.';
comment on column compliance.objective.config_digest is 'SHA-256 of the configuration that set it.';
comment on column compliance.objective.set_by is 'Who ran the program that set it: user@host.';
comment on column compliance.objective.ended_by_digest is 'SHA-256 of the configuration that no longer held it.';
create unique index objective_in_force on compliance.objective (position) where valid_to is null;

create table compliance.exemption (
  exemption_id bigint generated always as identity primary key,
  position integer not null,
  match_project text,
  match_instance text,
  match_datastore text,
  control text not null,
  owner text not null,
  reason text not null,
  expires_at timestamptz not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  config_digest text not null,
  set_by text not null,
  ended_by_digest text,
  check (valid_to >= valid_from),
  check ((valid_to is null) = (ended_by_digest is null))
);
comment on table compliance.exemption is 'Instances that a control does not judge, with who answers for it and until when. Kept like objectives.';
comment on column compliance.exemption.exemption_id is 'Number of the exemption.';
comment on column compliance.exemption.position is 'Place in the configuration, from 1.';
comment on column compliance.exemption.match_project is 'Glob over the project''s name or id; null = every project.';
comment on column compliance.exemption.match_instance is 'Glob over the instance''s name; null = every instance.';
comment on column compliance.exemption.match_datastore is 'Glob over the database engine; null = every engine.';
comment on column compliance.exemption.control is 'Glob over the control''s id: BK-01, or * for all.';
comment on column compliance.exemption.owner is 'Who answers for it.';
comment on column compliance.exemption.reason is 'Why.';
comment on column compliance.exemption.expires_at is 'The first instant at which it is over.';
comment on column compliance.exemption.valid_from is 'When it came into force.';
comment on column compliance.exemption.valid_to is 'When it was taken out of the configuration; null = still there, expired or not.';
comment on column compliance.exemption.config_digest is 'SHA-256 of the configuration that set it.';
comment on column compliance.exemption.set_by is 'Who ran the program that set it: user@host.';
comment on column compliance.exemption.ended_by_digest is 'SHA-256 of the configuration that no longer held it.';
create unique index exemption_in_force on compliance.exemption (position) where valid_to is null;

create table compliance.setting (
  setting_id bigint generated always as identity primary key,
  freshness_seconds bigint not null check (freshness_seconds > 0),
  schedule_interval_seconds bigint check (schedule_interval_seconds > 0),
  valid_from timestamptz not null,
  valid_to timestamptz,
  config_digest text not null,
  set_by text not null,
  ended_by_digest text,
  check (valid_to >= valid_from),
  check ((valid_to is null) = (ended_by_digest is null))
);
comment on table compliance.setting is 'How fresh the data must be for a verdict, and how often it is promised to be read. Kept like objectives.';
comment on column compliance.setting.setting_id is 'Number of the row.';
comment on column compliance.setting.freshness_seconds is 'A certified sweep older than this proves nothing about now, in seconds.';
comment on column compliance.setting.schedule_interval_seconds is 'Seconds between two full runs of the schedule; null = no schedule known.';
comment on column compliance.setting.valid_from is 'When it came into force.';
comment on column compliance.setting.valid_to is 'When it ended; null = in force.';
comment on column compliance.setting.config_digest is 'SHA-256 of the configuration that set it.';
comment on column compliance.setting.set_by is 'Who ran the program that set it: user@host.';
comment on column compliance.setting.ended_by_digest is 'SHA-256 of the configuration that no longer held it.';
create unique index setting_in_force on compliance.setting ((true)) where valid_to is null;

-- Projects need a past too: rules match their names, and a renamed project must not change old verdicts.
create table inventory.project_past (
  like inventory.project,
  recorded_to timestamptz not null
);
comment on table inventory.project_past is 'States of projects that ended. Read inventory.project_as_of().';
comment on column inventory.project_past.project_id is 'The cloud''s id of the project.';
comment on column inventory.project_past.name is 'The name in that state.';
comment on column inventory.project_past.region is 'The region in that state.';
comment on column inventory.project_past.endpoint is 'Base URL in that state.';
comment on column inventory.project_past.configured is 'Whether it was configured in that state.';
comment on column inventory.project_past.first_seen_at is 'When the first run over the project began.';
comment on column inventory.project_past.changed_at is 'When this state was recorded.';
comment on column inventory.project_past.recorded_to is 'When this state ended.';
create index project_past_key on inventory.project_past (project_id, changed_at);

create function inventory.keep_past_project() returns trigger language plpgsql as $$
begin
  insert into inventory.project_past
  select o.*, n.changed_at from old_rows o join new_rows n on n.project_id = o.project_id
  where n.changed_at > o.changed_at;
  return null;
end $$;
comment on function inventory.keep_past_project() is 'Copies the states that an update ends to inventory.project_past.';
create trigger keep_past after update on inventory.project
  referencing old table as old_rows new table as new_rows
  for each statement execute function inventory.keep_past_project();

-- Rows of functions. Types, because the ids of a `returns table` would lose their collation, and a filter on them the index.
create type compliance.finding_row as (
  control_id text collate "C",
  control_version integer,
  project_id text collate "C",
  project_name text,
  region text,
  instance_id text collate "C",
  instance_name text,
  verdict text collate "C",
  reason_code text collate "C",
  measured_value double precision,
  threshold_value double precision,
  unit text,
  evidence_backup_ids text[] collate "C",
  evaluated_at timestamptz,
  data_as_of timestamptz,
  basis_run_id bigint
);
comment on type compliance.finding_row is 'What one control says of one instance at one instant.';

create type compliance.basis_row as (
  project_id text collate "C",
  project_name text,
  region text,
  first_seen_at timestamptz,
  instances_as_of timestamptz,
  instances_run_id bigint,
  instances_doubt text collate "C",
  backups_as_of timestamptz,
  backups_run_id bigint,
  backups_doubt text collate "C",
  tables_doubt text collate "C",
  freshness_seconds bigint,
  configured boolean
);
comment on type compliance.basis_row is 'What is known of one project at one instant, and why it cannot be relied on.';

create type compliance.subject_row as (
  project_id text collate "C",
  project_name text,
  region text,
  instance_id text collate "C",
  instance_name text,
  datastore_type text,
  keep_days integer,
  alive_from timestamptz,
  never_ran boolean,
  objective_id bigint,
  rpo_seconds bigint,
  retention_seconds bigint,
  minimum_copies integer,
  manual_counts boolean,
  instances_as_of timestamptz,
  instances_run_id bigint,
  instances_doubt text collate "C",
  backups_as_of timestamptz,
  backups_run_id bigint,
  backups_doubt text collate "C",
  freshness_seconds bigint,
  age_seconds double precision,
  retired_at timestamptz,
  gone_at timestamptz,
  configured boolean
);
comment on type compliance.subject_row is 'An instance at one instant, with its objective and the readings behind it; gone_at = first missed by a certified reading, null = alive.';

create type compliance.completed_row as (
  project_id text collate "C",
  instance_id text collate "C",
  recovery_at timestamptz,
  recovery_listed_at timestamptz,
  recovery_key text collate "C",
  oldest_at timestamptz,
  oldest_listed_at timestamptz,
  copies bigint,
  copies_listed bigint,
  last_begin_at timestamptz,
  auto_recovery_at timestamptz,
  auto_recovery_listed_at timestamptz,
  auto_recovery_key text collate "C",
  auto_oldest_at timestamptz,
  auto_oldest_listed_at timestamptz,
  auto_copies bigint,
  auto_copies_listed bigint,
  auto_last_begin_at timestamptz
);
comment on type compliance.completed_row is 'What the completed backups of one instance add up to: of all of them, and (auto_) without the manual ones.';

create type compliance.size_history_row as (
  project_id text collate "C",
  instance_id text collate "C",
  newest_id text collate "C",
  newest_bytes bigint,
  samples bigint,
  median_bytes double precision,
  tolerance double precision
);
comment on type compliance.size_history_row is 'Size of an instance''s newest completed backup, and median and tolerance of those before it, in bytes.';

create type compliance.coverage_row as (
  project_id text collate "C",
  project_name text,
  region text,
  instance_id text collate "C",
  instance_name text,
  datastore_type text,
  day date,
  state text collate "C",
  strength text collate "C",
  required boolean,
  proved boolean,
  day_over boolean,
  good bigint,
  failed bigint,
  unfinished bigint,
  good_backup_id text collate "C",
  backup_ids text[] collate "C"
);
comment on type compliance.coverage_row is 'One instance on one day: was it backed up, and how is that known.';

create type compliance.failures_row as (
  project_id text collate "C",
  instance_id text collate "C",
  failures bigint,
  first_failed_at timestamptz,
  backup_ids text[] collate "C",
  auto_failures bigint,
  auto_first_failed_at timestamptz,
  auto_backup_ids text[] collate "C"
);
comment on type compliance.failures_row is 'Failures of an instance since its newest completed backup: of all its backups, and (auto_) without the manual ones.';

-- Never-analyzed tables are taken for ten pages each. Through the joins of the verdicts that becomes a cost at which Postgres
-- compiles every query for seconds (JIT), and small tables are never analyzed by themselves.
analyze inventory.project, inventory.project_past, inventory.run, inventory.sweep, inventory.instance,
  inventory.instance_past, inventory.backup, inventory.backup_past,
  compliance.objective, compliance.exemption, compliance.setting;
