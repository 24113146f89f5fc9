import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Manifest, render, variants } from './rendered.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The module that knows this kind: `kubernetes-models/batch/v1/CronJob`. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const place = `${apiVersion}/${kind}`;
  return apiVersion.startsWith('monitoring.coreos.com/')
    ? `@kubernetes-models/prometheus-operator/${place}`
    : `kubernetes-models/${place}`;
}

interface Model {
  validate(): void;
}

async function faultsOf(manifest: Manifest): Promise<string[]> {
  const models = (await import(moduleOf(manifest))) as Record<string, new (data: unknown) => Model>;
  const Kind = models[manifest.kind];
  if (Kind === undefined) return [`${manifest.kind}: unknown kind`];
  try {
    new Kind(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${String(error)}`];
  }
}

const rendered = variants.map(({ name, ...variant }) => ({ name, manifests: render(variant) }));

test.each(rendered)('$name: every manifest has the types, patterns and words of its schema', async ({ manifests }) => {
  expect(manifests.length).toBeGreaterThan(4);
  expect((await Promise.all(manifests.map(faultsOf))).flat()).toEqual([]);
});

test('the schemas refuse what is wrong', async () => {
  const [wrong] = render({ overlay: 'cronjob', components: [] }).filter(({ kind }) => kind === 'CronJob');
  if (wrong === undefined) throw new Error('no CronJob');
  (wrong as unknown as { spec: Record<string, unknown> }).spec.concurrencyPolicy = 'Never';
  expect(await faultsOf(wrong)).toHaveLength(1);
});

/** What the compiler says of the manifests written as typed constants: a field that the API does not have is an error. */
async function unknownFields(manifests: readonly Manifest[]): Promise<string> {
  const parent = join(root, '.tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'typed-'));
  try {
    const lines = manifests.flatMap((manifest, index) => [
      `import type { I${manifest.kind} as I${index} } from '${moduleOf(manifest)}';`,
      `export const m${index}: I${index} = ${JSON.stringify(manifest)};`,
    ]);
    writeFileSync(join(folder, 'manifests.mts'), lines.join('\n'));
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--module', 'nodenext'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, ...flags, '--target', 'es2024', join(folder, 'manifests.mts')]);
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('no manifest has a field that its schema does not know', async () => {
  expect(await unknownFields(rendered.flatMap(({ manifests }) => manifests))).toBe('');
}, 60_000);

test('a field that the schema does not know is found', async () => {
  const [wrong] = render({ overlay: 'cronjob', components: [] }).filter(({ kind }) => kind === 'Deployment');
  if (wrong === undefined) throw new Error('no Deployment');
  (wrong as unknown as { spec: Record<string, unknown> }).spec.replicaz = 3;
  expect(await unknownFields([wrong])).toContain('replicaz');
}, 60_000);
