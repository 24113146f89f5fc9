// The routes of the reports, with reports handed in.

import { describe, expect, test } from 'vitest';
import type { Report, ReportDefinition } from '../../../src/inventory/report.ts';
import { parseInstant } from '../../../src/inventory/units.ts';
import { reportPages } from '../../../src/web/pages/reports.ts';
import type { ReportRequest } from '../../../src/web/report/request.ts';
import { serving } from '../serving.ts';

const now = new Date('2026-11-20T12:00:00Z');

function reportOf(definition: ReportDefinition): Report {
  return {
    definition,
    asOf: null,
    period: null,
    observedFrom: null,
    knownAt: parseInstant('2026-11-20T11:00:00Z'),
    notObserved: null,
    columns: [
      { name: 'project_name', kind: 'text', meaning: '' },
      { name: 'limit_seconds', kind: 'number', meaning: '' },
    ],
    rows: [
      ['<b>prod</b>', 10_800],
      ['=cmd()', null],
    ],
  };
}

async function served() {
  const asked: { name: string; request: ReportRequest }[] = [];
  const server = await serving({
    pages: reportPages({
      report: async (definition, request) => {
        asked.push({ name: definition.name, request });
        return reportOf(definition);
      },
      isTimeZone: async (name) => name !== 'Europe/Zurich',
      now: () => now,
    }),
  });
  return { ...server, asked, ask: (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init) };
}

describe('the routes of the reports', () => {
  test('answer a page without an extension, and the files of the command with one', async () => {
    await using web = await served();
    const page = await web.ask('/reports/freshness');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const text = await page.text();
    expect(text).toContain('href="/reports/freshness.csv"');
    expect(text).toContain('&lt;b&gt;prod&lt;/b&gt;');

    const csv = await web.ask('/reports/freshness.csv');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="freshness.csv"');
    expect(await csv.text()).toBe("project_name,limit_seconds\r\n<b>prod</b>,10800\r\n'=cmd(),\r\n");

    const json = await web.ask('/reports/freshness.json');
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.stringify(await json.json())).toContain('"limit_seconds":10800');

    const file = await web.ask('/reports/freshness.html');
    expect(file.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'sha256-");
    expect(await file.text()).not.toContain('<form');
  });

  test('list every report', async () => {
    await using web = await served();
    const text = await (await web.ask('/reports')).text();
    expect(text).toContain('href="/reports/coverage_calendar"');
    expect(text).toContain('href="/reports/rules.json"');
  });

  test('hand the parameters of the command on, and keep them in the links to the files', async () => {
    await using web = await served();
    const query = 'from=2026-11-01&to=2026-11-10&as-of=2026-11-15T00:00:00Z&time-zone=Europe/Berlin';
    const page = await web.ask(`/reports/coverage-calendar?${query}`);
    expect(web.asked).toEqual([
      {
        name: 'coverage_calendar',
        request: {
          asOf: new Date('2026-11-15T00:00:00Z'),
          firstDay: '2026-11-01',
          lastDay: '2026-11-10',
          timeZone: 'Europe/Berlin',
        },
      },
    ]);
    expect(await page.text()).toContain('/reports/coverage_calendar.csv?from=2026-11-01&amp;to=2026-11-10&amp;as-of=');
  });

  test('take fields that were left empty in a form as not given', async () => {
    await using web = await served();
    expect((await web.ask('/reports/coverage_calendar?from=&to=&as-of=&time-zone=')).status).toBe(200);
    expect(web.asked[0]?.request).toEqual({ asOf: null, firstDay: null, lastDay: '2026-11-20', timeZone: 'UTC' });
  });

  test.each([
    ['freshness?as-of=2026-02-30', 'as-of: there is no day 2026-02-30'],
    ['freshness?as-of=2027-01-01', 'as-of: 2027-01-01 lies in the future'],
    ['freshness?from=2026-11-01', 'Give as-of instead'],
    ['coverage_calendar?from=2026-11-11&to=2026-11-10', 'ends (2026-11-10) before it begins'],
    ['coverage_calendar?time-zone=Mars/Olympus', 'no time zone "Mars/Olympus"'],
    ['coverage_calendar?time-zone=Europe/Zurich', 'the database knows no time zone'],
    ['freshness?asof=2026-11-01', 'There is no parameter "asof"'],
    ['freshness?as-of=2026-11-01&as-of=2026-11-02', 'Give as-of once'],
  ])('refuse %s with what is wrong', async (path, message) => {
    await using web = await served();
    for (const file of [path, path.replace('?', '.csv?')]) {
      const answer = await web.ask(`/reports/${file}`);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(message);
    }
    expect(web.asked).toEqual([]);
  });

  test.each(['nope', 'nope.csv', 'freshness.pdf', 'constructor', '%00', 'freshness%2F..'])(
    'answer 404 for %s with the names that there are',
    async (file) => {
      await using web = await served();
      const answer = await web.ask(`/reports/${file}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('coverage_calendar');
    },
  );

  test('send no body for HEAD, and compress for whoever takes it', async () => {
    await using web = await served();
    const head = await web.ask('/reports/freshness.json', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const packed = await web.ask('/reports/freshness', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toContain('</html>');
    const bare = await web.ask('/reports/freshness', { headers: { 'Accept-Encoding': 'identity' } });
    expect(bare.headers.get('content-encoding')).toBeNull();
  });
});
