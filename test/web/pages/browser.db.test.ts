// The pages in a real Chromium: a simulated estate, copied by the program, served by the program.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type TestBrowser } from '../../support/browser.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { runProgram, type StartedProgram, startProgram } from '../../support/program.ts';
import { startSimulatedCloud } from '../../support/simulated-cloud.ts';

const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;

interface Focus {
  id: string;
  text: string;
  top: number;
  seen: boolean;
}

let browser: TestBrowser;
let database: TestDatabase;
let program: StartedProgram;
let url: string;

/** The page of the instance with the evil name. */
const evilPage = () => `${url}/instances/${encodeURIComponent(projectId)}/${encodeURIComponent('evil/"<b>')}`;
let projectId: string;
let inBrowser: string;

let instancePage: string;

/** Calls a function of in-browser.js in the page. */
async function measured<T>(page: Page, call: string): Promise<T> {
  return (await page.evaluate(`${inBrowser}\nreader.${call}`)) as T;
}

beforeAll(async () => {
  inBrowser = await readFile(new URL('./in-browser.js', import.meta.url), 'utf8');
  database = await freshDatabase({ migrated: false });
  await using cloud = await startSimulatedCloud([
    '--projects',
    '2',
    '--instances',
    '20',
    '--days',
    '40',
    '--seed',
    '5',
  ]);
  const file = await cloud.configFile(database.url, { extra: 'http: { host: 127.0.0.1, port: 0 }' });
  const synced = await runProgram(['--config', file, 'sync', '--json'], { timeoutMs: 60_000 });
  expect(synced.code, synced.stderr).toBe(0);
  await insertEvil();
  program = startProgram(['--config', file, 'serve', '--no-schedule'], { timeoutMs: 300_000 });
  const [, port] = await program.waitFor(/"port":(\d+),"msg":"listening"/);
  url = `http://127.0.0.1:${port}`;
  const [row] = await database.query<{ path: string }>(`
    select '/instances/' || project_id || '/' || instance_id as path from inventory.backup
    where status = 'FAILED' and backup_scope = 'instance' order by begin_at, backup_id limit 1`);
  instancePage = `${url}${row?.path}`;
  browser = await startBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await program?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** An instance, a backup and a project whose every text tries to be markup. */
async function insertEvil(): Promise<void> {
  const [project] = await database.query<{ project_id: string }>(
    'select min(project_id) as project_id from inventory.project',
  );
  projectId = project?.project_id ?? '';
  await database.query('update inventory.project set name = $1, region = $1 where project_id = $2', [evil, projectId]);
  await database.query(
    `insert into inventory.instance (project_id, instance_id, name, datastore_type, datastore_version, status, mode,
      backup_window, created_at, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
    values ($1, 'evil/"<b>', $2, $2, $2, $2, $2, $2, now() - interval '9 days', now() - interval '8 days', 1,
      now() - interval '8 days', 1)`,
    [projectId, evil],
  );
  await database.query(
    `insert into inventory.backup (project_id, backup_id, backup_scope, instance_id, name, description, backup_type, status,
      begin_at, first_seen_at, first_seen_run_id, changed_at, changed_run_id)
    values ($1, $2, 'instance', 'evil/"<b>', $2, $2, $2, $2, now() - interval '3 hours', now() - interval '2 hours', 1,
      now() - interval '2 hours', 1)`,
    [projectId, evil],
  );
}

/** The status page once its verdicts are there. */
async function settled(address: string): Promise<void> {
  await expect
    .poll(async () => await (await fetch(address)).text(), { timeout: 20_000, interval: 300 })
    .not.toContain('http-equiv="refresh"');
}

describe('the status page', () => {
  test('says first whether the data is fresh and what is wrong, then fleet, storage, instances and readings', async () => {
    await settled(`${url}/`);
    await using visit = await browser.visit();
    await visit.page.goto(`${url}/`);
    expect(await visit.page.locator('h2').allTextContents()).toEqual([
      'Data',
      'Wrong now',
      'Fleet',
      'What is wrong now',
      'Storage',
      'Instances',
      'Newest certified readings',
    ]);
    expect(await visit.page.locator('h3').allTextContents()).toEqual(['Coverage calendar', 'Verdicts']);
    expect(await visit.page.locator('#data + p').textContent()).toContain('Fresh');
    expect(await visit.page.locator('#fleet + p').textContent()).toContain('41 instances');
    expect(await visit.page.locator('table.calendar tbody tr').count()).toBe(25);
    expect(await visit.page.locator('table.calendar td.day').count()).toBe(25 * 30);
  });

  test('leads from a finding to the instance that it is about', async () => {
    await using visit = await browser.visit();
    await visit.page.goto(`${url}/`);
    const link = visit.page.locator('section[aria-labelledby=findings] td a[href^="/instances/"]').first();
    const name = await link.textContent();
    await link.click();
    expect(await visit.page.locator('h1').textContent()).toContain(name);
    expect(await visit.page.locator('tr:target').textContent()).toMatch(/non-compliant|unknown/);
  });

  test('searches, filters, sorts and pages without JavaScript', async () => {
    await using visit = await browser.visit({ javaScriptEnabled: false });
    const { page } = visit;
    await page.goto(`${url}/`);
    const names = page.locator('section[aria-labelledby=instances] table.stack tbody th');
    const firstPage = await names.allTextContents();
    await page.getByRole('link', { name: 'Next' }).click();
    const secondPage = await names.allTextContents();
    expect(firstPage.length + secondPage.length).toBe(41);
    await page.getByRole('link', { name: 'Stored' }).click();
    expect(await page.locator('th[aria-sort]').textContent()).toContain('Stored');
    await page.getByLabel('Name, id or project').fill(evil.slice(0, 20));
    await page.getByRole('button', { name: 'Find' }).click();
    expect(new URL(page.url()).searchParams.get('sort')).toBe('stored');
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByLabel('State').selectOption('unprotected');
    await page.getByRole('button', { name: 'Find' }).click();
    const badges = await page
      .locator('section[aria-labelledby=instances] table.stack td:first-child')
      .allTextContents();
    expect(new Set(badges.map((text) => text.trim()))).toEqual(new Set(['✕ unprotected']));
  });
});

describe('the page of an instance', () => {
  test('shows every control with its sentence, the calendar, plots and the backups behind each day', async () => {
    await using visit = await browser.visit();
    const { page } = visit;
    await page.goto(instancePage);
    expect(await page.locator('section[aria-labelledby=findings] tbody tr').count()).toBe(13);
    expect(await page.locator('section[aria-labelledby=findings] tbody').textContent()).not.toMatch(/\{\w+\}/);
    expect(await page.locator('svg.plot').count()).toBe(2);
    await page.locator('td.day a').first().click();
    expect(await page.locator('tr:target time').getAttribute('datetime')).toContain(new URL(page.url()).hash.slice(5));
  });

  test('answers 404 for an instance that nobody knows, and 400 for an instant without a zone', async () => {
    expect((await fetch(`${url}/instances/none/none`)).status).toBe(404);
    expect((await fetch(`${url}/instances/none/%00`)).status).toBe(404);
    const bad = await fetch(`${instancePage}?as-of=2026-01-01`);
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain('2026-11-20T12:00:00Z');
    expect((await fetch(`${instancePage}?as-of=2020-01-01T00:00:00Z`)).status).toBe(404);
    expect((await fetch(`${instancePage}?as-of=${new Date().toISOString()}`)).status).toBe(200);
  });
});

describe('every page', () => {
  const addresses = () => [
    `${url}/`,
    instancePage,
    evilPage(),
    `${url}/?q=%3Cscript%3Ealert(3)%3C/script%3E`,
    `${url}/instances/a/b`,
    `${url}/reports`,
    `${url}/reports/coverage_calendar`,
    `${url}/reports/resource_compliance?as-of=${new Date().toISOString()}`,
    `${url}/reports/freshness.html`,
  ];

  test('asks for nothing else, breaks no policy, and runs no script whatever names are', async () => {
    for (const address of addresses()) {
      await using visit = await browser.visit();
      const response = await visit.page.goto(address);
      expect(response?.headers()['content-security-policy'], address).toMatch(
        /^default-src 'none'; style-src 'sha256-/,
      );
      const notFound = `error: Failed to load resource: the server responded with a status of 404 (Not Found)`;
      expect(
        visit.complaints.filter((complaint) => complaint !== notFound),
        address,
      ).toEqual([]);
      expect(
        visit.requests.filter((request) => !request.endsWith('/favicon.ico')),
        address,
      ).toEqual([address]);
      expect(await visit.page.locator('script, img, iframe, [onerror], main b').count(), address).toBe(0);
      expect(await measured(visit.page, 'fontFamily()'), address).toContain('system-ui');
    }
    await using visit = await browser.visit();
    await visit.page.goto(evilPage());
    expect(await visit.page.locator('h1').textContent()).toContain(evil);
  });

  test('can be read without eyes: heads, names, labels, levels', async () => {
    await using visit = await browser.visit();
    for (const address of addresses()) {
      await visit.page.goto(address);
      expect(await measured(visit.page, 'unreadable()'), address).toEqual([]);
    }
  });

  test('has a contrast of 4.5 at least, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using visit = await browser.visit({ colorScheme });
      for (const address of addresses()) {
        await visit.page.goto(address);
        expect(await measured(visit.page, 'lowContrasts(4.5)'), `${colorScheme} ${address}`).toEqual([]);
      }
    }
  });

  test('begins its tab order with a way past the navigation, and every stop is visible', async () => {
    await using visit = await browser.visit();
    const { page } = visit;
    await page.goto(`${url}/`);
    await page.keyboard.press('Tab');
    expect((await measured<Focus>(page, 'focused()')).text).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect((await measured<Focus>(page, 'focused()')).id).toBe('content');
    const tops: number[] = [];
    for (let stop = 0; stop < 12; stop += 1) {
      await page.keyboard.press('Tab');
      const focus = await measured<Focus>(page, 'focused()');
      expect(focus.seen, focus.text).toBe(true);
      tops.push(Math.round(focus.top / 12));
    }
    expect(tops).toEqual(tops.toSorted((one, other) => one - other));
  });

  test('fits a narrow screen and a sheet of A4 without scrolling sideways', async () => {
    await using narrow = await browser.visit({ viewport: { width: 390, height: 800 } });
    await using sheet = await browser.visit({ viewport: { width: 703, height: 1000 } });
    await sheet.page.emulateMedia({ media: 'print' });
    for (const address of addresses()) {
      for (const { page } of [narrow, sheet]) {
        await page.goto(address);
        expect(await measured(page, 'overflow()'), address).toBe(0);
      }
    }
    await sheet.page.goto(`${url}/`);
    expect(await sheet.page.locator('form').isVisible()).toBe(false);
    expect((await sheet.page.pdf({ preferCSSPageSize: true })).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
