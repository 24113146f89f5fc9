// `npm run drill`: does the right person get the right call? Plays incidents on a simulated cloud against the real exporter
// and a real Prometheus, its own or yours, and says which alerts arrived, which did not, and which should not have.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connectPrometheus, prometheusConfig } from './drill/prometheus.ts';
import { type Act, drillRules, type Ports, targetsOf } from './drill/rehearse.ts';
import { drill } from './drill/stage.ts';

const help = `Usage: npm run drill -- [options]

Without options it needs \`prometheus\` on PATH (scripts/install-test-tools) and takes about five minutes.

  --prometheus URL      use your Prometheus; first give it what --write puts into a folder
  --write FOLDER        write prometheus.yaml and rules.yaml for your Prometheus, and end
  --host ADDRESS        where exporters listen and are scraped (127.0.0.1)
  --port NUMBER         first of four ports (19464)
  --database URL        an empty Postgres database; otherwise a throw-away server
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      prometheus: { type: 'string' },
      write: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '19464' },
      database: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  const ports: Ports = { host: values.host, exporters: [port, port + 1], kubeStateMetrics: port + 2 };
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values.write !== undefined) {
    await writeFile(join(values.write, 'rules.yaml'), drillRules());
    await writeFile(join(values.write, 'prometheus.yaml'), prometheusConfig(targetsOf(ports), 'rules.yaml'));
    console.log(
      `Start Prometheus with ${join(values.write, 'prometheus.yaml')}, or add its parts to yours. Then: npm run drill -- --prometheus URL`,
    );
    return 0;
  }
  const { prometheus, database } = values;
  const acts = await drill({
    ports,
    prometheus: prometheus === undefined ? { port: port + 3 } : connectPrometheus(prometheus),
    databaseUrl: database,
    tell: console.log,
    patienceMs: 300_000,
  });
  return report(acts);
}

function report(acts: readonly Act[]): number {
  let faults = 0;
  for (const { title, fired, judgement } of acts) {
    const { missing, unexpected, nameless } = judgement;
    console.log(`\n${title}: ${fired.size} alerts`);
    for (const one of missing) console.log(`  MISSING     ${one}`);
    for (const one of unexpected) console.log(`  UNEXPECTED  ${one}`);
    for (const one of nameless) console.log(`  NAMELESS    ${one}`);
    faults += missing.length + unexpected.length + nameless.length;
  }
  console.log(faults === 0 ? '\nExactly the expected alerts arrived.' : `\n${faults} faults.`);
  return faults === 0 ? 0 : 1;
}

process.exitCode = await main();
