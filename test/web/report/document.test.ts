import { expect, test } from 'vitest';
import type { Cell, Report, ReportColumn } from '../../../src/inventory/report.ts';
import { reports } from '../../../src/inventory/report-list.ts';
import { rendered } from '../../../src/web/report/formats.ts';

const evil = '<script>alert(1)</script>"\'&\u202e';

function report(name: string, columns: Record<string, ReportColumn['kind']>, rows: Cell[][]): Report {
  const definition = reports.find((one) => one.name === name);
  if (definition === undefined) throw new Error(name);
  return {
    definition,
    asOf: '2026-03-20T12:00:00Z' as Report['asOf'],
    period: { firstDay: '2026-03-01', lastDay: '2026-03-03', timeZone: 'Europe/Berlin' },
    observedFrom: null,
    knownAt: '2026-03-20T11:00:00Z' as Report['knownAt'],
    notObserved: null,
    columns: Object.entries(columns).map(([column, kind]) => ({
      name: column,
      kind,
      meaning: `What ${column} means.`,
    })),
    rows,
  };
}

const html = (one: Report) => [...rendered(one, 'html', (text) => text)].join('');

const calendar = report(
  'coverage_calendar',
  {
    project_id: 'text',
    project_name: 'text',
    instance_id: 'text',
    instance_name: 'text',
    day: 'day',
    state: 'text',
    strength: 'text',
    required: 'boolean',
    day_over: 'boolean',
    backup_ids: 'list',
  },
  [
    ['p1', evil, 'i1', evil, '2026-03-01', 'good', 'observed', true, true, ['b1', evil]],
    ['p1', evil, 'i1', evil, '2026-03-02', 'none', 'observed', true, true, []],
    ['p1', evil, 'i1', evil, '2026-03-03', 'failed_only', 'reconstructed', true, true, ['b2']],
    ['p1', evil, 'i2', null, '2026-03-01', 'not_observed', null, true, true, []],
    ['p1', evil, 'i2', null, '2026-03-02', 'not_observed', null, true, true, []],
    ['p1', evil, 'i2', null, '2026-03-03', 'in_progress', 'observed', false, false, ['b3']],
  ],
);

test('foreign text is escaped everywhere', () => {
  const page = html(calendar);
  expect(page).not.toContain('<script>');
  expect(page).not.toMatch(/title="[^"]*<script/);
  expect(page).toContain('&lt;script&gt;');
});

test('a file stands alone: nothing is loaded and nothing runs', () => {
  const page = html(calendar);
  expect(page).not.toMatch(/<(?:script|link|img|iframe|object)\b|url\(|@import|\son\w+=/i);
  expect(page.match(/https?:\/\//g)).toBeNull();
});

test('the calendar is a table whose cells say in words what they show, with the backups behind them', () => {
  const page = html(calendar);
  expect(page).toContain('<th scope="row">');
  expect(page).toContain('<abbr title="2026-03-02">02</abbr>');
  expect(page).toMatch(/title="2026-03-01: good backup; b1, [^"]*"/);
  expect(page).toContain('title="2026-03-03: failed only, known from later readings; b2"');
  expect(page).toContain('title="2026-03-03: in progress, the day is not over; b3"');
  expect(page).toContain('<span class="vh">good backup</span>');
});

test('a period that begins before the inventory does says so above everything else', () => {
  const page = html({ ...calendar, observedFrom: '2026-03-02T10:00:00Z' as NonNullable<Report['observedFrom']> });
  expect(page).toMatch(/<\/section>\n<p class="note">The inventory begins at 2026-03-02T10:00:00Z, /);
  expect(html(calendar)).not.toContain('The inventory begins');
});

test('days that need attention are rows that their cells lead to, and days in a row are one', () => {
  const page = html(calendar);
  expect(page).toContain('<a href="#d0">');
  expect(page).toContain('<tr id="d0">');
  expect(page).toContain('2026-03-01 to 2026-03-02, 2 days');
  expect(page).toContain('4 required days without a good backup.');
});

test('the figures name numerator, denominator and unknowns', () => {
  expect(html(calendar)).toMatch(
    /Days required<\/dt><dd>5<.*With a good backup<\/dt><dd>1<.*Without<\/dt><dd>2<.*Not known<\/dt><dd>2</,
  );
});

const findings = report(
  'resource_compliance',
  {
    control_id: 'text',
    project_name: 'text',
    instance_name: 'text',
    verdict: 'text',
    reason_code: 'text',
    measured_value: 'number',
    threshold_value: 'number',
    unit: 'text',
    data_as_of: 'instant',
  },
  [
    ['BK-01', 'prod', evil, 'NON_COMPLIANT', 'rpo_exceeded', 180_000, 93_600, 'seconds', '2026-03-20T11:00:00Z'],
    ['BK-08', 'prod', 'orders', 'COMPLIANT', 'size_usual', 3 * 2 ** 30, null, 'bytes', null],
  ],
);

test('verdicts are counted, numbers are shown in their unit, columns explain themselves', () => {
  const page = html(findings);
  expect(page).toMatch(/non-compliant<\/span><\/dt><dd>1</);
  expect(page).toContain('2 d 2 h');
  expect(page).toContain('3.00 GiB');
  expect(page).toContain('title="What verdict means."');
});

test('the table for a terminal is aligned, plain and ends with what it stands on', () => {
  const text = [...rendered(findings, 'table', (foreign) => foreign.replace('\u202e', ''))].join('');
  const lines = text.split('\n');
  expect(lines[2]).toMatch(/^control id {2}project name {2}instance name +verdict/);
  expect(new Set(lines.slice(2, 6).map((line) => line.indexOf('verdict') > 0 || line.length > 0))).toEqual(
    new Set([true]),
  );
  expect(text).not.toContain('\u202e');
  expect(text).toMatch(
    /2 rows; 2026-03-01 to 2026-03-03, days of Europe\/Berlin; as of 2026-03-20T12:00:00Z; from readings committed up to 2026-03-20T11:00:00Z\.\n$/,
  );
});
