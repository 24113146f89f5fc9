// The manifests as a user gets them: overlays and components rendered by kubectl, each document parsed.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Variant {
  name: string;
  overlay: 'cronjob' | 'single' | 'sharded';
  components: readonly string[];
}

/** Every overlay alone, and with each component that goes with it. */
export const variants: readonly Variant[] = [
  { name: 'cronjob', overlay: 'cronjob', components: [] },
  { name: 'cronjob with everything', overlay: 'cronjob', components: ['monitoring', 'migrate-job'] },
  { name: 'cronjob that migrates first', overlay: 'cronjob', components: ['migrate-init'] },
  { name: 'single', overlay: 'single', components: [] },
  { name: 'single with monitoring', overlay: 'single', components: ['monitoring', 'migrate-init'] },
  { name: 'sharded', overlay: 'sharded', components: [] },
  { name: 'sharded with everything', overlay: 'sharded', components: ['monitoring', 'migrate-job'] },
];

/** Renders an overlay of one's own on top of ours, as docs/kubernetes.md says to write it. */
export function render({ overlay, components }: Omit<Variant, 'name'>, config?: string): Manifest[] {
  const parent = join(root, '.tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'overlay-'));
  try {
    const to = (path: string) => relative(folder, join(root, 'k8s', path));
    const lines = [
      'apiVersion: kustomize.config.k8s.io/v1beta1',
      'kind: Kustomization',
      'namespace: backup-inventory',
      `resources: [${to(`overlays/${overlay}`)}]`,
      `components: [${components.map((name) => to(`components/${name}`)).join(', ')}]`,
    ];
    if (config !== undefined) {
      writeFileSync(join(folder, 'config.yaml'), config);
      lines.push('configMapGenerator:', '  - { name: backup-inventory, behavior: merge, files: [config.yaml] }');
    }
    writeFileSync(join(folder, 'kustomization.yaml'), `${lines.join('\n')}\n`);
    const text = execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface PodOwner {
  manifest: Manifest;
  template: IPodTemplateSpec;
}

/** The documents that make pods, with the pod that they make. */
export function podOwners(manifests: readonly Manifest[]): PodOwner[] {
  return manifests.flatMap((manifest) => {
    const template = templateOf(manifest);
    return template === undefined ? [] : [{ manifest, template }];
  });
}

function templateOf(manifest: Manifest): IPodTemplateSpec | undefined {
  if (manifest.kind === 'CronJob') return (manifest as unknown as ICronJob).spec.jobTemplate.spec?.template;
  if (manifest.kind === 'Job') return (manifest as unknown as IJob).spec?.template;
  return manifest.kind === 'Deployment' ? (manifest as unknown as IDeployment).spec?.template : undefined;
}

/** All containers of a pod, those that run first included. */
export function containersOf({ template }: PodOwner): IContainer[] {
  return [...(template.spec?.initContainers ?? []), ...(template.spec?.containers ?? [])];
}
