-- What was pruned, and since when history is whole: an answer about an instant before that would be wrong in silence.

create table inventory.pruning (
  pruning_id bigint generated always as identity primary key,
  pruned_at timestamptz not null,
  kept_from timestamptz not null,
  retired_backups bigint,
  backup_states bigint,
  instance_states bigint,
  project_states bigint,
  sweeps bigint,
  runs bigint,
  anomalies bigint
);
comment on table inventory.pruning is 'Each removal of what is older than the retention of this inventory. Read inventory.history_limit.';
comment on column inventory.pruning.pruning_id is 'Number of the pruning.';
comment on column inventory.pruning.pruned_at is 'When it began.';
comment on column inventory.pruning.kept_from is 'The limit: history is whole from here on.';
comment on column inventory.pruning.retired_backups is 'Rows of inventory.backup removed; null here and below = not finished.';
comment on column inventory.pruning.backup_states is 'Rows of inventory.backup_past removed.';
comment on column inventory.pruning.instance_states is 'Rows of inventory.instance_past removed.';
comment on column inventory.pruning.project_states is 'Rows of inventory.project_past removed.';
comment on column inventory.pruning.sweeps is 'Rows of inventory.sweep removed.';
comment on column inventory.pruning.runs is 'Rows of inventory.run removed.';
comment on column inventory.pruning.anomalies is 'Rows of inventory.anomaly removed.';
