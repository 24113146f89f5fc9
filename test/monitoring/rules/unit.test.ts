// Every rule against its cases, by promtool: the shipped rules file, evaluated by Prometheus' own engine.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rules } from '../../../monitoring/alerts/index.ts';
import { renderRulesFile, shipped } from '../../../monitoring/alerts/render.ts';
import { suites } from './cases/index.ts';
import { promtool } from './promtool.ts';
import { kinds, promtoolFiles, rulesFor } from './scenario.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-inventory-rules-'));
  await writeFile(join(folder, 'rules.yaml'), renderRulesFile(rules, shipped));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the rules file is valid and has no rule twice', async () => {
  const { output, passed } = await promtool(folder, 'check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml');
  expect(passed, output).toBe(true);
});

test('every rule has its cases', () => {
  const names = [...rules.recordings.map(({ record }) => record), ...rules.alerts.map(({ alert }) => alert)];
  expect(suites.map(({ rule }) => rule).toSorted()).toEqual(names.toSorted());
});

describe.each(suites)('$rule', (suite) => {
  test('was tried firing, quiet, at its boundary, on stale data and without series', () => {
    expect(new Set(suite.cases.map(({ kind }) => kind))).toEqual(new Set(kinds));
  });

  test(`does as its ${suite.cases.length} cases say`, { timeout: 120_000 }, async () => {
    const own = join(folder, suite.rule.replace(':', '-'));
    await mkdir(own);
    await writeFile(join(own, 'rules.yaml'), renderRulesFile(rulesFor(suite.rule), shipped));
    const files = promtoolFiles('rules.yaml', suite);
    for (const [name, content] of files) await writeFile(join(own, name), content);
    const { output, passed } = await promtool(own, 'test', 'rules', ...files.keys());
    expect(passed, output).toBe(true);
  });
});
