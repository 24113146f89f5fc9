import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationReference } from '../../scripts/configuration-reference.ts';
import { parseConfigText } from '../../src/config/file.ts';
import { inspectTree } from '../../src/config/load.ts';
import { configJsonSchema } from '../../src/config.ts';
import { SecretRegistry } from '../../src/secret.ts';
import { expectGolden } from '../support/golden.ts';

interface SchemaNode {
  description?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
}

test('the reference page is what the schema says', () => {
  expectGolden('docs/configuration.md', configurationReference());
});

test('the example on the reference page is a valid configuration', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1]?.replace(/\$\{file:[^}]+\}/, 'secret-from-file') ?? '';
  const env = { DATABASE_URL: 'postgres://db/inventory', HUAWEICLOUD_SDK_AK: 'AKIDENTIFIER' };
  const source = { file: 'example.yaml', env, secrets: new SecretRegistry() };
  const { faults, config } = inspectTree(parseConfigText(example, 'example.yaml'), source, 'cloud');
  expect(faults).toEqual([]);
  expect(config?.objectives).toHaveLength(2);
});

test('every key has a description, for the reference page and for editors', () => {
  const without: string[] = [];
  const walk = (path: string, node: SchemaNode) => {
    if (node.description === undefined && path !== '' && !path.endsWith('[]')) without.push(path);
    for (const [key, child] of Object.entries(node.properties ?? {})) walk(`${path}.${key}`, child);
    if (node.items !== undefined) walk(`${path}[]`, node.items);
  };
  walk('', configJsonSchema() as SchemaNode);
  expect(without).toEqual([]);
});
