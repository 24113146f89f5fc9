// Writes everything that is generated from monitoring/: rules and dashboards. With --check it writes nothing and fails
// where a file differs from its source.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rules } from './alerts/index.ts';
import { renderPrometheusRule, renderRulesFile, shipped } from './alerts/render.ts';
import { dashboards } from './dashboards/index.ts';

/** Path in the repository → content. */
export function generatedFiles(runbookBase: string): ReadonlyMap<string, string> {
  const options = { ...shipped, runbookBase };
  return new Map([
    ['monitoring/rules.yaml', renderRulesFile(rules, options)],
    ['k8s/components/monitoring/prometheus-rule.yaml', renderPrometheusRule(rules, options)],
    ...[...dashboards].map(([file, json]): [string, string] => [`grafana/dashboards/${file}`, json]),
  ]);
}

/** Paths whose content on disk is not what the sources say. */
export async function drift(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const differing: string[] = [];
  for (const [path, content] of files) {
    const present = await readFile(join(root, path), 'utf8').catch(() => null);
    if (present !== content) differing.push(path);
  }
  return differing;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      'runbook-base': { type: 'string', default: process.env.RUNBOOK_BASE_URL ?? shipped.runbookBase },
    },
  });
  const root = join(import.meta.dirname, '..');
  const files = generatedFiles(values['runbook-base']);
  const differing = await drift(root, files);
  if (values.check) {
    for (const path of differing) console.error(`${path} differs from its source. Run: npm run generate:monitoring`);
    process.exitCode = differing.length > 0 ? 1 : 0;
    return;
  }
  for (const path of differing) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
