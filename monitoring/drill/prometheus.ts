// A Prometheus to rehearse with: one started here, or one that the user runs. Both are asked over their HTTP API.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';

export interface FiringAlert {
  name: string;
  /** Without alertname and severity. */
  labels: Readonly<Record<string, string>>;
  severity: string;
  summary: string;
}

export interface Prometheus {
  readonly url: string;
  firing(): Promise<FiringAlert[]>;
  /** Result of an instant query. */
  query(expr: string): Promise<QueryResult[]>;
  /** Result of a range query over the last seconds, in so many points. */
  queryRange(expr: string, seconds: number, points: number): Promise<RangeResult[]>;
}

export interface QueryResult {
  metric: Readonly<Record<string, string>>;
  value: [number, string];
}

export interface RangeResult {
  metric: Readonly<Record<string, string>>;
  values: [number, string][];
}

interface AlertWire {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: string;
}

/** One that runs already. */
export function connectPrometheus(url: string): Prometheus {
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url.replace(/\/$/, '')}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; data: T; error?: string };
    if (body.status !== 'success') throw new Error(`Prometheus refuses ${path}: ${body.error}`);
    return body.data;
  };
  return {
    url,
    async firing() {
      const { alerts } = await ask<{ alerts: AlertWire[] }>('alerts');
      return alerts.filter(({ state }) => state === 'firing').map(readAlert);
    },
    async query(expr) {
      return (await ask<{ result: QueryResult[] }>(`query?query=${encodeURIComponent(expr)}`)).result;
    },
    async queryRange(expr, seconds, points) {
      const end = Date.now() / 1000;
      const step = Math.max(1, seconds / points);
      const range = `start=${end - seconds}&end=${end}&step=${step}`;
      return (await ask<{ result: RangeResult[] }>(`query_range?query=${encodeURIComponent(expr)}&${range}`)).result;
    },
  };
}

function readAlert({ labels, annotations }: AlertWire): FiringAlert {
  const { alertname = '', severity = '', ...rest } = labels;
  return { name: alertname, labels: rest, severity, summary: annotations.summary ?? '' };
}

/** A target to scrape. */
export interface Target {
  job: string;
  address: string;
  path?: string;
}

/** The configuration that scrapes and evaluates every second. */
export function prometheusConfig(targets: readonly Target[], rulesFile: string | null): string {
  return stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    ...(rulesFile !== null && { rule_files: [rulesFile] }),
    scrape_configs: [...Map.groupBy(targets, ({ job }) => job)].map(([job, of]) => ({
      job_name: job,
      ...(of[0]?.path !== undefined && { metrics_path: of[0].path }),
      static_configs: [{ targets: of.map(({ address }) => address) }],
    })),
  });
}

/** Starts one on a port of its own. Disposing stops it and removes what it stored. */
export async function startPrometheus(
  targets: readonly Target[],
  rules: string | null,
  port: number,
): Promise<Prometheus & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-prometheus-'));
  const rulesFile = join(folder, 'rules.yaml');
  if (rules !== null) await writeFile(rulesFile, rules);
  await writeFile(join(folder, 'prometheus.yaml'), prometheusConfig(targets, rules === null ? null : rulesFile));
  const flags = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit').catch(() => undefined);
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (cause) =>
      reject(new Error('Prometheus does not start. Run scripts/install-test-tools.', { cause })),
    );
    child.on('exit', (code) => reject(new Error(`Prometheus ended with code ${code}.`)));
  });
  failed.catch(() => undefined);
  const dispose = async () => {
    if (child.exitCode === null && child.pid !== undefined) child.kill('SIGKILL');
    if (child.pid !== undefined) await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([ready(`${url}/-/ready`), failed]);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { ...connectPrometheus(url), [Symbol.asyncDispose]: dispose };
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer.`);
}
