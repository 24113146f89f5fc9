-- The headline per instance: one word made of what BK-01 (recovery point) and BK-07 (unprotected) say.

create or replace function compliance.protection_of(last_good_backup text, unprotected text) returns text
language sql immutable parallel safe as $$
  select case
    when 'NON_COMPLIANT' in (last_good_backup, unprotected) then 'unprotected'
    when 'UNKNOWN' in (last_good_backup, unprotected) then 'unknown'
    when 'EXEMPT' in (last_good_backup, unprotected) then 'exempt'
    when 'COMPLIANT' in (last_good_backup, unprotected) then 'protected'
    -- Neither applies yet: an instance that is being created, or whose first backup is due.
    else 'unknown' end
$$;
comment on function compliance.protection_of(text, text) is 'protected, unprotected, unknown or exempt, from the verdicts of BK-01 and BK-07. The worse one wins; doubt is never protection.';

create or replace function compliance.instance_protection_at(as_of timestamptz)
returns table (project_id text, instance_id text, state text)
language sql stable as $$
  select r.project_id, r.instance_id, compliance.protection_of(r.verdict, u.verdict)
  from compliance.control_last_good_backup_at(as_of) r
  join compliance.control_unprotected_at(as_of) u on u.project_id = r.project_id and u.instance_id = r.instance_id
$$;
comment on function compliance.instance_protection_at(timestamptz) is 'The headline of every live instance as of an instant.';

create or replace view compliance.instance_protection as select * from compliance.instance_protection_at(now());
comment on view compliance.instance_protection is 'The headline of every live instance now.';
comment on column compliance.instance_protection.project_id is 'The project.';
comment on column compliance.instance_protection.instance_id is 'The instance.';
comment on column compliance.instance_protection.state is 'protected, unprotected, unknown or exempt.';
