// Every fault that the simulated cloud knows, for one request each: healed by a retry, or told as what it is.

import { expect, test } from 'vitest';
import type { ListPage } from '../../src/inventory/model.ts';
import { faultCatalogue, isFaultName } from '../../src/simulator/fault-catalogue.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { newCall } from './cloud-server.ts';
import { cloudOf, projectOf, small } from './simulated-cloud.ts';

/** What a fault of one request must come to: healed by a retry, or told as this failure; the rest leave a page. */
const toldAs: Record<string, string> = {
  forbidden: 'forbidden',
  'forbidden-400': 'forbidden',
  'forbidden-encoded': 'forbidden',
  'forbid-project': 'forbidden',
  'token-invalid': 'auth',
  'token-invalid-403': 'auth',
  'token-update': 'auth',
  'key-locked': 'auth',
  'project-unavailable': 'forbidden',
  'not-published': 'api',
  'account-frozen': 'forbidden',
  'redirect-302': 'api',
};
const blocking = new Set(['id-null', 'begin-missing', 'row-not-object', 'times-zoneless', 'times-v3', 'times-garbage']);

test('every fault of one request is healed, or told as what it is', { timeout: 60_000 }, async () => {
  await using simulator = await startSimulator(small);
  const project = projectOf(simulator);
  const outcomes: Record<string, string> = {};
  for (const [name, { phase }] of faultCatalogue) {
    if (!isFaultName(name) || phase === 'state') continue;
    await using cloud = cloudOf(simulator, { requestTimeoutMs: 400 });
    simulator.control.setFaults({ faults: [{ fault: name, count: 1, parameters: { ms: 1000, bytes: 40 } }] });
    const call = newCall();
    const outcome = await cloud
      .source(project)
      .fetchPage('instance_backups', { offset: 0, limit: 100 }, call)
      .catch((error: { failure?: string }) => error);
    outcomes[name] = 'items' in outcome ? pageOutcome(outcome, call.tally.retries) : `told as ${outcome.failure}`;
  }
  simulator.control.clearFaults();
  for (const [name, outcome] of Object.entries(outcomes)) {
    const told = toldAs[name];
    if (told !== undefined) expect(outcome, name).toBe(`told as ${told}`);
    else if (blocking.has(name)) expect(outcome, name).toContain('blocked');
    else expect(outcome, name).toMatch(/^(whole|healed)/);
  }
  const healed = Object.entries(outcomes).filter(([, outcome]) => outcome.startsWith('healed'));
  expect(healed.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'error-503-empty',
      'truncated-json',
      'html-200',
      'reset-in-body',
      'hang-body',
      'slow-drip',
      'not-http',
    ]),
  );
  process.stdout.write(`faults: ${Object.keys(outcomes).length} tried, ${healed.length} healed by a retry\n`);
});

function pageOutcome(page: ListPage, retries: number): string {
  if (page.anomalies.some(({ blocksCertification }) => blocksCertification)) return 'blocked';
  return retries > 0 ? 'healed' : `whole ${page.items.length}`;
}
