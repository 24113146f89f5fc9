import { expect, test } from 'vitest';
import { createRefresher } from '../../src/app/refresh.ts';
import type { Snapshot } from '../../src/inventory/snapshot.ts';
import { snapshot } from '../prometheus/snapshots.ts';

const silent = () => undefined;

/** A reader whose verdicts come when told, and a clock whose sleeps end when told. */
function world() {
  const published: string[] = [];
  const warnings: string[] = [];
  const asked: PromiseWithResolvers<Snapshot>[] = [];
  const sleeps: { durationMs: number; end(): void }[] = [];
  const state = { factsFail: false };
  const refresher = createRefresher({
    reader: {
      readFacts: async () => {
        if (state.factsFail) throw new Error('no database');
        return snapshot({ judgedAt: null });
      },
      readVerdicts: (_, signal) => {
        const answer = Promise.withResolvers<Snapshot>();
        signal?.addEventListener('abort', () => answer.reject(signal.reason));
        asked.push(answer);
        return answer.promise;
      },
    },
    publish: async ({ judgedAt }) => void published.push(judgedAt === null ? 'facts' : 'verdicts'),
    clock: {
      now: () => new Date(),
      sleep: (durationMs, signal) =>
        new Promise((resolve, reject) => {
          sleeps.push({ durationMs, end: resolve });
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    },
    log: { debug: silent, info: silent, warn: (_, message) => warnings.push(message), error: silent },
  });
  return { refresher, published, warnings, asked, sleeps, state };
}

const turn = () => new Promise(setImmediate);

test('facts are served at once and verdicts after them, and then the refresh is over', async () => {
  const { refresher, published, asked } = world();
  const refreshed = refresher.refresh();
  await turn();
  expect(published).toEqual(['facts']);
  asked[0]?.resolve(snapshot());
  await refreshed;
  expect(published).toEqual(['facts', 'verdicts']);
});

test('a refresh does not wait for verdicts beyond its patience, and facts go on being served meanwhile', async () => {
  const { refresher, published, asked, sleeps } = world();
  const refreshed = refresher.refresh();
  await turn();
  sleeps[0]?.end();
  await refreshed;
  const again = refresher.refresh();
  await turn();
  sleeps[1]?.end();
  await again;
  expect(published).toEqual(['facts', 'facts']);
  expect(asked).toHaveLength(1);
});

test('refreshes that come during a judgement share a single further one', async () => {
  const { refresher, asked } = world();
  const refreshes = [refresher.refresh(), refresher.refresh(), refresher.refresh()];
  await turn();
  expect(asked).toHaveLength(1);
  asked[0]?.resolve(snapshot());
  await turn();
  expect(asked).toHaveLength(2);
  asked[1]?.resolve(snapshot());
  await Promise.all(refreshes);
  expect(asked).toHaveLength(2);
});

test('facts that cannot be read are the caller’s to know', async () => {
  const { refresher, state } = world();
  state.factsFail = true;
  await expect(refresher.refresh()).rejects.toThrow('no database');
});

test('a judgement that fails is told and tried again by the next refresh', async () => {
  const { refresher, published, asked, warnings } = world();
  const refreshed = refresher.refresh();
  await turn();
  asked[0]?.reject(new Error('the database went away'));
  await refreshed;
  expect(warnings).toEqual(['verdicts could not be judged, the last ones are served']);
  const again = refresher.refresh();
  await turn();
  asked[1]?.resolve(snapshot());
  await again;
  expect(published).toEqual(['facts', 'facts', 'verdicts']);
});

test('disposing stops a judgement that is under way, without a word', async () => {
  const { refresher, warnings } = world();
  const refreshed = refresher.refresh();
  await turn();
  await refresher[Symbol.asyncDispose]();
  await refreshed;
  expect(warnings).toEqual([]);
});
