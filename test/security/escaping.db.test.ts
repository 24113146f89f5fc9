// Names from the cloud are foreign input: shown everywhere, they run nowhere. Every page, every report in every format,
// every command that prints, and the metrics, over an inventory of hostile names.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reports } from '../../src/inventory/report-list.ts';
import { difference, none } from '../support/audit.ts';
import { runHere } from '../support/program-here.ts';
import type { Story } from '../support/story.ts';
import { hostileNames, hostileStory, type ServedStory, serveStory } from './hostile-estate.ts';

let story: Story;
let served: ServedStory;
beforeAll(async () => {
  story = await hostileStory();
  served = await serveStory(story);
}, 60_000);
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await story[Symbol.asyncDispose]();
});

async function page(path: string): Promise<string> {
  const response = await fetch(`${served.url}${path}`);
  expect(response.status, path).toBe(200);
  expect(response.headers.get('set-cookie')).toBeNull();
  if (response.headers.get('content-type')?.startsWith('text/html')) expectStrict(response.headers);
  return await response.text();
}

function expectStrict(headers: Headers): void {
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/(^|; *)default-src 'none'/);
  expect(policy).toMatch(/frame-ancestors 'none'/);
  expect(policy).not.toMatch(/unsafe|script-src|\*|https?:|data:/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
}

/** Nothing that a browser would run or fetch, and no name that left its place. */
function expectHarmless(html: string, where: string): void {
  const tags = html.match(/<[a-zA-Z!/][^>]*>/g) ?? [];
  expect(tags.length, where).toBeGreaterThan(5);
  for (const tag of tags) {
    expect(tag, where).not.toMatch(/^<\/?(script|img|iframe|object|embed|base|b|svg\/)\b/i);
    const bare = tag.replace(/"[^"]*"|'[^']*'/g, '""');
    expect(bare, where).not.toMatch(/\son\w+\s*=/i);
    expect(tag, where).not.toMatch(/(href|src|action)\s*=\s*["']?\s*(javascript|data|vbscript):/i);
  }
  expect(html.split('</head>')[0]?.match(/<title>/g), where).toHaveLength(1);
  expect(html.match(/<\/style>/g)?.length ?? 0, where).toBe(html.match(/<style/g)?.length ?? 0);
}

test('the inventory holds every name as the cloud gave it', async () => {
  const truths = new Map(story.simulator.projectIds.map((id) => [id, story.simulator.truth(id)] as const));
  expect(await difference(story.query, truths)).toEqual(none);
  const rows = await story.query<{ name: string }>('select name from inventory.instance');
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining([...hostileNames]));
});

describe('pages', () => {
  test('the status page, searched for every name', async () => {
    expectHarmless(await page('/'), '/');
    let found = 0;
    for (const name of hostileNames) {
      for (const key of ['search', 'q', 'state', 'sort', 'page', 'control']) {
        const response = await fetch(`${served.url}/?${new URLSearchParams({ [key]: name.slice(0, 2000) })}`);
        expect(response.status).toBeLessThan(500);
        const html = await response.text();
        if (response.status === 200) expectHarmless(html, `/?${key}=${name}`);
        if (html.includes('&lt;script&gt;')) found += 1;
      }
    }
    expect(found).toBeGreaterThan(0);
  }, 60_000);

  test('the page of every instance', async () => {
    const rows = await story.query<{ project_id: string; instance_id: string }>(
      'select project_id, instance_id from inventory.instance',
    );
    expect(rows.length).toBeGreaterThan(hostileNames.length);
    for (const { project_id, instance_id } of rows) {
      const path = `/instances/${project_id}/${encodeURIComponent(instance_id)}`;
      expectHarmless(await page(path), path);
    }
  }, 60_000);
});

describe.each(reports.map(({ name }) => name))('report %s', (name) => {
  test('as a page and as a file of each kind', async () => {
    expectHarmless(await page(`/reports/${name}`), name);
    expectHarmless(await page(`/reports/${name}.html`), name);
    JSON.parse(await page(`/reports/${name}.json`));
    for (const row of cells(await page(`/reports/${name}.csv`))) {
      for (const cell of row) {
        if (!/^[-+]?[\d.]+([eE][-+]?\d+)?$/.test(cell)) expect(cell, `${name}.csv`).not.toMatch(/^[=+\-@\t\r\n]/);
      }
    }
  }, 60_000);

  test('on a terminal', async () => {
    const { code, stdout, stderr } = await printed(['report', name]);
    expect([code, stderr]).toEqual([0, '']);
    expectPlain(stdout);
  }, 60_000);
});

test('other commands on a terminal', async () => {
  const [named] = await story.query<{ id: string }>(
    `select instance_id as id from inventory.instance where name like '%red%'`,
  );
  for (const args of [
    ['check'],
    ['explain', named?.id ?? ''],
    ['explain', hostileNames[11] ?? ''],
    ['sync', '--project', hostileNames[11] ?? ''],
    [hostileNames[11] ?? ''],
  ]) {
    const { stdout, stderr } = await printed(args);
    expectPlain(stdout);
    expectPlain(stderr);
  }
}, 60_000);

test('metrics keep to their format whatever a name holds', async () => {
  const text = await page('/metrics');
  const line = /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? [-+0-9.eEInfNa]+$/;
  for (const each of text.trimEnd().split('\n')) if (!each.startsWith('#')) expect(each).toMatch(line);
  expect(text).not.toMatch(/^forged_metric/m);
});

function printed(argv: string[]) {
  return runHere(['-c', story.file, '--log-level', 'error', '--log-format', 'pretty', ...argv]);
}

/** No escape sequence, no control character but line breaks, nothing that changes the direction of writing. */
function expectPlain(text: string): void {
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
}

/** RFC 4180. */
function cells(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv
    .replace(/^\uFEFF/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end !== ',') rows.push([]);
  }
  return rows;
}
