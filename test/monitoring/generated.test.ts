import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { rules } from '../../monitoring/alerts/index.ts';
import { renderPrometheusRule, renderRulesFile, shipped } from '../../monitoring/alerts/render.ts';
import { drift, generatedFiles } from '../../monitoring/generate.ts';

test('what is generated is what the sources say; `npm run generate:monitoring` writes it', async () => {
  expect(await drift(join(import.meta.dirname, '../..'), generatedFiles(shipped.runbookBase))).toEqual([]);
});

test('the PrometheusRule and the rules file hold the same groups', () => {
  const plain = parse(renderRulesFile(rules, shipped));
  const custom = parse(renderPrometheusRule(rules, shipped));
  expect(custom.spec.groups).toEqual(plain.groups);
});

test('another place of the runbooks changes the links and nothing else', () => {
  const elsewhere = renderRulesFile(rules, { ...shipped, runbookBase: 'https://wiki.example/backup/' });
  expect(elsewhere).toContain('runbook_url: https://wiki.example/backup/BackupInventoryStale.md');
  expect(elsewhere.replaceAll('https://wiki.example/backup/', shipped.runbookBase)).toBe(
    renderRulesFile(rules, shipped),
  );
});
