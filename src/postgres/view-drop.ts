// Drops all views and functions of our schemas, whatever their order, so that files of views/ can make them anew.
// Never cascades: a view of somebody else's on top of ours stops it, by name.

import { sql } from 'kysely';
import { StoreError } from '../inventory/errors.ts';
import { storeErrorOf } from './errors.ts';
import type { Tx } from './transaction.ts';

/** Drops them. Throws StoreError naming what depends on them elsewhere. */
export async function dropViews(tx: Tx): Promise<void> {
  try {
    await sql.raw(dropAll).execute(tx);
  } catch (error) {
    const known = storeErrorOf(error);
    throw new StoreError(
      known.code,
      `A view must be replaced, but something of yours depends on it. Drop that, migrate, make it again. ${known.message}`,
      { cause: error },
    );
  }
}

// Each pass drops what nothing depends on any more; a pass that drops nothing has met somebody else's object.
const dropAll = `
do $$
declare
  statement text;
  dropped integer;
  kept integer;
  hint text;
begin
  loop
    dropped := 0;
    kept := 0;
    for statement in
      select format('drop %s %I.%I', case c.relkind when 'm' then 'materialized view' else 'view' end, n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('inventory', 'compliance') and c.relkind in ('v', 'm')
      union all
      select format('drop routine %s', p.oid::regprocedure)
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname in ('inventory', 'compliance') and p.prorettype <> 'trigger'::regtype
    loop
      begin
        execute statement;
        dropped := dropped + 1;
      exception when dependent_objects_still_exist then
        get stacked diagnostics hint = pg_exception_detail;
        kept := kept + 1;
      end;
    end loop;
    exit when kept = 0;
    if dropped = 0 then
      raise dependent_objects_still_exist using message = hint;
    end if;
  end loop;
end $$`;
