// The event loop of `serve` on its schedule: a run over many instances, the refresh after it and scrapes all the while.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { configFor, startCloud } from './support/cloud.ts';
import { startServer } from './support/database.ts';
import { freePort, scrapedBytes } from './support/http.ts';
import { spreadOf } from './support/measure.ts';
import { startMain } from './support/process.ts';
import { type Bench, spreadText, thousands } from './support/report.ts';

const watch = fileURLToPath(new URL('support/loop-watch.ts', import.meta.url));
const daysOfBackups = 10;

export const loop: Bench = {
  name: 'loop',
  about: 'The event loop of `serve` during a run, the refresh after it and a scrape every 100 ms.',
  async run({ full }) {
    const measured: Held[] = [];
    for (let round = 0; round < 3; round += 1) measured.push(await measure(full ? 10_000 : 2000));
    const [last] = measured;
    const held = spreadOf(measured.map(({ holdMs }) => holdMs));
    return [
      {
        what: `the loop of serve during a first run over ${thousands(last?.instances ?? 0)} instances and ${thousands(last?.backups ?? 0)} backups, the refresh after it and ${last?.scrapes} scrapes`,
        against: 'processor time between two turns, at the most',
        target: '≤ 25 ms',
        measured: `${spreadText(held, 1)} ms`,
        met: held.median <= 25,
      },
    ];
  },
};

interface Held {
  instances: number;
  backups: number;
  scrapes: number;
  holdMs: number;
}

async function measure(instances: number): Promise<Held> {
  await using cloud = await startCloud(['--instances', String(instances), '--days', String(daysOfBackups)]);
  await using server = await startServer();
  await using database = await server.clone();
  const port = await freePort();
  const extra = `http: { host: 127.0.0.1, port: ${port} }\nschedule: { full: "* * * * *" }`;
  const config = await configFor(cloud, database.url, { concurrency: 4, extra });
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-bench-loop-'));
  const file = join(folder, 'hold');
  const child = startMain(['--config', config, 'serve'], { NODE_OPTIONS: `--import=${watch}`, BENCH_LOOP_FILE: file });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const refuseEnded = () => {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
  };
  try {
    while ((await scrapedBytes(port)) === 0) {
      refuseEnded();
      await sleep(50);
    }
    child.kill('SIGUSR2'); // what loading the program took does not count
    let scrapes = 0;
    const finished = async () => {
      const rows = await database.query<{ n: string }>(
        'select count(*) as n from inventory.run where finished_at is not null',
      );
      return Number(rows[0]?.n) > 0;
    };
    while (!(await finished())) {
      refuseEnded();
      await scrapedBytes(port);
      scrapes += 1;
      await sleep(100);
    }
    for (const until = performance.now() + 10_000; performance.now() < until; scrapes += 1) {
      await scrapedBytes(port);
      await sleep(100);
    }
    await rm(file, { force: true });
    child.kill('SIGUSR2');
    const holdMs = await told(file);
    const rows = await database.query<{ n: string }>('select count(*) as n from inventory.backup');
    return { instances, backups: Number(rows[0]?.n), scrapes, holdMs };
  } finally {
    if (child.kill('SIGTERM')) await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

async function told(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await sleep(20);
  }
}
