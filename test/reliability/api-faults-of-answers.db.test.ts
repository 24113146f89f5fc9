// Every error answer of the simulated cloud, in every body shape, through the whole story into Postgres.

import { afterAll, beforeAll, test } from 'vitest';
import { beginStory, type Story } from '../support/story.ts';
import { everyFault } from './api-faults.ts';
import { expectExact, expectWholeHistory, playFault } from './api-matrix.ts';

const faults = everyFault.filter((fault) => fault.startsWith('error-') || fault.startsWith('throttled'));

let story: Story;
beforeAll(async () => {
  story = await beginStory({ cloud: { backupsPerProject: 230 } });
  await story.run();
});
afterAll(() => story[Symbol.asyncDispose]());

test.each(faults)('%s costs freshness, never truth', (fault) => playFault(story, fault));

test('after all of them the next clean run is exact', async () => {
  await expectExact(story);
  await expectWholeHistory(story);
});
