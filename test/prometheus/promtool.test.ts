import { expect, test } from 'vitest';
import { lint } from './promtool.ts';
import { expositionOf, textOf } from './scraping.ts';
import { instanceState, snapshot, takenSeconds } from './snapshots.ts';

test('promtool has nothing to say about our metrics', async () => {
  const instances = [
    instanceState({ name: 'a"b\\c\nd {x="y"}', oldestBuilding: takenSeconds - 60 }),
    instanceState({ instanceId: 'i2' }),
  ];
  const exposition = await expositionOf(snapshot({ instances }));
  expect(await lint(await textOf(await exposition.scrape({})))).toBe('');
});
