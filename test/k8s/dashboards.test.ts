import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { dashboardKustomization } from '../../scripts/dashboard-kustomization.ts';
import { expectGolden } from '../support/golden.ts';
import { type Manifest, render } from './rendered.ts';

const folder = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];

/** What `kubectl apply` can keep of an object in its annotation. */
const mostBytes = 262_144;

test('the kustomization lists every dashboard', () => {
  expectGolden('grafana/kustomization.yaml', dashboardKustomization(files));
});

test('every dashboard reaches the cluster as it is, under the label that the sidecar looks for', () => {
  const manifests = render({ overlay: 'cronjob', components: ['monitoring'] });
  const maps = manifests.filter(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.grafana_dashboard === '1',
  ) as (Manifest & { data: Record<string, string> })[];
  const carried = new Map(maps.flatMap(({ data }) => Object.entries(data)));
  expect([...carried.keys()].sort()).toEqual([...files].sort());
  for (const [file, text] of carried) {
    expect(text).toBe(readFileSync(`${folder}/${file}`, 'utf8'));
    expect(JSON.parse(text)).toHaveProperty('panels');
    expect(Buffer.byteLength(JSON.stringify({ data: { [file]: text } }))).toBeLessThan(mostBytes);
  }
  for (const { metadata } of maps) expect(metadata.namespace).toBe('backup-inventory');
});
