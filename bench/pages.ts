// The pages at 2,000 instances and 200,000 backups: how long a reader waits for each, and how long judging takes beside it.
// Usage: node bench/pages.ts [instances]

import { systemClock } from '../src/app/clock.ts';
import { pagesOf } from '../src/app/wire-pages.ts';
import type { Config } from '../src/config.ts';
import type { Log } from '../src/inventory/ports.ts';
import { type Database, openDatabase } from '../src/postgres/database.ts';
import { migrate } from '../src/postgres/migrator.ts';
import { createWeb } from '../src/web/server.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { fillEstate } from './support/estate.ts';

const requests = 15;
const instances = Number(process.argv[2] ?? 2000);
const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: console.warn, error: console.error };

await using postgres = await startPostgres(['shared_buffers=512MB', 'work_mem=32MB']);
await using database: Database = await openDatabase({ url: postgres.url });
await migrate(database);
const backups = await fillEstate(postgres.url, instances);
console.log(`${instances} instances, ${backups} backups, 30 days of calendar`);

// The pages read nothing else of the configuration.
const config = { schedule: { full: '7 * * * *', recent: null } } as Config;
await using pages = pagesOf({ config, database, clock: systemClock, log, schedules: true });
const web = createWeb({
  host: '127.0.0.1',
  port: 0,
  pages: pages.pages,
  log,
  scrape: async () => ({ headers: {}, body: [] }),
  readiness: async () => [],
});
const listening = await web.listen();
const url = `http://127.0.0.1:${listening.port}`;

await timed('/', 'the status page before the first judgement', 1);
const startedMs = performance.now();
await pages.warm();
console.log(`  judging everything, apart from the pages: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
const text = await timed('/', 'the status page');
await timed('/?q=orders', '… searched');
for (const sort of ['name', 'recovery', 'backups', 'stored']) await timed(`/?sort=${sort}`, `… sorted by ${sort}`);
await timed(/href="(\/instances\/[^"#]+)/.exec(text)?.[1] ?? '/', 'the page of an instance');
await listening.close(1000);

/** Prints the median and the slowest; returns the last body. */
async function timed(path: string, what: string, times = requests): Promise<string> {
  const tookMs: number[] = [];
  let body = '';
  for (let request = 0; request < times; request += 1) {
    const began = performance.now();
    const response = await fetch(`${url}${path}`);
    body = await response.text();
    tookMs.push(performance.now() - began);
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}.`);
  }
  tookMs.sort((one, other) => one - other);
  const median = tookMs[Math.floor(tookMs.length / 2)] ?? 0;
  const size = Math.round(body.length / 1024);
  console.log(`  ${what}: median ${median.toFixed(0)} ms, slowest ${tookMs.at(-1)?.toFixed(0)} ms, ${size} KiB`);
  return body;
}
