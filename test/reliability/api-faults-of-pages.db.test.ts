// Every other fault of the simulated cloud: pages that lie, connections that break, permissions and tokens that go,
// hostile names. Through the whole story into Postgres.

import { afterAll, beforeAll, describe, test } from 'vitest';
import { beginStory, type Story } from '../support/story.ts';
import { everyFault, slowFaults } from './api-faults.ts';
import { expectExact, expectWholeHistory, playFault } from './api-matrix.ts';

const quick = everyFault.filter(
  (fault) => !fault.startsWith('error-') && !fault.startsWith('throttled') && !slowFaults.includes(fault),
);

describe('without waiting', () => {
  let story: Story;
  beforeAll(async () => {
    story = await beginStory({ cloud: { backupsPerProject: 230 } });
    await story.run();
  });
  afterAll(() => story[Symbol.asyncDispose]());

  test.each(quick)('%s costs freshness, never truth', async (fault) => {
    await playFault(story, fault);
    await expectExact(story);
  });

  test('the history of every row is whole after all of them', () => expectWholeHistory(story));
});

describe('with a timeout each', () => {
  let story: Story;
  beforeAll(async () => {
    const settings = { requestTimeoutMs: 500, retries: 1 };
    story = await beginStory({ cloud: { backupsPerProject: 230 }, settings });
    await story.run();
  });
  afterAll(() => story[Symbol.asyncDispose]());

  test.each(slowFaults)('%s costs freshness, never truth', async (fault) => {
    await playFault(story, fault);
    await expectExact(story);
  });

  test('the history of every row is whole after all of them', () => expectWholeHistory(story));
});
