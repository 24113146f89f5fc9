-- Since when history can be relied on. One row, always.

create or replace view inventory.history_limit as
select max(kept_from) as kept_from, max(pruned_at) as pruned_at from inventory.pruning;
comment on view inventory.history_limit is 'Since when history is whole: what was believed at an earlier instant can no longer be told.';
comment on column inventory.history_limit.kept_from is 'History is whole from here on; null = nothing was ever pruned.';
comment on column inventory.history_limit.pruned_at is 'When something was last pruned.';
