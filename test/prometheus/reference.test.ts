import { expect, test } from 'vitest';
import { rules } from '../../monitoring/alerts/index.ts';
import { realTime } from '../../monitoring/alerts/rule.ts';
import { allFamilies } from '../../src/prometheus/families/index.ts';
import { prefix } from '../../src/prometheus/family.ts';
import { metricsReference } from './reference.ts';

test('the reference page says what the code says; `npx vitest run test/prometheus/reference.test.ts -u` rewrites it', async () => {
  await expect(metricsReference()).toMatchFileSnapshot('../../docs/metrics.md');
});

test('the alerts read only metrics and labels that exist', () => {
  const known = new Map(allFamilies.map((family) => [`${prefix}${family.name}`, family]));
  for (const { expr } of [...rules.alerts, ...rules.recordings]) {
    for (const [, name = '', matchers = ''] of expr(realTime).matchAll(/\b(backup_inventory_\w+)(?:\{([^}]*)\})?/g)) {
      if (name === 'backup_inventory_stale') continue; // recorded
      const family = known.get(name);
      expect(family, name).toBeDefined();
      for (const [, label = ''] of matchers.matchAll(/(\w+)[=!]~?"/g)) expect(family?.labels, name).toContain(label);
    }
  }
});
