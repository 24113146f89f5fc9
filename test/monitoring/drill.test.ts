// The drill as a test: some minutes, because nothing in it is pretended but the cloud.

import { expect, test } from 'vitest';
import { incidents } from '../../monitoring/drill/incidents.ts';
import { drill } from '../../monitoring/drill/stage.ts';
import { freePort } from '../prometheus/pushgateway.ts';

test('of everything that goes wrong exactly the expected alerts arrive at a real Prometheus', async () => {
  expect(incidents.length).toBeGreaterThanOrEqual(15);
  const [first, second, kube, own] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const story: string[] = [];
  const acts = await drill({
    ports: { host: '127.0.0.1', exporters: [first, second], kubeStateMetrics: kube },
    prometheus: { port: own },
    databaseUrl: undefined,
    tell: (line) => story.push(line),
    patienceMs: 300_000,
  });
  const faults = acts.flatMap(({ title, judgement }) =>
    Object.entries(judgement).flatMap(([kind, list]) => list.map((one: string) => `${title}, ${kind}: ${one}`)),
  );
  expect(faults, story.join('\n')).toEqual([]);
}, 1_200_000);
