-- The facts: what the cloud listed, every state it was ever in, and what each reading proved.
-- A current state lives in its table alone; a state that ended lives in *_past. The *_history views unite them.

create schema inventory;
comment on schema inventory is 'Facts: backups and instances as the cloud listed them, their history, and the certificate of every reading.';

create table inventory.project (
  project_id text collate "C" primary key,
  name text not null,
  region text not null,
  endpoint text not null,
  configured boolean not null default true,
  first_seen_at timestamptz not null,
  changed_at timestamptz not null
);
comment on table inventory.project is 'A project of the cloud account: one tenant in one region.';
comment on column inventory.project.project_id is 'The cloud''s id of the project.';
comment on column inventory.project.name is 'The configured name, or the region where none is configured.';
comment on column inventory.project.region is 'The region of the project.';
comment on column inventory.project.endpoint is 'Base URL of the service that was read.';
comment on column inventory.project.configured is 'False once the project is no longer configured or discovered; its inventory is kept.';
comment on column inventory.project.first_seen_at is 'When the first run over the project began.';
comment on column inventory.project.changed_at is 'When this row last changed.';

create table inventory.run (
  run_id bigint generated always as identity primary key,
  trigger text not null check (trigger in ('command', 'schedule', 'demo')),
  mode text not null check (mode in ('full', 'recent')),
  shard text,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text check (outcome in ('certified', 'partial', 'failed', 'cancelled', 'abandoned')),
  error_code text,
  error_message text,
  program_version text not null,
  config_digest text not null,
  host text not null,
  process_id integer not null
);
comment on table inventory.run is 'One execution over all scopes.';
comment on column inventory.run.run_id is 'Number of the run, in order of start.';
comment on column inventory.run.trigger is 'Who asked: command, schedule or demo.';
comment on column inventory.run.mode is 'full = whole lists; recent = only recent and unfinished backups.';
comment on column inventory.run.shard is 'index/count where the projects are divided among several runners; null = all projects.';
comment on column inventory.run.started_at is 'When the run began.';
comment on column inventory.run.finished_at is 'When the run ended; null = running, or killed and not yet noticed.';
comment on column inventory.run.outcome is 'certified = every scope; partial = some; failed = none; cancelled = stopped by a signal; abandoned = its process vanished.';
comment on column inventory.run.error_code is 'What ended the run as a whole, see docs/errors.md; null = nothing did.';
comment on column inventory.run.error_message is 'The message of that error.';
comment on column inventory.run.program_version is 'Version of the program.';
comment on column inventory.run.config_digest is 'SHA-256 of the effective configuration without its secrets.';
comment on column inventory.run.host is 'Host name of the process.';
comment on column inventory.run.process_id is 'Process id on that host.';
create index run_unfinished on inventory.run (run_id) where finished_at is null;

create table inventory.sweep (
  run_id bigint not null references inventory.run on delete cascade,
  project_id text collate "C" not null references inventory.project,
  scope text not null check (scope in ('instances', 'instance_backups', 'database_table_backups')),
  mode text not null check (mode in ('full', 'recent')),
  certified boolean not null,
  reason text,
  pages integer not null,
  requests integer not null,
  retries integer not null,
  passes integer not null,
  rescans integer not null,
  rescans_joint integer not null,
  rescans_tie integer not null,
  rescans_total integer not null,
  duplicates integer not null,
  reported_total_first integer,
  reported_total integer,
  distinct_ids integer not null,
  ids_digest text not null,
  inserted integer not null,
  updated integer not null,
  unchanged integer not null,
  struck integer not null,
  retired integer not null,
  revived integer not null,
  quarantined boolean not null,
  quarantined_missing integer,
  anomalies integer not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  committed_at timestamptz not null,
  error_code text,
  error_message text,
  primary key (run_id, project_id, scope),
  check (certified = (reason is null))
);
comment on table inventory.sweep is 'The certificate of one reading of one scope: what was proved, and how.';
comment on column inventory.sweep.run_id is 'The run that made the sweep.';
comment on column inventory.sweep.project_id is 'The project whose list was read.';
comment on column inventory.sweep.scope is 'The list: instances, instance_backups or database_table_backups.';
comment on column inventory.sweep.mode is 'full = the whole list; recent = a window of it, which is never certified.';
comment on column inventory.sweep.certified is 'The whole list was read without a hole: every joint held, head and tail were reached, the count reconciled.';
comment on column inventory.sweep.reason is 'Why it is not certified; null when it is.';
comment on column inventory.sweep.pages is 'Pages received.';
comment on column inventory.sweep.requests is 'HTTP requests sent, retries included.';
comment on column inventory.sweep.retries is 'Requests sent again.';
comment on column inventory.sweep.passes is 'Passes over the list, 3 at most.';
comment on column inventory.sweep.rescans is 'Pages read again to close a gap or to reconcile the count.';
comment on column inventory.sweep.rescans_joint is 'Of these: two neighbouring pages shared no id.';
comment on column inventory.sweep.rescans_tie is 'Of these: a page ended within a group of equal times.';
comment on column inventory.sweep.rescans_total is 'Of these: a further pass because fewer ids were seen than reported.';
comment on column inventory.sweep.duplicates is 'Items received more than once.';
comment on column inventory.sweep.reported_total_first is 'total_count of the first page.';
comment on column inventory.sweep.reported_total is 'total_count of the last page.';
comment on column inventory.sweep.distinct_ids is 'Distinct ids received.';
comment on column inventory.sweep.ids_digest is 'SHA-256, in hex, of the distinct ids in byte order joined by line feeds.';
comment on column inventory.sweep.inserted is 'Rows that were new.';
comment on column inventory.sweep.updated is 'Rows that differed and were updated, revived ones included.';
comment on column inventory.sweep.unchanged is 'Rows that were equal and not written.';
comment on column inventory.sweep.struck is 'Rows counted as missing by this sweep and not yet retired.';
comment on column inventory.sweep.retired is 'Rows declared gone by this sweep.';
comment on column inventory.sweep.revived is 'Retired or missing rows that were listed again.';
comment on column inventory.sweep.quarantined is 'More than half of the scope was missing, so none was struck.';
comment on column inventory.sweep.quarantined_missing is 'How many rows were missing when quarantined.';
comment on column inventory.sweep.anomalies is 'Wire rows or fields that were not as the API promises.';
comment on column inventory.sweep.started_at is 'When reading began; a certified list is complete as of this time.';
comment on column inventory.sweep.finished_at is 'When reading ended.';
comment on column inventory.sweep.committed_at is 'When its rows became part of the inventory; the recorded_from of every state it wrote.';
comment on column inventory.sweep.error_code is 'The error that ended it, see docs/errors.md.';
comment on column inventory.sweep.error_message is 'The message of that error, without secrets.';
create index sweep_by_scope on inventory.sweep (project_id, scope, started_at desc);
create index sweep_by_commit on inventory.sweep (committed_at);

create table inventory.instance (
  project_id text collate "C" not null,
  instance_id text collate "C" not null,
  name text,
  datastore_type text,
  datastore_version text,
  status text,
  mode text,
  created_at timestamptz,
  backup_keep_days integer check (backup_keep_days >= 0),
  backup_window text,
  first_seen_at timestamptz not null,
  first_seen_run_id bigint not null,
  changed_at timestamptz not null,
  changed_run_id bigint not null,
  missing_since timestamptz,
  missed_sweeps smallint not null default 0,
  retired_at timestamptz,
  retired_reason text,
  primary key (project_id, instance_id),
  check ((retired_at is null) = (retired_reason is null))
);
create table inventory.instance_past (
  like inventory.instance,
  recorded_to timestamptz not null
);
create index instance_past_key on inventory.instance_past (project_id, instance_id, changed_at);
create index instance_past_to on inventory.instance_past (recorded_to);

create table inventory.backup (
  project_id text collate "C" not null,
  backup_id text collate "C" not null,
  backup_scope text not null check (backup_scope in ('instance', 'database_table')),
  instance_id text collate "C",
  instance_name text,
  name text,
  description text,
  backup_type text not null,
  status text not null,
  datastore_type text,
  datastore_version text,
  size_bytes bigint check (size_bytes >= 0),
  begin_at timestamptz not null,
  end_at timestamptz,
  database_tables jsonb,
  first_seen_at timestamptz not null,
  first_seen_run_id bigint not null,
  changed_at timestamptz not null,
  changed_run_id bigint not null,
  missing_since timestamptz,
  missed_sweeps smallint not null default 0,
  retired_at timestamptz,
  retired_reason text check (retired_reason in ('expired', 'instance_deleted', 'policy_disabled', 'early', 'unknown')),
  primary key (project_id, backup_id, backup_scope),
  check ((retired_at is null) = (retired_reason is null))
);
create index backup_by_instance on inventory.backup (project_id, instance_id, begin_at desc);
create index backup_unfinished on inventory.backup (project_id, backup_scope)
  where status not in ('COMPLETED', 'FAILED') and retired_at is null;
create table inventory.backup_past (
  like inventory.backup,
  recorded_to timestamptz not null
);
create index backup_past_key on inventory.backup_past (project_id, backup_id, backup_scope, changed_at);
create index backup_past_to on inventory.backup_past (recorded_to);

do $$
declare
  pair record;
  suffix text;
begin
  for pair in
    select * from (values
      ('project_id', 'The project.'),
      ('name', 'The name given by a person or the cloud.'),
      ('datastore_type', 'Database engine: cassandra, mongodb, influxdb, redis, or as the cloud says.'),
      ('datastore_version', 'Version of the engine.'),
      ('first_seen_at', 'When a sweep first listed it.'),
      ('first_seen_run_id', 'The run of that sweep.'),
      ('changed_at', 'When this state was recorded; it ends with the next state''s changed_at.'),
      ('changed_run_id', 'The run that recorded this state.'),
      ('missing_since', 'When a certified sweep first did not list it; null = listed.'),
      ('missed_sweeps', 'Certified sweeps in a row that did not list it.'),
      ('retired_at', 'When it was declared gone from the cloud; null = live.'),
      ('recorded_to', 'When this state ended.')
    ) as c (name, text)
  loop
    foreach suffix in array array['instance', 'instance_past', 'backup', 'backup_past'] loop
      if pair.name <> 'recorded_to' or suffix like '%past' then
        execute format('comment on column inventory.%I.%I is %L', suffix, pair.name, pair.text);
      end if;
    end loop;
  end loop;
  for pair in
    select * from (values
      ('instance_id', 'The cloud''s id of the instance.'),
      ('status', 'Status as the cloud says: normal, abnormal, creating, …'),
      ('mode', 'Deployment mode as the cloud says: Cluster, ReplicaSet, …'),
      ('created_at', 'When the instance was created (the wire has no zone: taken as UTC).'),
      ('backup_keep_days', 'Days that automated backups are kept; 0 = the policy is off; null = not said.'),
      ('backup_window', 'Start window of automated backups, UTC, HH:MM-HH:MM.'),
      ('retired_reason', 'Why it is gone: instance_deleted; null = live.')
    ) as c (name, text)
  loop
    execute format('comment on column inventory.instance.%I is %L', pair.name, pair.text);
    execute format('comment on column inventory.instance_past.%I is %L', pair.name, pair.text);
  end loop;
  for pair in
    select * from (values
      ('backup_id', 'The cloud''s id of the backup.'),
      ('backup_scope', 'instance = a whole instance; database_table = chosen databases or tables.'),
      ('instance_id', 'The instance that was backed up.'),
      ('instance_name', 'Its name as listed with the backup.'),
      ('description', 'Description given to the backup.'),
      ('backup_type', 'auto, manual, or verbatim where the cloud says something new.'),
      ('status', 'BUILDING, COMPLETED, FAILED, or verbatim where the cloud says something new.'),
      ('size_bytes', 'Size in bytes (the wire says KB; × 1024, rounded).'),
      ('begin_at', 'When the backup began.'),
      ('end_at', 'When the backup ended; null while not known.'),
      ('database_tables', 'What a database_table backup holds: [{"database", "tables"}], tables null = all.'),
      ('retired_reason', 'expired, instance_deleted, policy_disabled, early (gone before it should) or unknown; null = live.')
    ) as c (name, text)
  loop
    execute format('comment on column inventory.backup.%I is %L', pair.name, pair.text);
    execute format('comment on column inventory.backup_past.%I is %L', pair.name, pair.text);
  end loop;
end $$;
comment on table inventory.instance is 'An instance in its current state; retired ones are kept.';
comment on table inventory.instance_past is 'States of instances that ended. Read inventory.instance_history.';
comment on table inventory.backup is 'A backup in its current state; retired ones are kept.';
comment on table inventory.backup_past is 'States of backups that ended. Read inventory.backup_history.';

-- Every state is kept by the table itself: no statement can change a fact and leave no trace.
-- Statement-level with transition tables: 1.1 times the update without it, row-level 1.2.
create function inventory.keep_past_backup() returns trigger language plpgsql as $$
begin
  insert into inventory.backup_past
  select o.*, n.changed_at
  from old_rows o
  join new_rows n on (n.project_id, n.backup_id, n.backup_scope) = (o.project_id, o.backup_id, o.backup_scope)
  where n.changed_at > o.changed_at;
  return null;
end $$;
comment on function inventory.keep_past_backup() is 'Copies the states that an update ends to inventory.backup_past.';
create trigger keep_past after update on inventory.backup
  referencing old table as old_rows new table as new_rows
  for each statement execute function inventory.keep_past_backup();

create function inventory.keep_past_instance() returns trigger language plpgsql as $$
begin
  insert into inventory.instance_past
  select o.*, n.changed_at
  from old_rows o
  join new_rows n on (n.project_id, n.instance_id) = (o.project_id, o.instance_id)
  where n.changed_at > o.changed_at;
  return null;
end $$;
comment on function inventory.keep_past_instance() is 'Copies the states that an update ends to inventory.instance_past.';
create trigger keep_past after update on inventory.instance
  referencing old table as old_rows new table as new_rows
  for each statement execute function inventory.keep_past_instance();

create table inventory.anomaly (
  anomaly_id bigint generated always as identity primary key,
  project_id text collate "C" not null,
  scope text not null,
  kind text not null check (kind in ('unknown_enum', 'missing_field', 'bad_time', 'future_time', 'bad_size', 'bad_row')),
  item_id text collate "C",
  field text,
  detail text not null,
  raw jsonb,
  blocks_certification boolean not null,
  fingerprint text not null,
  occurrences bigint not null default 1,
  first_run_id bigint not null,
  last_run_id bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  unique (project_id, scope, fingerprint)
);
comment on table inventory.anomaly is 'A wire row, or a field of one, that was not what the API promises. One row per anomaly, however often seen.';
comment on column inventory.anomaly.anomaly_id is 'Number of the anomaly.';
comment on column inventory.anomaly.project_id is 'The project whose list held it.';
comment on column inventory.anomaly.scope is 'The list.';
comment on column inventory.anomaly.kind is 'What is wrong.';
comment on column inventory.anomaly.item_id is 'Id of the row, where it has one.';
comment on column inventory.anomaly.field is 'The wire field; null = the whole row.';
comment on column inventory.anomaly.detail is 'What was found and what was done about it.';
comment on column inventory.anomaly.raw is 'The row as received, cut where it is huge.';
comment on column inventory.anomaly.blocks_certification is 'The row could not be stored, so the sweep proved nothing about absence.';
comment on column inventory.anomaly.fingerprint is 'Digest of kind, item, field and detail: what makes it the same anomaly.';
comment on column inventory.anomaly.occurrences is 'Sweeps that saw it.';
comment on column inventory.anomaly.first_run_id is 'First run that saw it.';
comment on column inventory.anomaly.last_run_id is 'Last run that saw it.';
comment on column inventory.anomaly.first_seen_at is 'When it was first seen.';
comment on column inventory.anomaly.last_seen_at is 'When it was last seen.';

create table inventory.quarantine (
  project_id text collate "C" not null,
  scope text not null,
  item_id text collate "C" not null,
  misses smallint not null default 1,
  first_missed_at timestamptz not null,
  primary key (project_id, scope, item_id)
);
comment on table inventory.quarantine is 'Rows that quarantined sweeps did not list: witnesses kept aside until an operator or a third sweep accepts them.';
comment on column inventory.quarantine.project_id is 'The project.';
comment on column inventory.quarantine.scope is 'The list.';
comment on column inventory.quarantine.item_id is 'Id of the backup or instance.';
comment on column inventory.quarantine.misses is 'Quarantined sweeps in a row that did not list it.';
comment on column inventory.quarantine.first_missed_at is 'When the first of them was committed.';

create table inventory.counter (
  counter text not null,
  project_id text collate "C" not null default '',
  instance_id text collate "C" not null default '',
  label_1 text not null default '',
  label_2 text not null default '',
  value double precision not null check (value >= 0),
  primary key (counter, project_id, instance_id, label_1, label_2)
);
comment on table inventory.counter is 'Sums that only grow, kept in the transaction that did the work: the counters on /metrics.';
comment on column inventory.counter.counter is 'Name of the metric, without prefix.';
comment on column inventory.counter.project_id is 'The project, or empty.';
comment on column inventory.counter.instance_id is 'The instance, or empty.';
comment on column inventory.counter.label_1 is 'First further label of the metric, or empty.';
comment on column inventory.counter.label_2 is 'Second further label of the metric, or empty.';
comment on column inventory.counter.value is 'The sum, in the metric''s unit.';

-- Sweeps under way. Unlogged: a crash empties them and the next run reads again. Typed rows and not pages of JSON: to parse
-- while pages are still on their way costs nothing, in the commit it took a third of the time.
create unlogged table inventory.staged_instance (
  run_id bigint not null,
  stage integer not null,
  batch integer not null,
  instance_id text collate "C" not null,
  name text,
  datastore_type text,
  datastore_version text,
  status text,
  mode text,
  created_at timestamptz,
  backup_keep_days integer,
  backup_window text
) with (autovacuum_enabled = false);
create index staged_instance_batch on inventory.staged_instance (run_id, stage, batch);
comment on table inventory.staged_instance is 'Instances of lists that are being read. Emptied at the end of each run.';

create unlogged table inventory.staged_backup (
  run_id bigint not null,
  stage integer not null,
  batch integer not null,
  backup_id text collate "C" not null,
  instance_id text collate "C",
  instance_name text,
  name text,
  description text,
  backup_type text,
  status text,
  datastore_type text,
  datastore_version text,
  size_bytes bigint,
  begin_at timestamptz,
  end_at timestamptz,
  database_tables jsonb
) with (autovacuum_enabled = false);
create index staged_backup_batch on inventory.staged_backup (run_id, stage, batch);
comment on table inventory.staged_backup is 'Backups of lists that are being read. Emptied at the end of each run.';

do $$
declare
  c record;
begin
  for c in
    select t.name as staged, t.source, a.attname as col,
      coalesce(n.text, 'As in inventory.' || t.source || '.') as text
    from (values ('staged_instance', 'instance'), ('staged_backup', 'backup')) as t (name, source)
    join pg_attribute a on a.attrelid = ('inventory.' || t.name)::regclass and a.attnum > 0
    left join (values
      ('run_id', 'The run that reads.'),
      ('stage', 'Which of the run''s lists, by number.'),
      ('batch', 'Order of reading within the list, from 1; no id is twice in a batch.')
    ) as n (name, text) on n.name = a.attname
  loop
    execute format('comment on column inventory.%I.%I is %L', c.staged, c.col, c.text);
  end loop;
end $$;

create table inventory.migration (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null
);
comment on table inventory.migration is 'The files of migrations/ that made this schema; those named views/… are applied again when one changes.';
comment on column inventory.migration.name is 'The file, without its ending.';
comment on column inventory.migration.checksum is 'SHA-256 of its content, in hex.';
comment on column inventory.migration.applied_at is 'When it was applied, by the database''s clock.';
