import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesFromKilobytes, parseInstant, parseZonelessAsUtc } from '../../src/inventory/units.ts';

test.each([
  ['2026-03-29T01:30:00Z', '2026-03-29T01:30:00Z'],
  ['2026-03-29T01:30:00+0800', '2026-03-28T17:30:00Z'],
  ['2026-03-29T01:30:00-08:00', '2026-03-29T09:30:00Z'],
  ['2026-03-29T01:30:00.5Z', '2026-03-29T01:30:00.500Z'],
  ['2026-03-29T01:30:00.123456+00:00', '2026-03-29T01:30:00.123Z'],
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59Z'],
])('%s is the instant %s', (text, instant) => {
  expect(parseInstant(text)).toBe(instant);
});

test.each([
  '2026-03-29T01:30:00', // no zone
  '2026-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00+15:00',
  '0000-01-01T00:00:00Z', // databases know no year 0
  '0050-01-01T00:00:00+08:00', // JavaScript takes it for 1950
  '9999-12-31T23:59:59-08:00', // the year 10000
  '',
])('"%s" is no instant', (text) => {
  expect(parseInstant(text)).toBeNull();
});

test('every instant in any zone is the same as JavaScript reads it', () => {
  const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
  const date = fc.date({ min: new Date('1000-01-01'), max: new Date('9998-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(date, offset, (at, minutes) => {
      const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
      const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, '0');
      const text = `${local}${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
      expect(new Date(parseInstant(text) ?? '').getTime()).toBe(at.getTime());
    }),
  );
});

test('what was read before changes nothing: rows of the same day are read as the first one is', () => {
  const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
  const clock = fc.tuple(two(25), two(61), two(61)).map((parts) => parts.join(':'));
  const day = fc.constantFrom('2026-02-28', '2026-02-29', '0050-01-01', '2024-02-29');
  const zone = fc.constantFrom('Z', '+0000', '+00:00', '-0000', '.5Z', '+0800', '+1500', '', 'Zz', '+0001');
  fc.assert(
    fc.property(fc.array(fc.tuple(day, clock, zone), { minLength: 1 }), (rows) => {
      const texts = rows.map(([on, at, where]) => `${on}T${at}${where}`);
      const together = texts.map(parseInstant);
      const apart = texts.map((text) => {
        parseInstant('1999-01-01T00:00:00Z'); // another day, so that nothing is remembered of this one
        return parseInstant(text);
      });
      expect(together).toEqual(apart);
    }),
  );
});

test('a text without a zone is read as UTC only where that is asked for', () => {
  expect(parseZonelessAsUtc('2026-03-29 01:30:00')).toBe('2026-03-29T01:30:00Z');
  expect(parseZonelessAsUtc('2026-03-29T01:30:00Z')).toBeNull();
});

test('kilobytes become whole bytes, or nothing where no size can be meant', () => {
  expect([1.5, 0, -1, 1e18, Number.NaN].map(bytesFromKilobytes)).toEqual([1536, 0, null, null, null]);
});
