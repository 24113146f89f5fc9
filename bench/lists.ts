// Reading a list: at a latency, against what the latency alone would take, and the whole pipeline without latency against
// fetching and parsing the same pages and nothing else.

import { Agent } from 'undici';
import { signedHeaders } from '../src/huawei/signer.ts';
import { sweep } from '../src/inventory/sweep.ts';
import { type BenchCloud, clientOf, configFor, projectOf, startCloud } from './support/cloud.ts';
import { startServer } from './support/database.ts';
import { spreadOf } from './support/measure.ts';
import { runMain } from './support/process.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';

const latencyMs = 50;

export const lists: Bench = {
  name: 'lists',
  about: 'A list read with a latency of 50 ms, and the whole pipeline without latency.',
  async run({ full }) {
    return [...(await withLatency(full ? 1_000_000 : 100_000, full ? 16 : 8)), await pipeline(full ? 200_000 : 50_000)];
  },
};

async function withLatency(backups: number, concurrency: number): Promise<Row[]> {
  await using cloud = await startCloud(['--backups', String(backups), '--latency-ms', String(latencyMs)]);
  await using client = clientOf(cloud, { concurrency });
  const tally = { requests: 0, retries: 0, throttleWaitSeconds: 0 };
  const source = client.source(projectOf(cloud));
  let waitedMs = 0;
  const startedMs = performance.now();
  const outcome = await sweep(
    {
      fetchPage: async (request, signal) => {
        const sentMs = performance.now();
        const page = await source.fetchPage('instance_backups', request, { signal, tally });
        waitedMs += performance.now() - sentMs;
        return page;
      },
      onPage: async () => undefined,
    },
    {
      limit: 100,
      concurrency,
      trustTotalCount: true,
      maxReads: 200_000,
      certify: true,
      signal: new AbortController().signal,
    },
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const ideal = (tally.requests * latencyMs) / 1000 / concurrency;
  const least = Math.ceil(outcome.distinctIds / 100);
  return [
    {
      what: `${thousands(tally.requests)} pages at ${latencyMs} ms, ${concurrency} at a time (${seconds.toFixed(1)} s)`,
      against: `pages × latency / concurrency (${ideal.toFixed(1)} s)`,
      target: '≥ 0.9',
      measured: (ideal / seconds).toFixed(2),
      met: ideal / seconds >= 0.9,
      note: `An answer took ${(waitedMs / tally.requests).toFixed(0)} ms on these busy cores; by that latency ${(waitedMs / 1000 / concurrency / seconds).toFixed(2)}`,
    },
    {
      what: `requests for ${thousands(outcome.distinctIds)} backups${outcome.certified ? ', certified' : ''}`,
      against: `${thousands(least)} pages of 100`,
      target: '≤ 1.02 ×',
      measured: `${(tally.requests / least).toFixed(4)} (${thousands(tally.requests)})`,
      met: tally.requests / least <= 1.02,
      note: 'Neighbouring pages share two items on purpose, for the proof; that alone is 1.0204.',
    },
  ];
}

async function pipeline(backups: number): Promise<Row> {
  await using cloud = await startCloud(['--backups', String(backups)]);
  await using server = await startServer();
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const bare = await fetchAndParse(cloud, backups);
    await using database = await server.clone();
    const { stdout } = await runMain(['--config', await configFor(cloud, database.url), 'sync', '--json']);
    const summary = JSON.parse(stdout) as { duration_seconds: number; scopes: { requests: number }[] };
    const requests = summary.scopes.reduce((sum, scope) => sum + scope.requests, 0);
    rates.push(requests / summary.duration_seconds);
    ratios.push((rates.at(-1) ?? Number.NaN) / bare);
  }
  const rate = spreadOf(rates);
  const ratio = spreadOf(ratios);
  return {
    what: `first sync of ${thousands(backups)} backups, from the simulated cloud into Postgres, all on these cores`,
    against: 'fetch and JSON.parse of the same pages alone',
    target: '≥ 300 pages/s and ≥ 0.3',
    measured: `${spreadText(rate, 0)} pages/s; ${spreadText(ratio)}`,
    met: rate.median >= 300 && ratio.median >= 0.3,
  };
}

/** Pages a second with nothing done to them. */
async function fetchAndParse(cloud: BenchCloud, backups: number): Promise<number> {
  const agent = new Agent({ connections: 8 });
  const project = projectOf(cloud);
  const { host } = new URL(cloud.url);
  const path = `/v4/${project.projectId}/backups`;
  const count = Math.ceil(backups / 100);
  let next = 0;
  const slot = async () => {
    while (next < count) {
      const offset = next * 100;
      next += 1;
      const query = [
        ['limit', '100'],
        ['offset', String(offset)],
        ['type', 'Instance'],
      ] as const;
      const headers = signedHeaders(
        { method: 'GET', path, query, headers: { host, 'x-project-id': project.projectId } },
        cloud.credentials,
        new Date(),
      );
      const { body, statusCode } = await agent.request({
        origin: cloud.url,
        method: 'GET',
        path: `${path}?${query.map((pair) => pair.join('=')).join('&')}`,
        headers,
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${statusCode}: ${text}`);
      JSON.parse(text);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: 8 }, slot));
  const seconds = (performance.now() - startedMs) / 1000;
  await agent.close();
  return count / seconds;
}
