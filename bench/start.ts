// From the start of a process to its first good answer: `serve` over Postgres, and the embedded database new and reopened.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/postgres/database.ts';
import { migrate } from '../src/postgres/migrator.ts';
import { type BenchDatabase, startServer } from './support/database.ts';
import { instanceFact, pagesOf } from './support/facts.ts';
import { settle } from './support/fill.ts';
import { freePort, scrapedBytes } from './support/http.ts';
import { spreadOf } from './support/measure.ts';
import { startMain } from './support/process.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';
import { projectId, storeSweep } from './support/store-path.ts';

export const start: Bench = {
  name: 'start',
  about:
    'Cold start of `serve` to the first scrape with a snapshot; first start and reopening of the embedded database.',
  async run({ full }) {
    const rows: Row[] = [];
    for (const backups of full ? [200_000, 1_000_000] : [200_000]) rows.push(await serving(10_000, backups));
    return [...rows, ...(await embedded())];
  },
};

async function serving(instances: number, backups: number): Promise<Row> {
  await using server = await startServer();
  await using database = await server.clone();
  await storeSweep(database.database, [Array.from({ length: instances }, (_, index) => instanceFact(index))], {
    projectId,
    scope: 'instances',
  });
  await storeSweep(database.database, pagesOf(backups, { instances }));
  await settle(database);
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) times.push(await untilScraped(database, instances));
  const spread = spreadOf(times);
  return {
    what: `serve, ${thousands(instances)} instances and ${thousands(backups)} backups, to the first good scrape`,
    against: '–',
    target: '≤ 2 s',
    measured: `${spreadText(spread)} s`,
    met: spread.median <= 2,
    note: 'With compiled code kept from the start before, as in a checkout; without it, 0.4 s more.',
  };
}

async function untilScraped(database: BenchDatabase, instances: number): Promise<number> {
  const port = await freePort();
  const file = join(tmpdir(), `backup-inventory-bench-serve-${process.pid}.yaml`);
  const lines = [
    `database: { url: ${JSON.stringify(database.url)} }`,
    'cloud: { auth: { method: aksk, accessKey: no-key, secretKey: no-secret } }',
    `projects: [{ id: ${projectId}, name: bench, region: ap-southeast-1, endpoint: "http://127.0.0.1:1" }]`,
    `http: { host: 127.0.0.1, port: ${port} }`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const startedMs = performance.now();
  const child = startMain(['--config', file, 'serve', '--no-schedule']);
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
      if ((await scrapedBytes(port)) > instances * 20) break; // far more than the process has to say of itself
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return (performance.now() - startedMs) / 1000;
  } finally {
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    await rm(file, { force: true });
  }
}

async function embedded(): Promise<Row[]> {
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const directory = await mkdtemp(join(tmpdir(), 'backup-inventory-bench-embedded-'));
    for (const times of [first, again]) {
      const startedMs = performance.now();
      {
        await using database = await openDatabase({ directory });
        await migrate(database);
        await database.db.selectFrom('inventory.run').select('run_id').execute();
        times.push((performance.now() - startedMs) / 1000);
      }
    }
    await rm(directory, { recursive: true, force: true });
  }
  const row = (what: string, times: number[], limit: number): Row => ({
    what,
    against: '–',
    target: `≤ ${limit} s`,
    measured: `${spreadText(spreadOf(times))} s`,
    met: spreadOf(times).median <= limit,
  });
  return [
    row('embedded database: first start, schema included, to the first answer', first, 4),
    row('embedded database: reopened, to the first answer', again, 0.5),
  ];
}
