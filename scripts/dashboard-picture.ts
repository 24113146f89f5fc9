// Takes the picture of the fleet dashboard for the README: `node scripts/dashboard-picture.ts`. The data is real: a week of
// expositions in a real Prometheus, asked with the dashboard's own queries. The drawing is ours, in the layout of its JSON.
// Needs Prometheus, promtool and Chromium.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { rules } from '../monitoring/alerts/index.ts';
import { renderRulesFile, shipped as shippedRules } from '../monitoring/alerts/render.ts';
import { drawPage, type Found, type Series } from '../monitoring/dashboards/picture/draw.ts';
import { days, recordWeek, scrapeSeconds } from '../monitoring/dashboards/picture/history.ts';
import { connectPrometheus, type Prometheus } from '../monitoring/drill/prometheus.ts';
import { expandPromql, type Panel, shipped, type Target } from '../test/monitoring/dashboards/panels.ts';
import { startBrowser } from '../test/support/browser.ts';

const file = 'docs/images/fleet.png';
const port = 19_390;
const points = 168;
interface Answer {
  status: string;
  error?: string;
  data: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] };
}

const everything = new Map([['project', ['.*']]]);

const dashboard = shipped.find(({ uid }) => uid === 'backup-inventory-fleet');
if (dashboard === undefined) throw new Error('There is no fleet dashboard.');
const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-picture-'));
let end = 0;
try {
  await recordWeek(folder);
  await using prometheus = await startWith(folder);
  end = Date.now();
  const drawn: { panel: Panel; found: Found }[] = [];
  for (const panel of dashboard.panels) {
    const found = await Promise.all((panel.targets ?? []).map((target) => ask(prometheus, panel, target)));
    drawn.push({ panel, found });
  }
  await take(drawPage(dashboard, drawn));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A Prometheus over the recorded week. Its rules are the shipped ones, but do not wait: nobody stays for an hour. */
async function startWith(folder: string): Promise<Prometheus & AsyncDisposable> {
  const rulesFile = join(folder, 'rules.yaml');
  await writeFile(rulesFile, withoutWaiting(renderRulesFile(rules, shippedRules)));
  const config = { global: { evaluation_interval: '5s' }, rule_files: [rulesFile] };
  await writeFile(join(folder, 'prometheus.yaml'), stringify(config));
  const flags = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--storage.tsdb.retention.time=60d',
    `--query.lookback-delta=${1.5 * scrapeSeconds}s`,
    '--log.level=error',
  ];
  const child = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  const prometheus = connectPrometheus(`http://127.0.0.1:${port}`);
  for (let tried = 0; (await prometheus.firing().catch(() => [])).length === 0; tried += 1) {
    if (tried === 60) throw new Error('No alert fires in Prometheus within a minute.');
    await sleep(1000);
  }
  await sleep(10_000);
  const dispose = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { ...prometheus, [Symbol.asyncDispose]: dispose };
}

function withoutWaiting(text: string): string {
  const document = parse(text) as { groups: { rules: { for?: string }[] }[] };
  for (const group of document.groups) for (const rule of group.rules) delete rule.for;
  return stringify(document);
}

/** All queries see the same moments, or what is stacked would not stand on each other. */
async function ask(prometheus: Prometheus, panel: Panel, target: Target): Promise<Series[]> {
  const rangeSeconds = days * 86_400;
  const stepSeconds = rangeSeconds / points;
  const span = { fromMs: end - rangeSeconds * 1000, toMs: end, stepSeconds, scrapeSeconds };
  const query = encodeURIComponent(expandPromql(target.expr ?? '', everything, span));
  const path =
    target.instant === true
      ? `query?query=${query}`
      : `query_range?query=${query}&start=${span.fromMs / 1000}&end=${span.toMs / 1000}&step=${stepSeconds}`;
  const answer = (await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as Answer;
  if (answer.status !== 'success') throw new Error(`${panel.title} ${target.refId}: ${answer.error}`);
  console.log(`${panel.title} ${target.refId}: ${answer.data.result.length} series`);
  const legend = (target as { legendFormat?: string }).legendFormat ?? '';
  return answer.data.result.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    labels: metric,
    points: values.map(([at, text]) => [at, Number(text)] as const),
  }));
}

async function take(html: string): Promise<void> {
  await mkdir('docs/images', { recursive: true });
  await using browser = await startBrowser();
  await using visit = await browser.visit({ viewport: { width: 1366, height: 900 } });
  await visit.page.setContent(html);
  await visit.page.screenshot({ path: file, fullPage: true });
  console.log(`${file}: ${Math.round((await stat(file)).size / 1024)} KiB`);
}
