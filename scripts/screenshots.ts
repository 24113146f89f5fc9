// Takes the pictures of the pages for the README: `node scripts/screenshots.ts`. A simulated estate is copied once a day
// for a month of simulated time into a throw-away Postgres, so that the pages have a past to show. Needs Chromium.

import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { pagesOf } from '../src/app/wire-pages.ts';
import { createRunner } from '../src/app/wire-run.ts';
import { type CloudConfig, loadConfig } from '../src/config.ts';
import type { Clock, Log } from '../src/inventory/ports.ts';
import { type Database, openDatabase } from '../src/postgres/database.ts';
import { migrate } from '../src/postgres/migrator.ts';
import { createSelfMetrics } from '../src/prometheus/self.ts';
import { SecretRegistry } from '../src/secret.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { createWeb } from '../src/web/server.ts';
import { startBrowser } from '../test/support/browser.ts';
import { startPostgres } from '../test/support/postgres-server.ts';

const folder = 'docs/images';
const days = 31;
const dayMs = 86_400_000;
const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: console.warn, error: console.error };

await mkdir(folder, { recursive: true });
await using simulator = await startSimulator({
  seed: 11,
  projects: 2,
  instances: 14,
  days: 20,
  startAt: new Date(Date.now() - days * dayMs),
  churn: {},
});
const clock: Clock = {
  now: () => simulator.now(),
  sleep: (durationMs, signal) => sleep(durationMs, undefined, { signal }),
};
await using postgres = await startPostgres();
await using database = await openDatabase({ url: postgres.url });
await migrate(database);
const config = await configOf(simulator, postgres.url);
await makeRuns(config, database);

await using pages = pagesOf({ config, database, clock, log, schedules: false });
await pages.warm();
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
await using browser = await startBrowser();
await take('status', '/', 'light', 'ul.legend');
await take('status-dark', '/', 'dark', 'section[aria-labelledby=storage]');
await take('instance', await instanceWithFailure(), 'light', 'svg[aria-labelledby^=durations] + p');
await listening.close(1000);

/** One run a day of simulated time. */
async function makeRuns(config: CloudConfig, database: Database): Promise<void> {
  const runner = createRunner({ config, database, self: createSelfMetrics(), clock, log, scrub: (text) => text });
  const signal = new AbortController().signal;
  for (let day = 0; day < days; day += 1) {
    simulator.control.advance({ ms: day === 0 ? 0 : dayMs });
    await runner.run({ trigger: 'schedule', mode: 'full', signal });
  }
}

/** An instance with a failure among good days. */
async function instanceWithFailure(): Promise<string> {
  await using visit = await browser.visit();
  await visit.page.goto(url);
  const link = visit.page.locator('table.calendar tr:has(.failed_only):has(.good) a').first();
  return (await link.getAttribute('href')) ?? '/';
}

/** The page from its top to the end of an element. */
async function take(name: string, path: string, colorScheme: 'light' | 'dark', until: string): Promise<void> {
  await using visit = await browser.visit({ colorScheme, viewport: { width: 1120, height: 900 } });
  await visit.page.goto(`${url}${path}`);
  const file = join(folder, `${name}.png`);
  const height = Math.ceil((await bottomOf(visit.page, until)) + 14);
  await visit.page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width: 1120, height } });
  console.log(`${file}: ${Math.round((await stat(file)).size / 1024)} KiB`);
}

async function bottomOf(page: Page, selector: string): Promise<number> {
  const box = await page.locator(selector).first().boundingBox();
  return (box?.y ?? 0) + (box?.height ?? 900);
}

async function configOf({ credentials, projects, url: cloud }: Simulator, databaseUrl: string): Promise<CloudConfig> {
  const directory = await mkdtemp(join(tmpdir(), 'backup-inventory-screenshots-'));
  const file = join(directory, 'config.yaml');
  const lines = [
    `database: { url: ${JSON.stringify(databaseUrl)} }`,
    'cloud:',
    `  auth: { method: aksk, accessKey: ${credentials.accessKey}, secretKey: ${credentials.secretKey} }`,
    `  iamEndpoint: ${cloud}`,
    '  requestsPerSecond: 200',
    '  concurrency: 4',
    'projects:',
    ...projects.map(
      ({ projectId, region, label }) =>
        `  - { id: ${projectId}, name: ${label}, region: ${region}, endpoint: "${cloud}" }`,
    ),
    'objectives:',
    '  - { match: { instance: "*-prod" }, rpo: 26h, retention: 7d, minimumCopies: 3 }',
    '  - { match: {}, rpo: 50h, retention: 3d }',
    'exemptions:',
    '  - { match: { instance: "*scratch*" }, control: BK-01, owner: dba@example.org, reason: rebuilt nightly, expires: 2099-12-31 }',
    'freshness: 25h',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  try {
    return await loadConfig({ file, env: {}, secrets: new SecretRegistry() }, 'cloud');
  } finally {
    await rm(directory, { recursive: true });
  }
}
