// A real Pushgateway for the tests; scripts/install-test-tools brings it. A missing one fails the test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseScrape, type ScrapedSample } from '../../src/prometheus/scrape.ts';

export interface RunningPushgateway extends AsyncDisposable {
  url: string;
  /** What a Prometheus would scrape from it, ours alone. */
  samples(): Promise<ScrapedSample[]>;
}

/** `prefix` is the path below which it answers, such as `/gate`. */
export async function runningPushgateway(prefix = ''): Promise<RunningPushgateway> {
  const port = await freePort();
  const flags = [
    `--web.listen-address=127.0.0.1:${port}`,
    '--persistence.file=',
    `--web.route-prefix=${prefix || '/'}`,
  ];
  const child = spawn('prometheus-pushgateway', flags, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('The Pushgateway does not start. Run scripts/install-test-tools.', { cause: error });
  });
  failed.catch(() => undefined);
  exited.catch(() => undefined);
  const url = `http://127.0.0.1:${port}${prefix}`;
  try {
    await Promise.race([answering(`${url}/-/ready`), failed]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    url,
    samples: async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return parseScrape(text).filter((sample) => sample.name.startsWith('backup_inventory_'));
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`${url} does not answer.`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
