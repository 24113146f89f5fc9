import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';
import { durationSeconds, durationText } from '../../src/config/scalars.ts';

test('a duration is read to seconds', () => {
  expect(['26h', '7d', '90m', '45s', '2w'].map(durationSeconds)).toEqual([93_600, 604_800, 5400, 45, 1_209_600]);
});

test('what is no duration is refused', () => {
  for (const text of ['', '0s', '-1h', '1', 'h', '1 h', '1H', '1.5h', '1e3s', '1h30m', '9999999999s', '5300w']) {
    expect(durationSeconds(text), text).toBeNull();
  }
});

test('seconds written as a duration are read back as the same seconds', () => {
  const seconds = fc.integer({ min: 1, max: 999_999_999 });
  fc.assert(fc.property(seconds, (given) => durationSeconds(durationText(given)) === given));
  expect([93_600, 86_400, 604_800, 5400, 61].map(durationText)).toEqual(['26h', '24h', '7d', '90m', '61s']);
});

test('a mistyped word finds the word that was meant, and only that', () => {
  const known = ['region', 'endpoint', 'name', 'id'];
  expect(['regoin', 'Region', 'regin', 'end_point', 'nmae'].map((word) => nearest(word, known))).toEqual([
    'region',
    'region',
    'region',
    'endpoint',
    'name',
  ]);
  expect(['colour', 'x', 'toString'].map((word) => nearest(word, known))).toEqual([null, null, null]);
});
