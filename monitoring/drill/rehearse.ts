// The drill from curtain to curtain: a healthy estate is quiet, then everything goes wrong at once, then the runs stop,
// then the exporters. In each act exactly the expected alerts must fire.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { rules } from '../alerts/index.ts';
import { defaultRunbookBase, renderRulesFile } from '../alerts/render.ts';
import type { Span } from '../alerts/rule.ts';
import { createEstate, type Estate, prepare } from './estate.ts';
import {
  type ExporterInput,
  openLine,
  partsAfter,
  partsBefore,
  runOnce,
  startReplica,
  writeConfig,
} from './exporter.ts';
import { exportersStop, type Incident, incidents, whileNoRunIsMade } from './incidents.ts';
import type { FiringAlert, Prometheus, Target } from './prometheus.ts';
import { type Fired, type Judgement, judge, keyOf } from './watch.ts';

/** An hour of the rules is six seconds of the drill. Times in the data are real: they lie in the past. */
const compression = 600;
const compressed: Span = (seconds) => `${Math.max(1, Math.round((seconds * 1000) / compression))}ms`;

/** The rules as the drill needs them: the shipped ones, with shorter durations. */
export function drillRules(): string {
  return renderRulesFile(rules, { runbookBase: defaultRunbookBase, span: compressed });
}

export interface Ports {
  host: string;
  exporters: readonly [number, number];
  kubeStateMetrics: number;
}

/** What Prometheus must scrape, every second. */
export function targetsOf({ host, exporters, kubeStateMetrics }: Ports): Target[] {
  return [
    ...exporters.map((port) => ({ job: 'backup-inventory', address: `${host}:${port}` })),
    { job: 'kube-state-metrics', address: `${host}:${kubeStateMetrics}` },
  ];
}

export interface DrillInput {
  cloud: ExporterInput['cloud'];
  databaseUrl: string;
  folder: string;
  ports: Ports;
  /** Called once the exporters can be scraped. */
  prometheus(): Promise<Prometheus>;
  tell(line: string): void;
  /** How long an act may take. */
  patienceMs: number;
}

export interface Act {
  title: string;
  fired: Fired;
  judgement: Judgement;
}

/** Without any alert before the strike: longer than the longest window of the rules in the drill. */
const quietMs = 45_000;
/** How long nothing else may fire once everything expected has. */
const settleMs = 8000;
/** Between two runs. */
const restMs = 4000;

/** Plays all acts; it throws where the stage cannot be set, never for an alert. */
export async function rehearse(input: DrillInput): Promise<Act[]> {
  const { cloud, databaseUrl, folder, ports } = input;
  const estate = createEstate(cloud);
  const exporter: ExporterInput = { cloud, estate, databaseUrl, folder };
  await cloud.post('set-behaviour', { tokenHours: 0.005 });
  await prepare(estate);
  const before = await writeConfig(exporter, 'before', { projects: partsBefore, login: 'token' });
  await runOnce(before);
  await using line = await openLine(databaseUrl);
  await using kube = await showSeries(ports);
  await using replicas = new AsyncDisposableStack();
  for (const [index, port] of ports.exporters.entries()) {
    const http = { host: ports.host, port };
    const ownUrl = index === 0 ? databaseUrl : line.url;
    const config = { projects: partsBefore, login: 'token', databaseUrl: ownUrl, http } as const;
    replicas.use(await startReplica(await writeConfig(exporter, `replica-${index}`, config)));
  }
  const prometheus = await input.prometheus();
  await scraped(prometheus);
  const play = createPlay(input, prometheus, estate);
  const acts = [await play({ title: 'nothing is wrong', played: [], run: () => runOnce(before), atLeastMs: quietMs })];

  const after = await writeConfig(exporter, 'after', { projects: partsAfter, login: 'token' });
  const wrongKey = await writeConfig(exporter, 'wrong-key', { projects: ['wrong-key'], login: 'wrong key' });
  const others = partsAfter.filter((part) => part !== 'wrong-key').map((part) => estate.projectOf(part));
  const stage = { estate, showCronJob: kube.show, cutReplica: line.cut };
  for (const { strike } of incidents) await strike?.(stage);
  await runOnce(after); // over all projects: what is not configured any more is noticed
  const run = async () => {
    await runOnce(wrongKey, [estate.projectOf('wrong-key')]);
    await runOnce(after, others);
  };
  acts.push(await play({ title: 'everything goes wrong', played: incidents, run, atLeastMs: settleMs }));
  for (const { strike } of whileNoRunIsMade) await strike?.(stage);
  acts.push(await play({ title: 'no run is made', played: whileNoRunIsMade, run: null, atLeastMs: 0 }));
  await replicas.disposeAsync();
  acts.push(await play({ title: 'the exporters stop', played: [exportersStop], run: null, atLeastMs: 0 }));
  return acts;
}

interface Scene {
  title: string;
  played: readonly Incident[];
  /** Made again and again while the act lasts. */
  run: (() => Promise<void>) | null;
  /** How long to watch after everything expected has fired. */
  atLeastMs: number;
}

/** Plays scene after scene; what an earlier one started may fire in a later one. */
function createPlay({ patienceMs, tell }: DrillInput, prometheus: Prometheus, estate: Estate) {
  const before: Incident[] = [];
  const told = new Set<string>();
  return async ({ title, played, run, atLeastMs }: Scene): Promise<Act> => {
    tell(`${title}: ${played.length} incidents`);
    const fired: Fired = new Map();
    const stop = new AbortController();
    const running = run === null ? Promise.resolve() : repeat(run, stop.signal);
    running.catch(() => undefined);
    const deadline = Date.now() + patienceMs;
    let completeSince: number | null = null;
    while (Date.now() < deadline && (completeSince === null || Date.now() - completeSince < atLeastMs)) {
      for (const alert of await ours(prometheus)) {
        fired.set(keyOf(alert), alert);
        if (!told.has(keyOf(alert))) tell(`  ${alert.severity.padEnd(6)} ${alert.name}: ${alert.summary}`);
        told.add(keyOf(alert));
      }
      if (judge(fired, { played, before }, estate).missing.length === 0) completeSince ??= Date.now();
      await Promise.race([sleep(500), running.then(() => sleep(500))]);
    }
    stop.abort();
    await running;
    const judgement = judge(fired, { played, before }, estate);
    before.push(...played);
    return { title, fired, judgement };
  };
}

async function repeat(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await run();
    await sleep(restMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A Prometheus of a user may have other rules too. */
async function ours(prometheus: Prometheus): Promise<FiringAlert[]> {
  const firing = await prometheus.firing();
  return firing.filter(({ name }) => rules.alerts.some(({ alert }) => alert === name));
}

/** Waits until Prometheus shows the exporter, and nothing is said of the time before. */
async function scraped(prometheus: Prometheus): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const shown = await prometheus.query('backup_inventory_build_info');
    if (shown.length > 0 && (await ours(prometheus)).length === 0) return;
    await sleep(500);
  }
  throw new Error(`${prometheus.url} does not show the exporters, or alerts about other ones.`);
}

/** A stand-in for kube-state-metrics: shows the series that it is told. */
async function showSeries({ host, kubeStateMetrics }: Ports) {
  const shown: string[] = [];
  const server = createServer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      .end(shown.map((one) => `${one}\n`).join(''));
  });
  await once(server.listen(kubeStateMetrics, host), 'listening');
  return {
    show: (series: string) => void shown.push(series),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
