// What schemas cannot see: that the pods are confined, that selectors meet pods, that names meet what they name.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IService } from 'kubernetes-models/v1/Service';
import cron from 'node-cron';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../support/program.ts';
import { containersOf, type Manifest, podOwners, render, variants } from './rendered.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function ofKind<T>(manifests: readonly Manifest[], kind: string): (Manifest & T)[] {
  return manifests.filter((manifest) => manifest.kind === kind) as (Manifest & T)[];
}

function matches(selector: Record<string, string> | undefined, labels: Record<string, string> | undefined): boolean {
  return selector !== undefined && Object.entries(selector).every(([name, value]) => labels?.[name] === value);
}

describe.each(variants)('$name', (variant) => {
  const manifests = render(variant);
  const owners = podOwners(manifests);

  test('pods keep to the restricted Pod Security Standard', () => {
    expect(owners.length).toBeGreaterThan(0);
    for (const owner of owners) {
      const { spec } = owner.template;
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        serviceAccountName: 'backup-inventory',
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'hostUsers']) expect(spec).not.toHaveProperty(key);
      for (const volume of spec?.volumes ?? []) expect(Object.keys(volume).sort()).toEqual(['configMap', 'name']);
      for (const container of containersOf(owner)) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        for (const port of container.ports ?? []) expect(port).not.toHaveProperty('hostPort');
      }
    }
    expect(ofKind(manifests, 'ServiceAccount')).toMatchObject([{ automountServiceAccountToken: false }]);
    expect(manifests.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
  });

  test('containers ask for what they use, are bounded in memory and come from a version', () => {
    for (const container of owners.flatMap(containersOf)) {
      expect(container.resources?.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
      expect(container.resources?.limits).toEqual({ memory: expect.any(String) });
      expect(container.image).toBe(`ghcr.io/backup-inventory-exporter/backup-inventory-exporter:${version}`);
    }
  });

  test('secrets come by reference, and only sync has the keys of the cloud', () => {
    expect(ofKind(manifests, 'Secret')).toEqual([]);
    for (const owner of owners) {
      for (const container of containersOf(owner)) {
        const byName = new Map(container.env?.map((variable) => [variable.name, variable]));
        for (const [name, variable] of byName) {
          if (/DATABASE_URL|HUAWEICLOUD/.test(name)) {
            expect(variable.value).toBeUndefined();
            expect(variable.valueFrom?.secretKeyRef?.name).toBe('backup-inventory');
          }
        }
        const calls =
          container.args?.[0] === 'sync' || (container.args?.[0] === 'serve' && container.args.length === 1);
        expect(byName.has('HUAWEICLOUD_SDK_SK')).toBe(calls);
        expect(byName.has('DATABASE_URL')).toBe(true);
      }
    }
  });

  test('everything lies in the namespace of the overlay', () => {
    for (const manifest of manifests) expect(manifest.metadata.namespace).toBe('backup-inventory');
  });

  test('selectors meet pods, ports and config maps that exist', () => {
    const labels = owners.map(({ template }) => template.metadata?.labels as Record<string, string>);
    const ports = owners.flatMap(containersOf).flatMap((container) => container.ports ?? []);
    for (const { manifest, template } of owners) {
      const selector = (manifest as unknown as IDeployment).spec?.selector?.matchLabels;
      if (manifest.kind === 'Deployment') expect(matches(selector, template.metadata?.labels)).toBe(true);
      for (const spread of template.spec?.topologySpreadConstraints ?? []) {
        expect(matches(spread.labelSelector?.matchLabels, template.metadata?.labels)).toBe(true);
      }
    }
    for (const service of ofKind<IService>(manifests, 'Service')) {
      expect(labels.some((pod) => matches(service.spec?.selector, pod))).toBe(true);
      for (const { targetPort } of service.spec?.ports ?? [])
        expect(ports.map(({ name }) => name)).toContain(targetPort);
    }
    for (const budget of ofKind<IPodDisruptionBudget>(manifests, 'PodDisruptionBudget')) {
      expect(labels.some((pod) => matches(budget.spec?.selector?.matchLabels, pod))).toBe(true);
      const [deployment] = ofKind<IDeployment>(manifests, 'Deployment');
      expect(deployment?.spec?.replicas).toBeGreaterThan(Number(budget.spec?.minAvailable));
    }
    for (const monitor of ofKind<MonitorSpec>(manifests, 'ServiceMonitor')) {
      const [service] = ofKind<IService>(manifests, 'Service');
      expect(matches(monitor.spec.selector.matchLabels, service?.metadata.labels)).toBe(true);
      const named = service?.spec?.ports?.map(({ name }) => name);
      for (const { port } of monitor.spec.endpoints) expect(named).toContain(port);
    }
    const maps = ofKind(manifests, 'ConfigMap').map(({ metadata }) => metadata.name);
    const mounted = owners
      .flatMap(({ template }) => template.spec?.volumes ?? [])
      .map(({ configMap }) => configMap?.name);
    for (const name of mounted) expect(maps).toContain(name);
  });

  test('every kind of pod has a network policy, and only sync may call the cloud', () => {
    const policies = ofKind<INetworkPolicy>(manifests, 'NetworkPolicy');
    for (const { template, manifest } of owners) {
      const mine = policies.filter(({ spec }) => matches(spec?.podSelector?.matchLabels, template.metadata?.labels));
      expect(mine).toHaveLength(1);
      const [policy] = mine;
      expect(policy?.spec?.policyTypes).toEqual(['Ingress', 'Egress']);
      const [dns, postgres, ...https] = policy?.spec?.egress ?? [];
      expect(dns?.ports?.map(({ port }) => port)).toEqual([53, 53]);
      expect(postgres?.ports).toEqual([{ protocol: 'TCP', port: 5432 }]);
      const calls = containersOf({ template, manifest }).some(({ env }) =>
        env?.some(({ name }) => name === 'HUAWEICLOUD_SDK_SK'),
      );
      expect(https.map(({ ports }) => ports)).toEqual(calls ? [[{ protocol: 'TCP', port: 443 }]] : []);
      for (const { to } of https) expect(JSON.stringify(to)).toContain('"except":["169.254.0.0/16"]');
      const open = (policy?.spec?.ingress ?? []).flatMap(({ ports }) => ports?.map(({ port }) => port));
      expect(open).toEqual(manifest.kind === 'Deployment' ? [9464] : []);
    }
  });

  test('the CronJob fires, never twice at once, and ends before it is due again', () => {
    const jobs = ofKind<ICronJob>(manifests, 'CronJob');
    expect(jobs).toHaveLength(variant.overlay === 'single' ? 0 : 1);
    for (const { spec } of jobs) {
      expect(cron.validate(spec.schedule)).toBe(true);
      expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', timeZone: 'Etc/UTC' });
      expect(spec.jobTemplate.spec?.activeDeadlineSeconds).toBeLessThan(3600);
      const text = readFileSync(join(root, 'k8s/base/config.yaml'), 'utf8');
      expect(parse(text).schedule.full).toBe(spec.schedule);
    }
  });

  test('a pod has longer to stop than the program takes', () => {
    for (const { template } of owners) expect(template.spec?.terminationGracePeriodSeconds).toBeGreaterThan(10);
  });
});

interface MonitorSpec {
  spec: { selector: { matchLabels: Record<string, string> }; endpoints: { port: string }[] };
}

test('the shards of the sharded overlay are as many as its pods', () => {
  const [job] = ofKind<ICronJob>(render({ overlay: 'sharded', components: [] }), 'CronJob');
  const spec = job?.spec.jobTemplate.spec;
  const count = spec?.completions;
  expect(spec).toMatchObject({ completionMode: 'Indexed', parallelism: count, maxFailedIndexes: count });
  expect(spec?.template.spec?.containers[0]?.args).toEqual(['sync', '--shard', `$(JOB_COMPLETION_INDEX)/${count}`]);
});

test('the configuration of the base is good', async () => {
  const env = { HUAWEICLOUD_SDK_AK: 'AKAKAK', HUAWEICLOUD_SDK_SK: 'SKSKSK', DATABASE_URL: 'postgres://u:p4ssw0rd@h/d' };
  const file = join(root, 'k8s/base/config.yaml');
  expect(await runProgram(['-c', file, 'config', 'check'], { env })).toMatchObject({ code: 0, stderr: '' });
});

test('every manifest of the folder is used by a kustomization', () => {
  const listed = readdirSync(join(root, 'k8s'), { recursive: true, encoding: 'utf8' });
  for (const path of listed.filter((name) => statSync(join(root, 'k8s', name)).isFile())) {
    if (path.endsWith('kustomization.yaml')) continue;
    const [folder, file] = [join(root, 'k8s', path, '..'), path.split('/').at(-1) ?? ''];
    expect(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'), path).toContain(file);
  }
});

test('a configuration of one’s own replaces that of the base and restarts what reads it', () => {
  const name = (config?: string) =>
    ofKind(render({ overlay: 'cronjob', components: [] }, config), 'ConfigMap').map(({ metadata }) => metadata.name);
  expect(name('freshness: 4h\n')).not.toEqual(name());
  const [map] = ofKind<{ data: Record<string, string> }>(
    render({ overlay: 'cronjob', components: [] }, 'freshness: 4h\n'),
    'ConfigMap',
  );
  expect(map?.data).toEqual({ 'config.yaml': 'freshness: 4h\n' });
});
