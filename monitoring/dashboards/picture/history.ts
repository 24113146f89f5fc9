// A week of metrics for a picture: a simulated estate in simulated time, read by the real program into a real Postgres, and
// every half hour's real exposition, loaded into a real Prometheus.

import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describeProcess } from '../../../src/app/wire-process.ts';
import { createRunner } from '../../../src/app/wire-run.ts';
import { type CloudConfig, loadConfig } from '../../../src/config.ts';
import type { Clock, Log } from '../../../src/inventory/ports.ts';
import { openDatabase } from '../../../src/postgres/database.ts';
import { migrate } from '../../../src/postgres/migrator.ts';
import { createSnapshotReader } from '../../../src/postgres/snapshot.ts';
import { createExposition } from '../../../src/prometheus/exposition.ts';
import { createSelfMetrics } from '../../../src/prometheus/self.ts';
import { SecretRegistry } from '../../../src/secret.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts';
import { startPostgres } from '../../../test/support/postgres-server.ts';

export const days = 7;
/** Between two scrapes. */
export const scrapeSeconds = 1800;
const scrapesPerRun = 4;
const dayMs = 86_400_000;

const silent = () => undefined;
const log: Log = {
  debug: silent,
  info: silent,
  warn: silent,
  error: (...said) => void process.stderr.write(`${JSON.stringify(said)}\n`),
};

/** Writes the blocks of a week that ends now into `folder`/data. */
export async function recordWeek(folder: string): Promise<void> {
  await using simulator = await startSimulator({
    seed: 23,
    projects: 3,
    instances: 12,
    days: 20,
    speed: 0,
    startAt: new Date(Date.now() - days * dayMs),
    churn: {},
  });
  await using postgres = await startPostgres();
  await using database = await openDatabase({ url: postgres.url });
  await migrate(database);
  const config = await configOf(folder, simulator, postgres.url);
  const clock: Clock = {
    now: () => simulator.now(),
    sleep: (durationMs, signal) => sleep(durationMs, undefined, { signal }),
  };
  const runner = createRunner({ config, database, self: createSelfMetrics(), clock, log, scrub: (text) => text });
  const reader = createSnapshotReader(database);
  const state = { config, schemaVersion: '', runInProgress: false, schedules: true };
  const exposition = createExposition({ process: () => describeProcess(state) });
  const file = join(folder, 'metrics.txt');
  const out = createWriteStream(file);
  for (let scrape = 0; scrape <= (days * 86_400) / scrapeSeconds; scrape += 1) {
    simulator.control.advance({ ms: scrape === 0 ? 0 : scrapeSeconds * 1000 });
    happen(simulator, scrape);
    if (scrape % scrapesPerRun === 0) {
      await runner.run({ trigger: 'schedule', mode: 'full', signal: new AbortController().signal });
      await reader.readVerdicts(clock.now(), new AbortController().signal);
      await exposition.update(await reader.readFacts(clock.now()), clock.now());
    }
    await exposition.judge(clock.now());
    const { body } = await exposition.scrape({});
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    out.write(stamped(Buffer.concat(pieces).toString(), clock.now()));
  }
  out.end('# EOF\n');
  await finished(out);
  const command = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
  await promisify(execFile)('promtool', command, { maxBuffer: 1 << 26 });
}

/** Samples of ours with their time and the labels that a scrape adds. */
function stamped(text: string, at: Date): string {
  const lines = text.split('\n').flatMap((line) => {
    const sample = /^(backup_inventory_\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) return [];
    const [, name, labels = '', value] = sample;
    const scraped = 'job="backup-inventory",instance="exporter:9464"';
    return [`${name}{${labels === '' ? '' : `${labels},`}${scraped}} ${value} ${at.getTime() / 1000}\n`];
  });
  return lines.join('');
}

/** What goes wrong in that week. */
function happen(simulator: Simulator, scrape: number): void {
  const [first, second, third] = simulator.projects.map(({ projectId }) => projectId);
  if (first === undefined || second === undefined || third === undefined) throw new Error('Three projects are needed.');
  const ofDay = (day: number) => Math.round((day * 86_400) / scrapeSeconds);
  const { control } = simulator;
  if (scrape === 0) {
    const created = { createdTime: new Date(simulator.now().getTime() - 19 * dayMs).toISOString() };
    control.insertInstance({ ...created, projectId: second, name: 'reports-archive', keepDays: 0 });
  }
  const nights: [day: number, project: string, index: number, script: object][] = [
    [1, first, 2, { failNext: 2 }],
    [3, second, 4, { failNext: 9 }],
    [4, first, 5, { skipNext: 9 }],
    [5, third, 1, { stickNext: 1 }],
    [5, third, 6, { failNext: 1 }],
  ];
  for (const [day, projectId, index, script] of nights) {
    const instanceId = simulator.truth(projectId).instances[index]?.id;
    if (scrape === ofDay(day) && instanceId !== undefined) control.scriptNights({ projectId, instanceId, ...script });
  }
  if (scrape === ofDay(2.4)) control.forbidProject({ projectId: third });
  if (scrape === ofDay(2.9)) control.permitProject({ projectId: third });
  if (scrape === ofDay(4.6)) {
    const kept = simulator.truth(second).instance_backups.filter(({ status }) => status === 'COMPLETED');
    for (const { id } of kept.slice(20, 23)) control.deleteBackup({ projectId: second, backupId: id });
  }
}

async function configOf(folder: string, simulator: Simulator, databaseUrl: string): Promise<CloudConfig> {
  const { credentials, projects, url } = simulator;
  const file = join(folder, 'config.yaml');
  const document = {
    database: { url: databaseUrl },
    cloud: {
      auth: { method: 'aksk', accessKey: credentials.accessKey, secretKey: credentials.secretKey },
      iamEndpoint: url,
      requestsPerSecond: 1000,
      concurrency: 4,
    },
    projects: projects.map(({ projectId, region, label }) => ({ id: projectId, name: label, region, endpoint: url })),
    schedule: { full: '0 */2 * * *' },
    freshness: '5h',
    objectives: [
      { match: { instance: '*-prod' }, rpo: '26h', retention: '7d', minimumCopies: 3 },
      { match: {}, rpo: '50h', retention: '3d' },
    ],
    exemptions: ['BK-01', 'BK-07'].map((control) => ({
      match: { instance: '*scratch*' },
      control,
      owner: 'dba@example.org',
      reason: 'rebuilt nightly',
      expires: '2099-12-31',
    })),
  };
  await writeFile(file, JSON.stringify(document));
  return await loadConfig({ file, env: {}, secrets: new SecretRegistry() }, 'cloud');
}
