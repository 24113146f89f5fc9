// An inventory full of foreign text at its worst, and the whole web surface over it.

import { pagesOf } from '../../src/app/wire-pages.ts';
import { createServing } from '../../src/app/wire-serve.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';

const ESC = String.fromCharCode(27);
const BEL = String.fromCharCode(7);

/** Names that somebody gave a backup or an instance, to see what happens. */
export const hostileNames: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></title><svg/onload=alert(1)>',
  'javascript:alert(1)',
  '=HYPERLINK("http://evil.example","x")',
  '+1+cmd|calc',
  '-2+3',
  '@SUM(A1:A9)',
  '\t=1+1',
  '\r=1+1',
  `${ESC}[31mred${ESC}]0;title${BEL}${ESC}[2J`,
  "'; drop table inventory.backup; --",
  '$$; delete from inventory.sweep; $$',
  '%s %n %x {{7*7}} #{7*7}',
  'a\r\nSet-Cookie: stolen=1\r\n\r\n<b>',
  'name" value="1"} 1\nforged_metric{x="',
  '\u202Egnp.exe\u2066',
  'ünï©ødé 🦑 e\u0301\u0301',
  '../../../../etc/passwd',
  'a,b;c"d\'e',
  'x'.repeat(10_000),
];

export async function hostileStory(): Promise<Story> {
  const story = await beginStory({
    // Three hours ago, so that what the commands take for now is not before it.
    cloud: { instances: 3, days: 6, startAt: new Date(Date.now() - 3 * hourMs) },
    extra: 'http: { host: 127.0.0.1, port: 0 }',
  });
  const { control, projectIds } = story.simulator;
  const [projectId = ''] = projectIds;
  for (const [index, name] of hostileNames.entries()) {
    const instanceId = index % 2 === 0 ? `${index}/'"<b>%2f?#&${'\\'}in06` : `plain${index}in06`;
    control.insertInstance({ projectId, name, instanceId });
    const given = { projectId, instanceId, name, description: name, status: index % 3 === 0 ? 'FAILED' : 'COMPLETED' };
    control.insertBackup({ ...given, id: `${index} ${name.slice(0, 60)}` });
    control.insertBackup({ ...given, id: `status ${index}`, status: name.slice(0, 200) });
  }
  story.pass(hourMs);
  const summary = await story.run();
  if (summary.exitCode !== 0) throw new Error(`the hostile estate was not read: ${JSON.stringify(summary)}`);
  return story;
}

export interface ServedStory extends AsyncDisposable {
  url: string;
  port: number;
  errors: string[];
}

/** The pages, reports and metrics of the story's inventory, as `serve` serves them. */
export async function serveStory(story: Story): Promise<ServedStory> {
  await using stack = new AsyncDisposableStack();
  const deps = { ...story, schedules: false };
  const pages = stack.use(pagesOf(deps));
  const serving = stack.use(await createServing({ ...deps, pages: pages.pages }));
  await serving.refresh();
  const listening = await serving.web.listen();
  stack.defer(() => listening.close(0));
  const kept = stack.move();
  return {
    url: `http://127.0.0.1:${listening.port}`,
    port: listening.port,
    get errors() {
      return story.lines.filter((line) => line.includes('"level":"error"'));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
