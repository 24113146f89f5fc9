// compose.yaml and the systemd unit, checked as far as no container or init system is needed.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runProgram, startProgram } from '../support/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

function file(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  depends_on?: string[] | Record<string, unknown>;
  read_only?: boolean;
}

describe('compose.yaml', () => {
  const compose = parse(file('compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const services = Object.entries(compose.services);

  test('names versions, files, volumes and services that exist, and binds to this host alone', () => {
    for (const [name, { image, volumes, ports, depends_on }] of services) {
      if (!image.startsWith('backup-inventory-exporter:')) expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
      for (const volume of volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source === './grafana/dashboards') continue; // generated
        if (source.startsWith('./')) expect(existsSync(join(root, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on ?? {});
      for (const other of needed) expect(Object.keys(compose.services)).toContain(other);
    }
    for (const name of ['simulator', 'exporter']) expect(compose.services[name]?.read_only).toBe(true);
  });

  test('starts a simulated cloud that the configuration of its exporter fits', async () => {
    const { command = [] } = compose.services.simulator ?? {};
    const args = command.map((arg) => (arg === '18080' ? '0' : arg));
    await using simulator = startProgram([...args, '--json'], { timeoutMs: 30_000 });
    await simulator.waitFor(/\}\n/);
    const { credentials, projects } = JSON.parse(simulator.output().stdout.split('\n')[0] ?? '');
    const config = parse(file('deploy/compose/config.yaml'));
    expect(config.cloud.auth).toMatchObject({ accessKey: credentials.accessKey, secretKey: credentials.secretKey });
    expect(config.projects.map(({ id }: { id: string }) => id)).toEqual(
      projects.map(({ projectId }: { projectId: string }) => projectId),
    );
    const env = compose.services.exporter?.environment ?? {};
    const path = join(root, 'deploy/compose/config.yaml');
    expect(
      await runProgram(['-c', path, 'config', 'check'], { env: { DATABASE_URL: env.DATABASE_URL ?? '' } }),
    ).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('configures Prometheus with rules that it accepts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    try {
      writeFileSync(join(folder, 'rules.yaml'), file('monitoring/rules.yaml'));
      const text = file('deploy/compose/prometheus.yml').replace(
        '/etc/prometheus/rules.yaml',
        join(folder, 'rules.yaml'),
      );
      writeFileSync(join(folder, 'prometheus.yml'), text);
      const { stdout } = await run('promtool', ['check', 'config', join(folder, 'prometheus.yml')]);
      expect(stdout).toMatch(/SUCCESS.*rules found/s);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the systemd unit', () => {
  const unit = file('deploy/systemd/backup-inventory.service');

  async function analyse(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'unit-'));
    const path = join(folder, 'backup-inventory.service');
    // Node may lie elsewhere on this machine.
    writeFileSync(path, unit.replace('/usr/bin/node', process.execPath));
    try {
      return await run('systemd-analyze', [...args, path], { env: { ...process.env, SYSTEMD_COLORS: '0' } });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('is one that systemd understands', async () => {
    expect(await analyse('verify', '--man=no')).toEqual({ stdout: '', stderr: '' });
  });

  test('leaves little exposed', async () => {
    const { stdout } = await analyse('security', '--offline=true', '--no-pager');
    const [, level] = /Overall exposure level for .*: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(level)).toBeLessThan(1.5);
  });

  test('waits longer for the end than the program takes, and does not repeat a wrong configuration', () => {
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(10);
    expect(unit).toMatch(/^RestartPreventExitStatus=2$/m);
  });
});

test('the workflow runs .ci/run on every supported version and tries the image', () => {
  const workflow = parse(file('.github/workflows/ci.yml'));
  const steps = (job: string) => workflow.jobs[job].steps.map(({ run: command }: { run?: string }) => command ?? '');
  expect(steps('checks')).toContain('bash .ci/run');
  const { node, postgres } = workflow.jobs.checks.strategy.matrix;
  const { engines } = JSON.parse(file('package.json'));
  expect(engines.node).toBe(`>=${Math.min(...node)}`);
  expect(postgres).toEqual([15, 16, 17, 18]);
  for (const command of [...steps('image')].filter((text: string) => /scripts\//.test(text))) {
    const [path = ''] = /scripts\/[\w.-]+/.exec(command) ?? [];
    expect(existsSync(join(root, path)), path).toBe(true);
  }
});

test.each(['cyclonedx', 'spdx'])(
  'the bill of materials (%s) lists what is shipped and nothing else',
  async (format) => {
    const { stdout } = await run(join(root, 'scripts/sbom'), [format], { maxBuffer: 64 * 1024 * 1024 });
    const bom = JSON.parse(stdout);
    const parts: { name: string; hashes?: unknown[]; licenses?: unknown[] }[] = bom.components ?? bom.packages;
    const names = parts.map(({ name }) => name).filter((name) => name !== 'backup-inventory-exporter');
    const { packages } = JSON.parse(file('package-lock.json')) as { packages: Record<string, Record<string, unknown>> };
    const shipped = Object.entries(packages)
      .filter(([path, entry]) => path !== '' && !entry.dev && !entry.optional && !entry.devOptional)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(names.sort()).toEqual(shipped.sort());
    for (const name of ['pg', 'undici', 'zod']) expect(names).toContain(name);
    if (format === 'spdx') return;
    expect(bom).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'backup-inventory-exporter' } },
    });
    for (const { hashes, licenses } of parts) expect([hashes?.length, licenses?.length]).toEqual([1, 1]);
  },
  60_000,
);
