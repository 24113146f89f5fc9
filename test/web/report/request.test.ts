import { expect, test } from 'vitest';
import { type ReportWords, readRequest } from '../../../src/web/report/request.ts';

const now = new Date('2026-03-20T12:00:00Z');
const ask = (words: ReportWords, kind: 'instant' | 'period' = 'period') =>
  readRequest(words, kind, now, (name) => `--${name}`);

test('without words it is now, and the thirty days up to today in UTC', () => {
  expect(ask({})).toEqual({ asOf: null, firstDay: null, lastDay: '2026-03-20', timeZone: 'UTC' });
  expect(ask({}, 'instant')).toEqual({ asOf: null, firstDay: null, lastDay: null, timeZone: 'UTC' });
});

test('days are days of the zone', () => {
  expect(ask({ timeZone: 'Pacific/Kiritimati' })).toMatchObject({ lastDay: '2026-03-21' });
  expect(ask({ from: '2026-01-01', to: '2026-01-31', timeZone: 'Europe/Berlin' })).toMatchObject({
    firstDay: '2026-01-01',
    lastDay: '2026-01-31',
    timeZone: 'Europe/Berlin',
  });
});

test('an instant as an end is exclusive, as a begin inclusive', () => {
  expect(ask({ from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' })).toMatchObject({
    firstDay: '2026-01-01',
    lastDay: '2026-01-31',
  });
  expect(
    ask({ from: '2026-01-01T00:00:00+08:00', to: '2026-01-03T00:00:00+08:00', timeZone: 'Asia/Shanghai' }),
  ).toMatchObject({
    firstDay: '2026-01-01',
    lastDay: '2026-01-02',
  });
});

test('as of a day is as of its end in the zone, whatever the clocks do on it', () => {
  expect(ask({ asOf: '2026-03-19' }, 'instant')).toMatchObject({ asOf: new Date('2026-03-20T00:00:00Z') });
  expect(ask({ asOf: '2026-01-31', timeZone: 'Europe/Berlin' })).toMatchObject({
    asOf: new Date('2026-01-31T23:00:00Z'),
    lastDay: '2026-01-31',
  });
  expect(ask({ asOf: '2025-10-26', timeZone: 'Europe/Berlin' })).toMatchObject({
    asOf: new Date('2025-10-26T23:00:00Z'),
  });
  expect(ask({ asOf: '2025-03-30', timeZone: 'Asia/Beirut' })).toMatchObject({
    asOf: new Date('2025-03-30T21:00:00Z'),
  });
});

test('as of today is now; as of an instant is that instant', () => {
  expect(ask({ asOf: '2026-03-20' }, 'instant')).toMatchObject({ asOf: null });
  expect(ask({ asOf: '2026-03-20T13:00:00+01:00' }, 'instant')).toMatchObject({ asOf: now });
});

test.each<[ReportWords, 'instant' | 'period', RegExp]>([
  [{ asOf: '2026-02-30' }, 'instant', /^--as-of: there is no day 2026-02-30/],
  [{ asOf: '2026-03-20T12:00:00' }, 'instant', /is no instant.*with its zone/],
  [{ asOf: '2026-03-20T25:00:00Z' }, 'instant', /is no instant/],
  [{ asOf: 'yesterday' }, 'instant', /"yesterday" is no instant/],
  [{ asOf: '2026-03-20T12:00:01Z' }, 'instant', /lies in the future/],
  [{ asOf: '2026-03-21' }, 'instant', /lies in the future/],
  [{ from: '2026-13-01' }, 'period', /^--from: there is no day/],
  [{ to: '2026-06-31' }, 'period', /^--to: there is no day/],
  [{ from: '20260101' }, 'period', /is no day/],
  [{ from: '0001-01-01' }, 'period', /there is no day/],
  [{ from: '2026-03-10', to: '2026-03-09' }, 'period', /ends \(2026-03-09\) before it begins/],
  [{ from: '1999-01-01' }, 'period', /longer than 3660 days/],
  [{ timeZone: 'Mars/Olympus' }, 'period', /no time zone "Mars\/Olympus"/],
  [{ timeZone: '+01:00' }, 'period', /no time zone/],
  [{ timeZone: "UTC'; drop" }, 'period', /no time zone/],
  [{ timeZone: '' }, 'period', /no time zone/],
  [{ from: '2026-01-01' }, 'instant', /report of an instant/],
])('%j of a report of an %s is refused', (words, kind, message) => {
  expect(ask(words, kind)).toMatch(message);
});
