// The small healthy fleet that every rule test starts from: two projects, three instances, and two replicas of the
// exporter that show them. A case changes what it is about and nothing else.

type Labels = Readonly<Record<string, string>>;

export interface Series {
  metric: string;
  labels: Labels;
  /** In promtool's notation, one value per interval. */
  values: string;
}

export type Change = (series: readonly Series[]) => readonly Series[];

const replicas = ['a', 'b'];
/** Stands for as many samples as a case needs; replaced when its file is written. */
export const rest = 'REST';
export const rpo = 26 * 3600;
export const retention = 7 * 86400;
export const freshness = 3 * 3600;
export const schedule = 3600;

/** The same value all the time. */
export function constant(value: number): string {
  return `${value}+0x${rest}`;
}

/** A value until the interval of that number, another one from it on. */
export function step(before: number, intervals: number, after: number): string {
  return `${before}+0x${intervals - 1} ${after}+0x${rest}`;
}

/** A value, nothing for some intervals, and a value again. */
export function gap(before: number, intervals: number, missing: number, after: number): string {
  return `${before}+0x${intervals - 1} _x${missing} ${after}+0x${rest}`;
}

/** Nothing until the interval of that number. */
export function appearing(intervals: number, value: number): string {
  return `_x${intervals} ${value}+0x${rest}`;
}

/** A value until the interval of that number, then nothing. */
export function vanishing(value: number, intervals: number): string {
  return `${value}+0x${intervals - 1} stale _x${rest}`;
}

/**
 * The healthy fleet at that second, and changes to it. A metric without prefix gets ours, unless it is one of
 * kube-state-metrics.
 */
export function fleet(at: number, ...changes: readonly Change[]): readonly Series[] {
  const base = [...exporter(at), ...project(at, 'p1', 'prod'), ...project(at, 'p2', 'test')];
  const instances = [instance(at, 'p1', 'i1', 'orders'), instance(at, 'p1', 'i2', 'billing')];
  const all = [...base, ...instances.flat(), ...instance(at, 'p2', 'i3', 'events')];
  return changes.reduce<readonly Series[]>((series, change) => change(series), all);
}

/** Gives every series of the metric that has the labels these values; adds it to both replicas where there is none. */
export function set(metric: string, labels: Labels, values: number | string): Change {
  const text = typeof values === 'number' ? constant(values) : values;
  return (series) => {
    const found = series.filter((one) => matches(one, metric, labels));
    const added = 'pod' in labels ? [{ metric, labels, values: text }] : bothReplicas(metric, labels, text);
    if (found.length === 0) return [...series, ...added];
    return series.map((one) => (found.includes(one) ? { ...one, values: text } : one));
  };
}

/** Takes away every series of the metric that has the labels. */
export function without(metric: string, labels: Labels = {}): Change {
  return (series) => series.filter((one) => !matches(one, metric, labels));
}

/** Takes away everything. */
export const nothing: Change = () => [];

function matches(series: Series, metric: string, labels: Labels): boolean {
  return series.metric === metric && Object.entries(labels).every(([name, value]) => series.labels[name] === value);
}

function bothReplicas(metric: string, labels: Labels, values: string): Series[] {
  if (metric.startsWith('kube_')) return [{ metric, labels, values }];
  return replicas.map((pod) => ({ metric, labels: { ...labels, job: 'backup-inventory', pod }, values }));
}

function both(metric: string, labels: Labels, value: number): Series[] {
  return bothReplicas(metric, labels, constant(value));
}

function exporter(at: number): Series[] {
  return [
    ...both('build_info', { version: '1.0.0' }, 1),
    ...both('freshness_limit_seconds', {}, freshness),
    ...both('schedule_interval_seconds', {}, schedule),
    ...both('clock_skew_seconds', {}, 1),
    ...both('snapshot_timestamp_seconds', {}, at - 30),
    ...both('credential_expiry_timestamp_seconds', {}, at + 80_000),
    ...both('api_throttle_wait_seconds_total', { reason: 'throttled' }, 12),
    ...both('api_throttle_wait_seconds_total', { reason: 'rate_limit' }, 345),
    ...both('anomalies_total', { kind: 'unknown_enum' }, 3),
    ...both('anomalies_total', { kind: 'bad_time' }, 1),
  ];
}

function project(at: number, project_id: string, project_name: string): Series[] {
  const scopes = ['instances', 'instance_backups', 'database_table_backups'].flatMap((scope) => [
    ...both('sweep_last_attempt_timestamp_seconds', { project_id, scope }, at - 600),
    ...both('sweep_last_certified_timestamp_seconds', { project_id, scope }, at - 600),
    ...both('quarantined', { project_id, scope }, 0),
    ...both('sweeps_total', { project_id, scope, outcome: 'certified' }, 700),
    ...both('sweeps_total', { project_id, scope, outcome: 'auth' }, 5),
    ...both('sweeps_total', { project_id, scope, outcome: 'forbidden' }, 4),
    ...both('sweeps_total', { project_id, scope, outcome: 'throttled' }, 5),
  ]);
  return [
    ...both('project_info', { project_id, project_name, region_id: 'eu-west-1' }, 1),
    ...scopes,
    ...both('retired_total', { project_id, reason: 'early' }, 2),
    ...both('retired_total', { project_id, reason: 'expired' }, 900),
    ...both('control_instances', { project_id, control: 'BK-08', verdict: 'NON_COMPLIANT' }, 0),
    ...both('control_instances', { project_id, control: 'BK-08', verdict: 'COMPLIANT' }, 2),
    ...['BK-01', 'BK-02', 'BK-03', 'BK-05', 'BK-06'].flatMap((control) =>
      both('control_instances', { project_id, control, verdict: 'NON_COMPLIANT' }, 1),
    ),
  ];
}

function instance(at: number, project_id: string, instance_id: string, instance_name: string): Series[] {
  const ids = { project_id, instance_id };
  const states = ['protected', 'unprotected', 'unknown', 'exempt'].flatMap((state) =>
    both('instance_protection_state', { ...ids, state }, state === 'protected' ? 1 : 0),
  );
  return [
    ...both('instance_info', { ...ids, instance_name, datastore: 'cassandra' }, 1),
    ...both('instance_status', { ...ids, status: 'normal' }, 1),
    ...both('instance_created_timestamp_seconds', ids, at - 90 * 86400),
    ...both('available', ids, 1),
    ...both('last_success_timestamp_seconds', { ...ids, backup_type: 'auto' }, at - 7200),
    ...both('last_success_timestamp_seconds', { ...ids, backup_type: 'manual' }, at - 40 * 86400),
    ...both('last_duration_seconds', { ...ids, backup_type: 'auto' }, 900),
    ...both('consecutive_failures', ids, 0),
    ...both('policy_enabled', ids, 1),
    ...both('policy_retention_seconds', ids, retention),
    ...both('objective_rpo_seconds', ids, rpo),
    ...both('objective_retention_seconds', ids, retention),
    ...states,
  ];
}
