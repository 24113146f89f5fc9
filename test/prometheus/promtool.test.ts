import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { expositionOf, textOf } from './scraping.ts';
import { instanceState, snapshot, takenSeconds } from './snapshots.ts';

/** What promtool says about the text: nothing where it is clean. A missing promtool fails the test. */
async function lint(text: string): Promise<string> {
  const checking = promisify(execFile)('promtool', ['check', 'metrics']);
  checking.child.stdin?.end(text);
  const { stdout, stderr } = await checking;
  return stdout + stderr;
}

test('promtool has nothing to say about our metrics', async () => {
  const instances = [
    instanceState({ name: 'a"b\\c\nd {x="y"}', oldestBuilding: takenSeconds - 60 }),
    instanceState({ instanceId: 'i2' }),
  ];
  const exposition = await expositionOf(snapshot({ instances }));
  expect(await lint(await textOf(await exposition.scrape({})))).toBe('');
});
