-- Roles for one database of backup-inventory. Run it as a superuser, or as a role with CREATEROLE that owns the database, in
-- that database, before the first `migrate` or at any time later; running it again changes nothing. Plain SQL: any client will do.
--   backup_inventory_owner   migrates; owns all that the program makes
--   backup_inventory_writer  sync, serve with a schedule, prune: reads and writes rows, makes nothing
--   backup_inventory_server  serve --no-schedule, report, check: reads everything, writes nothing
--   backup_inventory_reader  for people and dashboards, by membership: the views and five tables of the SQL interface
-- The first three may log in once you give them passwords:
--   alter role backup_inventory_writer password '…';
-- People get the last one:  grant backup_inventory_reader to grafana;

do $$
declare
  name text;
begin
  foreach name in array array['owner', 'writer', 'server'] loop
    if not exists (select from pg_roles where rolname = 'backup_inventory_' || name) then
      execute format('create role %I login', 'backup_inventory_' || name);
    end if;
  end loop;
  if not exists (select from pg_roles where rolname = 'backup_inventory_reader') then
    create role backup_inventory_reader nologin;
  end if;
  -- Who is no superuser sets the owner's default privileges as a member of it.
  if not pg_has_role(current_user, 'backup_inventory_owner', 'usage') then
    execute format('grant backup_inventory_owner to %I', current_user);
  end if;
  execute format('grant create, connect, temporary on database %I to backup_inventory_owner', current_database());
  execute format(
    'grant connect on database %I to backup_inventory_writer, backup_inventory_server, backup_inventory_reader',
    current_database());
end $$;

-- What the owner will make.
alter default privileges for role backup_inventory_owner
  grant usage on schemas to backup_inventory_writer, backup_inventory_server;
alter default privileges for role backup_inventory_owner
  grant select, insert, update, delete, truncate on tables to backup_inventory_writer;
alter default privileges for role backup_inventory_owner
  grant select on tables to backup_inventory_server;

-- After a first load the writer tells the planner how full the table is. Before Postgres 17 only the owner may; then
-- autovacuum does it, a minute or two later. The privilege also allows to vacuum, reindex and lock these tables.
do $$
begin
  if current_setting('server_version_num')::int >= 170000 then
    execute 'alter default privileges for role backup_inventory_owner grant maintain on tables to backup_inventory_writer';
  end if;
end $$;

-- What is there already, where the schema came first. It becomes the owner's.
do $$
declare
  item record;
begin
  for item in select nspname as name from pg_namespace where nspname in ('inventory', 'compliance') loop
    execute format('alter schema %I owner to backup_inventory_owner', item.name);
    execute format('grant usage on schema %I to backup_inventory_writer, backup_inventory_server', item.name);
  end loop;
  for item in
    select n.nspname as schema, c.relname as name,
      case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('inventory', 'compliance') and c.relkind in ('r', 'p', 'v', 'm')
  loop
    execute format('alter %s %I.%I owner to backup_inventory_owner', item.kind, item.schema, item.name);
    execute format('grant select on %I.%I to backup_inventory_server', item.schema, item.name);
    execute format(
      'grant select, insert, update, delete, truncate on %I.%I to backup_inventory_writer', item.schema, item.name);
    if current_setting('server_version_num')::int >= 170000 then
      execute format('grant maintain on %I.%I to backup_inventory_writer', item.schema, item.name);
    end if;
  end loop;
  for item in
    select p.oid::regprocedure::text as name
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('inventory', 'compliance')
  loop
    execute format('alter function %s owner to backup_inventory_owner', item.name);
  end loop;
  for item in
    select format('%I.%I', n.nspname, t.typname) as name
    from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_class c on c.oid = t.typrelid
    where n.nspname in ('inventory', 'compliance') and t.typtype = 'c' and c.relkind = 'c'
  loop
    execute format('alter type %s owner to backup_inventory_owner', item.name);
  end loop;
end $$;
