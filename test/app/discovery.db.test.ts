// Runs over discovered projects: what finds nothing proves nothing.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await beginStory({ extra: 'discovery: { enabled: true, regions: [na-mexico-1] }' });
}, 60_000);
afterAll(() => story[Symbol.asyncDispose]());

const projects = () => story.query('select configured from inventory.project');

test('a discovery that finds no project is a fault, and the configured projects are read all the same', async () => {
  const summary = await story.run();
  expect(summary).toMatchObject({ outcome: 'partial', exitCode: 3 });
  expect(summary.scopes.filter(({ certified }) => certified)).toHaveLength(3);
  expect(await projects()).toEqual([{ configured: true }]);
  expect(await story.query('select error_code from inventory.run')).toEqual([{ error_code: 'CLOUD_NOT_FOUND' }]);
  expect(story.lines.join('')).toContain('Check discovery.regions');
});

test('a run over no project is not certified, and takes no project for given up', async () => {
  const summary = await story.run({ only: ['unknown'] });
  expect(summary).toMatchObject({ outcome: 'failed', exitCode: 4, scopes: [] });
  expect(await projects()).toEqual([{ configured: true }]);
});
