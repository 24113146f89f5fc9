// What another would put in front of the same database for the scrape: prometheus-sql-exporter with five values an
// instance, against `serve` with everything that it has.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchDatabase, startServer } from './support/database.ts';
import { instanceFact, pagesOf } from './support/facts.ts';
import { settle } from './support/fill.ts';
import { freePort, scrapedBytes } from './support/http.ts';
import { interleave } from './support/measure.ts';
import { startMain } from './support/process.ts';
import { type Bench, outputOf, type Row, spreadText, thousands } from './support/report.ts';
import { projectId, storeSweep } from './support/store-path.ts';

const command = 'prometheus-sql-exporter';
const rounds = 30;

export const exporter: Bench = {
  name: 'exporter',
  about: `A scrape of \`serve\` against one of ${command} (Debian) over the same database.`,
  async run() {
    return [await measure(10_000, 200_000)];
  },
};

async function measure(instances: number, backups: number): Promise<Row> {
  const frame = {
    what: `scrape of ${thousands(instances)} instances, gzip where it is offered`,
    against: `${command}, five values an instance`,
    target: 'ahead',
  };
  if (outputOf('sh', ['-c', `command -v ${command}`]) === null) {
    return { ...frame, measured: `not measured: install the package ${command}`, met: null };
  }
  await using server = await startServer();
  await using database = await server.clone();
  const list = [Array.from({ length: instances }, (_, index) => instanceFact(index))];
  await storeSweep(database.database, list, { projectId, scope: 'instances' });
  await storeSweep(database.database, pagesOf(backups, { instances }));
  await settle(database);
  await using ours = await startServe(database);
  await using theirs = await startExporter(database);
  for (const { port } of [ours, theirs]) {
    for (let tries = 0; (await scrapedBytes(port)) < instances * 20; tries += 1) {
      if (tries === 300) throw new Error(`No scrape from port ${port} in a minute.`);
      await sleep(200);
    }
  }
  let bytes = 0;
  const timings = await interleave(rounds, [
    { name: 'ours', work: 1, prepare: () => sleep(20), run: async () => void (await scrapedBytes(ours.port)) },
    {
      name: 'theirs',
      work: 1,
      prepare: () => sleep(20),
      run: async () => {
        bytes = await scrapedBytes(theirs.port);
        return undefined;
      },
    },
  ]);
  const factor = timings.ratio('ours', 'theirs');
  const ms = (name: string) => (1000 / timings.rate(name).median).toFixed(1);
  return {
    ...frame,
    against: `${frame.against} (${ms('theirs')} ms, ${(bytes / 1e6).toFixed(1)} MB)`,
    measured: `${spreadText(factor, 0)} × as fast (${ms('ours')} ms)`,
    met: factor.median > 1,
  };
}

interface Scraped extends AsyncDisposable {
  readonly port: number;
}

async function startServe(database: BenchDatabase): Promise<Scraped> {
  const port = await freePort();
  const config = [
    `database: { url: ${JSON.stringify(database.url)} }`,
    'cloud: { auth: { method: aksk, accessKey: no-key, secretKey: no-secret } }',
    `projects: [{ id: ${projectId}, name: bench, region: ap-southeast-1, endpoint: "http://127.0.0.1:1" }]`,
    `http: { host: 127.0.0.1, port: ${port} }`,
  ];
  return started(port, config, (file) => startMain(['--config', file, 'serve', '--no-schedule']));
}

async function startExporter(database: BenchDatabase): Promise<Scraped> {
  const port = await freePort();
  const url = Object.assign(new URL(database.url), { search: '?sslmode=disable' }).href;
  const config = [
    'jobs:',
    '- name: inventory',
    '  interval: 1h',
    `  connections: [${JSON.stringify(url)}]`,
    '  queries:',
    '  - name: instance',
    '    help: Backups of an instance.',
    '    labels: [project_id, instance_id, name, datastore_type]',
    '    values: [backups, stored_bytes, consecutive_failures, available, last_success]',
    '    query: >-',
    '      select project_id, instance_id, name, datastore_type, backups::float, stored_bytes::float,',
    '      consecutive_failures::float, available::int::float as available,',
    '      coalesce(extract(epoch from last_success_at), 0)::float as last_success from inventory.instance_summary',
  ];
  return started(port, config, (file) =>
    spawn(command, ['-config.file', file, '-web.listen-address', `127.0.0.1:${port}`], { stdio: 'ignore' }),
  );
}

async function started(
  port: number,
  config: readonly string[],
  start: (file: string) => ReturnType<typeof startMain>,
): Promise<Scraped> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-bench-exporter-'));
  const file = join(folder, 'config.yaml');
  await writeFile(file, `${config.join('\n')}\n`);
  const child = start(file);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
