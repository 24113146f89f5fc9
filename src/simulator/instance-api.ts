// Everything the service says about instances: the list, backup policies (v3 with 202, v3.1 with 200), tags, the
// recycle bin, and the two calls that remove a backup.

import type { Answer, Row } from './answers.ts';
import { ok, Refusal, serviceError } from './answers.ts';
import type { ListDeps } from './backup-api.ts';
import type { ProjectEstate } from './estate.ts';
import { findBackup, removeBackup } from './estate.ts';
import type { Query } from './query.ts';
import { parameter, parsePaging } from './query.ts';
import type { InstanceRecord } from './records.ts';
import { backupId } from './records.ts';
import { walkSorted } from './sorted-list.ts';
import { showInstance, showTime, windowOf } from './wire.ts';

export function listInstances(deps: ListDeps, query: Query): Answer {
  const { estate } = deps;
  const { offset, limit } = parsePaging(query, 'instances', deps.behaviour);
  const id = parameter(query, 'id');
  const name = parameter(query, 'name');
  const engine = parameter(query, 'datastore_type');
  const mode = engine === undefined ? undefined : parameter(query, 'mode');
  const chosen = estate.instances.filter(
    (instance) =>
      (id === undefined || sameOrLike(instance.instanceId, id)) &&
      (name === undefined || sameOrLike(instance.name, name)) &&
      (engine === undefined || instance.engine === engine) &&
      (mode === undefined || instance.mode === mode),
  );
  const read = (from: number, count: number): Row[] =>
    chosen.slice(from, from + count).map((instance) => showInstance(estate, instance));
  return {
    status: 200,
    body: { total_count: chosen.length, instances: read(offset, limit) },
    page: { key: 'instances', offset, limit, total: chosen.length, read },
  };
}

/** A leading asterisk makes the match fuzzy. */
function sameOrLike(value: string, wanted: string): boolean {
  return wanted.startsWith('*') ? value.includes(wanted.slice(1)) : value === wanted;
}

function requireInstance(estate: ProjectEstate, instanceId: string): InstanceRecord {
  const instance = estate.instanceById.get(instanceId);
  if (instance === undefined || instance.deletedAt !== null) {
    throw new Refusal(serviceError(404, 'DBS.200002', 'The instance does not exist.'));
  }
  return instance;
}

export function showPolicy(deps: ListDeps, query: Query, generation: 'v3' | 'v3.1', instanceId: string): Answer {
  const instance = requireInstance(deps.estate, instanceId);
  const tables = parameter(query, 'type') === 'DatabaseTable';
  const status = generation === 'v3' ? deps.behaviour.policyV3Status : 200;
  if (tables && !instance.tables) return ok({ backup_policy: { keep_days: 0 } }, status);
  if (!tables && instance.policy.keepDays === 0) return ok({ backup_policy: { keep_days: 0 } }, status);
  return ok(
    {
      backup_policy: {
        keep_days: tables ? 60 : instance.policy.keepDays,
        start_time: windowOf(instance),
        period: tables ? '7' : instance.policy.period.join(','),
        incremental_period: generation === 'v3' ? '0' : null,
        differential_period: generation === 'v3' ? '0' : null,
        ...(tables ? { database_tables: [{ database_name: 'shop', table_names: null }] } : {}),
      },
    },
    status,
  );
}

export function showInstanceTags(deps: ListDeps, instanceId: string): Answer {
  return ok({ tags: requireInstance(deps.estate, instanceId).tags });
}

export function showProjectTags(deps: ListDeps): Answer {
  const values = new Map<string, Set<string>>();
  for (const { key, value } of deps.estate.instances.flatMap((instance) => instance.tags)) {
    values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  return ok({ tags: [...values].map(([key, set]) => ({ key, values: [...set].sort() })) });
}

/** Bulk tags: `limit` and `offset` come as strings. */
export function filterByTags(deps: ListDeps, body: unknown): Answer {
  const asked = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  if (asked.action !== 'filter' && asked.action !== 'count') {
    throw new Refusal(serviceError(400, deps.behaviour.codes.parameter, 'Parameter error: action'));
  }
  if (asked.action === 'count') return ok({ total_count: deps.estate.instances.length });
  const number = (value: unknown, absent: number): number => {
    if (value === undefined) return absent;
    if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
    throw new Refusal(serviceError(400, deps.behaviour.codes.parameter, 'Parameter error: limit or offset'));
  };
  const offset = number(asked.offset, 0);
  const limit = number(asked.limit, 100);
  const rows = deps.estate.instances.slice(offset, offset + limit);
  return ok({
    instances: rows.map(({ instanceId, name, tags }) => ({ instance_id: instanceId, instance_name: name, tags })),
    total_count: deps.estate.instances.length,
  });
}

/** Deleted instances of the last seven days. */
export function listRecycled(deps: ListDeps, query: Query): Answer {
  const { estate, behaviour } = deps;
  const { offset, limit } = parsePaging(query, 'instances', behaviour);
  const week = 7 * 86_400;
  const recycled = [...estate.instanceById.values()].filter(
    (instance) => instance.deletedAt !== null && instance.deletedAt + week > estate.livedUntil,
  );
  return ok({
    instances: recycled.slice(offset, offset + limit).map((instance) => {
      const deletedAt = instance.deletedAt ?? 0;
      const newest = [...walkSorted(estate.lists.instance_backups)].find((record) => record.instance === instance);
      return {
        id: instance.instanceId,
        name: instance.name,
        mode: instance.mode,
        datastore: { type: instance.engine, version: instance.version },
        charge_type: '0',
        created_at: showTime(instance.createdAt, 'v4', behaviour.zone),
        deleted_at: showTime(deletedAt, 'v4', behaviour.zone),
        retained_until: showTime(deletedAt + week, 'v4', behaviour.zone),
        backup_id: newest === undefined ? null : backupId(estate.key, newest),
        status: 'Active',
      };
    }),
    total_count: recycled.length,
  });
}

/** Stops a running backup, or deletes one; either way the row is gone. */
export function dropBackup(deps: ListDeps, id: string, how: 'stopped' | 'deleted'): Answer {
  const record = findBackup(deps.estate, id);
  if (record === null) throw new Refusal(serviceError(400, 'DBS.201214', 'The backup does not exist.'));
  const running = record.status === 'BUILDING';
  if (how === 'deleted' && record.kind === 'Auto') {
    throw new Refusal(serviceError(400, 'DBS.280124', 'Automated backups cannot be deleted.'));
  }
  if (running !== (how === 'stopped')) {
    throw new Refusal(serviceError(400, 'DBS.200019', 'The operation does not fit the state of the backup.'));
  }
  removeBackup(deps.estate, record, how);
  return { status: 202 };
}
