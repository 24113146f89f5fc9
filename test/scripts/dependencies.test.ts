import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAudit } from '../../scripts/check-advisories.ts';
import { licenceFaults } from '../../scripts/check-licences.ts';

test('every production dependency has a licence that may be used', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  const { checked, faults } = licenceFaults(lock);
  expect(faults).toEqual([]);
  expect(checked).toBeGreaterThan(20);
});

test('a licence off the list, no licence, and half of an AND are refused; half of an OR is enough', () => {
  const packages = {
    '': {},
    'node_modules/a': { version: '1.0.0', license: 'GPL-3.0' },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/c': { version: '1.0.0', license: '(MIT AND GPL-3.0)' },
    'node_modules/d': { version: '1.0.0', license: '(MIT OR GPL-3.0)' },
    'node_modules/e': { version: '1.0.0', license: 'GPL-3.0', dev: true },
  };
  expect(licenceFaults({ packages })).toEqual({
    checked: 4,
    faults: ['a@1.0.0: GPL-3.0', 'b@1.0.0: no licence', 'c@1.0.0: (MIT AND GPL-3.0)'],
  });
});

test('high and critical advisories fail, lower ones do not, and silence of the registry is not innocence', () => {
  const vulnerabilities = { a: { severity: 'high' }, b: { severity: 'moderate' }, c: { severity: 'critical' } };
  expect(readAudit(JSON.stringify({ auditReportVersion: 2, vulnerabilities }))).toEqual({
    known: true,
    failing: ['a: high', 'c: critical'],
  });
  expect(readAudit(JSON.stringify({ message: '405 Method Not Allowed' }))).toEqual({ known: false });
  expect(readAudit('')).toEqual({ known: false });
});
