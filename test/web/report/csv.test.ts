import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell, ReportColumn } from '../../../src/inventory/report.ts';
import { csvLines, readCsv } from '../../../src/web/report/csv.ts';
import { jsonLines, ndjsonLines, readJson } from '../../../src/web/report/json.ts';

const column = (name: string, kind: ReportColumn['kind'] = 'text'): ReportColumn => ({ name, kind, meaning: '' });
const csvOf = (columns: ReportColumn[], ...rows: Cell[][]) => [...csvLines(columns, rows)].join('');

test('lines end with CR LF, and fields with commas, quotes or line breaks are quoted', () => {
  const text = csvOf([column('a'), column('b')], ['x,y', 'say "no"'], ['two\nlines', 'plain']);
  expect(text).toBe('a,b\r\n"x,y","say ""no"""\r\n"two\nlines",plain\r\n');
});

test('null is empty, an empty text is not', () => {
  expect(csvOf([column('a'), column('b')], [null, ''])).toBe('a,b\r\n,""\r\n');
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', "'x", '＝1'])(
  'the text %j cannot be taken for a formula',
  (text) => {
    const [, line] = [...csvLines([column('a')], [[text]])];
    expect(line?.replace(/^"/, '').startsWith("'")).toBe(true);
  },
);

test('numbers keep their sign, and texts in the middle their signs', () => {
  expect(csvOf([column('a', 'number'), column('b')], [-5, 'a=b'])).toBe('a,b\r\n-5,a=b\r\n');
});

test('a list is a JSON array in one field', () => {
  expect(csvOf([column('a', 'list')], [['x', 'y"z']])).toBe('a\r\n"[""x"",""y\\""z""]"\r\n');
});

const columns = [
  column('t'),
  column('n', 'number'),
  column('b', 'boolean'),
  column('l', 'list'),
  column('i', 'instant'),
];
const awkward = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', "'", '"', '=', '\r\n', ',', '"",', "''=", ' '),
);
const row = fc.tuple(
  fc.option(awkward),
  fc.option(
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    ),
  ),
  fc.option(fc.boolean()),
  fc.option(fc.array(awkward)),
  fc.option(fc.constant('2026-03-20T12:00:00Z')),
);

test('whatever is written is read back, from CSV and from JSON', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const plain = JSON.parse(JSON.stringify(rows)) as Cell[][];
      expect(readCsv(columns, [...csvLines(columns, rows)].join(''))).toEqual(plain);
      expect(readJson(columns, [...jsonLines(columns, rows)].join(''))).toEqual(plain);
    }),
  );
});

test('JSON has one row a line in the order of the columns, and is an empty array without rows', () => {
  const two: Cell[][] = [
    ['x', 1, true, [], null],
    [null, null, null, ['y'], null],
  ];
  expect([...jsonLines(columns, two)].join('')).toBe(
    '[\n{"t":"x","n":1,"b":true,"l":[],"i":null},\n{"t":null,"n":null,"b":null,"l":["y"],"i":null}\n]\n',
  );
  expect(JSON.parse([...jsonLines(columns, [])].join(''))).toEqual([]);
  expect([...ndjsonLines(columns, two)].map((line) => JSON.parse(line))).toHaveLength(2);
});

test('a file that is no such CSV is refused with its place', () => {
  expect(() => readCsv([column('a')], 'b\r\n')).toThrow('header');
  expect(() => readCsv([column('a')], 'a\r\nx,y\r\n')).toThrow('Row 1 has 2 fields');
  expect(() => readCsv([column('a')], 'a\r\n"x\r\n')).toThrow('No CSV at character 3');
});
