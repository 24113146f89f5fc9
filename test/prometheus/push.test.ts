import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/inventory/snapshot.ts';
import { pushSnapshot } from '../../src/prometheus/push.ts';
import { seriesOf } from '../../src/prometheus/scrape.ts';
import { freePort, runningPushgateway } from './pushgateway.ts';
import { expositionOf, ourProcess, samplesOf } from './scraping.ts';
import { counterValue, instanceState, projectState, snapshot, takenAt } from './snapshots.ts';

const push = (url: string, pushed: Snapshot) =>
  pushSnapshot({ url, snapshot: pushed, now: takenAt, process: ourProcess });

const twoProjects = snapshot({
  projects: [projectState(), projectState({ projectId: 'p2', name: 'test' })],
  instances: [instanceState(), instanceState({ projectId: 'p2', instanceId: 'i2', name: 'a"b\\c\nd' })],
  counters: new Map([
    ['retired_total', [counterValue({ projectId: 'p2', label1: 'early', value: 3 })]],
    ['api_requests_total', [counterValue({ label1: 'list_backups', label2: '200', value: 7 })]],
  ]),
});

async function withServer(listener: RequestListener, work: (url: string) => Promise<void>) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  try {
    await work(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a push to a real Pushgateway', () => {
  test('brings what a scrape would show', async () => {
    await using gateway = await runningPushgateway();
    expect(await push(gateway.url, twoProjects)).toEqual({ ok: true, pushed: 3, deleted: 0 });
    const pushed = (await gateway.samples()).map(
      ({ name, labels: { job: _job, instance: _instance, ...labels }, value }) => [seriesOf({ name, labels }), value],
    );
    const scraped = (await samplesOf(await expositionOf(twoProjects)))
      .filter((sample) => sample.name !== 'backup_inventory_series')
      .map((sample) => [seriesOf(sample), sample.value]);
    expect(Object.fromEntries(pushed)).toEqual(Object.fromEntries(scraped));
  });

  test('replaces a project’s group whole, so that what vanished vanishes', async () => {
    await using gateway = await runningPushgateway();
    await push(gateway.url, twoProjects);
    await push(gateway.url, { ...twoProjects, instances: [instanceState()] });
    const samples = await gateway.samples();
    expect(samples.some((sample) => sample.labels.instance_id === 'i1')).toBe(true);
    expect(samples.some((sample) => sample.labels.instance_id === 'i2')).toBe(false);
    expect(samples.some((sample) => sample.labels.project_id === 'p2')).toBe(true);
  });

  test('deletes the group of a project that is no longer configured', async () => {
    await using gateway = await runningPushgateway();
    await push(gateway.url, twoProjects);
    const alone = {
      ...twoProjects,
      projects: [projectState()],
      instances: [instanceState()],
      formerProjectIds: ['p2', 'p0'],
    };
    expect(await push(gateway.url, alone)).toEqual({ ok: true, pushed: 2, deleted: 2 });
    const projects = new Set((await gateway.samples()).map((sample) => sample.labels.project_id));
    expect(projects).toEqual(new Set(['p1', undefined]));
  });

  test('finds it below a path, and takes ids that a path cannot hold', async () => {
    await using gateway = await runningPushgateway('/gate');
    const odd = snapshot({ projects: [projectState({ projectId: 'a/b ü' })], instances: [] });
    expect(await push(`${gateway.url}/`, odd)).toMatchObject({ ok: true });
    const projects = (await gateway.samples()).map((sample) => sample.labels.project_id);
    expect(projects).toContain('a/b ü');
  });
});

describe('a push that fails is a result', () => {
  test('where nothing listens', async () => {
    const port = await freePort();
    const result = await push(`http://user:hunter2@127.0.0.1:${port}`, twoProjects);
    expect(result).toMatchObject({ ok: false, code: 'PUSH_UNREACHABLE', pushed: 0 });
    expect(JSON.stringify(result)).toContain('ECONNREFUSED');
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('where the answer is a refusal, which is told', async () => {
    await withServer(
      (_, response) => response.writeHead(400).end('pushed metrics are invalid'),
      async (url) => {
        expect(await push(url, twoProjects)).toMatchObject({
          ok: false,
          code: 'PUSH_REFUSED',
          message: expect.stringMatching(/answered 400.*pushed metrics are invalid/),
        });
      },
    );
  });

  test('where it stops in the middle: what was pushed is counted', async () => {
    let requests = 0;
    await withServer(
      (_, response) => {
        requests += 1;
        if (requests === 1) response.end();
        else response.destroy();
      },
      async (url) => {
        expect(await push(url, twoProjects)).toMatchObject({ ok: false, code: 'PUSH_UNREACHABLE', pushed: 1 });
      },
    );
  });

  test('where the address is no URL', async () => {
    for (const url of ['', 'pushgateway:9091', 'ftp://x', 'nonsense']) {
      expect(await push(url, twoProjects), url).toMatchObject({ ok: false, code: 'PUSH_URL' });
    }
  });
});

test('user and password of the address become basic authentication', async () => {
  const seen: (string | undefined)[] = [];
  await withServer(
    ({ headers }, response) => {
      seen.push(headers.authorization);
      response.end();
    },
    async (url) => {
      const withUser = url.replace('http://', 'http://me:s%40crets@');
      expect(await push(withUser, snapshot())).toMatchObject({ ok: true });
      expect(new Set(seen)).toEqual(new Set([`Basic ${Buffer.from('me:s@crets').toString('base64')}`]));
    },
  );
});
