import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { serving } from '../web/serving.ts';
import { freePort } from './pushgateway.ts';
import { expositionOf, samplesOf } from './scraping.ts';
import { instanceState, snapshot } from './snapshots.ts';

/** Runs a real Prometheus against a target until the query has an answer. scripts/install-test-tools brings it. */
async function askPrometheus(
  target: number,
  token: string,
  queries: readonly string[],
): Promise<(string | undefined)[]> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const port = await freePort();
  const configuration = {
    global: { scrape_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'exporter',
        authorization: { credentials: token },
        static_configs: [{ targets: [`127.0.0.1:${target}`] }],
      },
    ],
  };
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(configuration));
  const flags = ['--config.file=prometheus.yml', `--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.path=data'];
  const child = spawn('prometheus', flags, { cwd: directory, stdio: 'ignore' });
  const exited = once(child, 'exit');
  try {
    const answers: (string | undefined)[] = [];
    for (const query of queries) {
      let answer: string | undefined;
      for (let attempt = 0; attempt < 150 && answer === undefined; attempt += 1) {
        await sleep(200);
        const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
        const body = await fetch(url).then(
          (response) => response.json(),
          () => null,
        );
        answer = (body as { data?: { result?: { value?: [number, string] }[] } } | null)?.data?.result?.[0]?.value?.[1];
      }
      answers.push(answer);
    }
    return answers;
  } finally {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  }
}

test('a real Prometheus scrapes every sample, whatever is in the names', async () => {
  const names = ['plain', 'a"b\\c\nd', '{}=,# HELP', 'ünïcödé 備份 🗄', '\0\u0001\r\t', ''];
  const instances = names.map((name, index) => instanceState({ instanceId: `i${index}`, name }));
  const exposition = await expositionOf(snapshot({ instances }));
  const token = 'let-me-in';
  await using served = await serving({ scrape: (request) => exposition.scrape(request), bearerToken: token });
  const ours = '{__name__=~"backup_inventory_.+"}';
  const answers = await askPrometheus(served.port, token, [
    'up == 1',
    `count(${ours})`,
    'count(backup_inventory_instance_info)',
  ]);
  expect(answers).toEqual(['1', String((await samplesOf(exposition)).length), String(names.length)]);
}, 90_000);
