// The role that dashboards and auditors read with: all views and functions, and the five tables of the SQL contract.

import { sql } from 'kysely';
import type { Tx } from './transaction.ts';

const grants = `
do $$
declare
  name text;
begin
  for name in select nspname from pg_namespace where nspname in ('inventory', 'compliance') loop
    execute format('grant usage on schema %I to backup_inventory_reader', name);
    execute format('grant execute on all functions in schema %I to backup_inventory_reader', name);
  end loop;
  for name in
    select format('%I.%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('inventory', 'compliance') and c.relkind in ('v', 'm')
  loop
    execute format('grant select on %s to backup_inventory_reader', name);
  end loop;
  grant select on inventory.project, inventory.instance, inventory.backup, inventory.run, inventory.sweep
    to backup_inventory_reader;
end $$`;

// Roles belong to the server: another database's migration may make it at the same time.
const create = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'backup_inventory_reader') then
    create role backup_inventory_reader nologin;
  end if;
exception
  when duplicate_object or unique_violation or insufficient_privilege then null;
end $$`;

/** Creates the role where this user may, and grants. Resolves to what the operator should know. */
export async function grantReader(tx: Tx): Promise<string[]> {
  await sql.raw(create).execute(tx);
  const { rows } = await sql`select from pg_roles where rolname = 'backup_inventory_reader'`.execute(tx);
  if (rows.length === 0) {
    return [
      'The role backup_inventory_reader does not exist and this user may not create roles. ' +
        'Let an administrator run "create role backup_inventory_reader", then grant select on the views to it.',
    ];
  }
  await sql.raw(grants).execute(tx);
  return [];
}
