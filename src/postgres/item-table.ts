// How the facts of a scope lie in their table: the one place that says which JSON key is which column.

import type { Scope } from '../inventory/model.ts';

interface Column {
  name: string;
  /** Key of the fact in model.ts. */
  key: string;
  type: string;
}

/** A table of current states, and the part of it that one scope fills. */
export interface ItemTable {
  table: 'inventory.backup' | 'inventory.instance';
  /** Where facts wait for their commit. */
  stage: 'inventory.staged_backup' | 'inventory.staged_instance';
  id: Column;
  /** inventory.backup holds two scopes; null = the table has one. */
  backupScope: 'instance' | 'database_table' | null;
  /** Everything the cloud says but the id. */
  facts: readonly Column[];
  /** Columns by which it is joined, filtered and grouped: those whose statistics decide plans. */
  planned: string;
}

const text = (name: string, key = name): Column => ({ name, key, type: 'text' });

const backupFacts: readonly Column[] = [
  text('instance_id', 'instanceId'),
  text('instance_name', 'instanceName'),
  text('name'),
  text('description'),
  text('backup_type', 'backupType'),
  text('status'),
  text('datastore_type', 'datastoreType'),
  text('datastore_version', 'datastoreVersion'),
  { name: 'size_bytes', key: 'sizeBytes', type: 'bigint' },
  { name: 'begin_at', key: 'beginAt', type: 'timestamptz' },
  { name: 'end_at', key: 'endAt', type: 'timestamptz' },
  { name: 'database_tables', key: 'databaseTables', type: 'jsonb' },
];

const instanceFacts: readonly Column[] = [
  text('name'),
  text('datastore_type', 'datastoreType'),
  text('datastore_version', 'datastoreVersion'),
  text('status'),
  text('mode'),
  { name: 'created_at', key: 'createdAt', type: 'timestamptz' },
  { name: 'backup_keep_days', key: 'backupKeepDays', type: 'integer' },
  text('backup_window', 'backupWindow'),
];

const backups = {
  table: 'inventory.backup',
  stage: 'inventory.staged_backup',
  id: text('backup_id', 'backupId'),
  facts: backupFacts,
  planned:
    'project_id, backup_id, backup_scope, instance_id, backup_type, status, begin_at, end_at, missing_since, retired_at',
} as const;

export const itemTables: Readonly<Record<Scope, ItemTable>> = {
  instances: {
    table: 'inventory.instance',
    stage: 'inventory.staged_instance',
    id: text('instance_id', 'instanceId'),
    backupScope: null,
    facts: instanceFacts,
    planned: 'project_id, instance_id, status, missing_since, retired_at',
  },
  instance_backups: { ...backups, backupScope: 'instance' },
  database_table_backups: { ...backups, backupScope: 'database_table' },
};
