import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainLine, plainLines } from '../src/terminal-text.ts';

test('a name keeps its letters, in every script, and its emoji', () => {
  expect(plainLine('orders-prod Größe 数据库 👩‍💻')).toBe('orders-prod Größe 数据库 👩‍💻');
});

test('escape sequences go as a whole', () => {
  expect(plainLine('\u001b[31mred\u001b[0m \u001b]0;title\u0007x \u009b2Jy')).toBe('red x y');
});

test('line breaks become spaces, control characters and direction overrides vanish', () => {
  expect(plainLine('a\r\nb\tc\u0000d\u0085e\u202egnp.exe\u2066')).toBe('a b cd egnp.exe');
  expect(plainLines('a\u0007\nb\u0008')).toBe('a\nb');
});

test('whatever comes in, nothing comes out that a terminal obeys', () => {
  const anything = fc.string({ unit: 'binary' });
  fc.assert(fc.property(anything, (text) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(plainLine(text))));
});
