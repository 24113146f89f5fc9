import { expect, test } from 'vitest';
import { rules } from '../../monitoring/alerts/index.ts';
import { realTime } from '../../monitoring/alerts/rule.ts';
import { unknownIn } from './catalogue.ts';

test('the rules use only metrics and labels of the catalogue', () => {
  const all = [...rules.alerts, ...rules.recordings].map(({ expr }) => expr(realTime));
  expect(all.flatMap(unknownIn)).toEqual([]);
});

test('the look-ups in annotations use only metrics and labels of the catalogue', () => {
  const queries = rules.alerts.flatMap(({ summary }) =>
    [...summary.matchAll(/printf "([^"]+)"/g)].map(([, query = '']) => query.replaceAll('%q', '"id"')),
  );
  expect(queries.length).toBeGreaterThan(0);
  expect(queries.flatMap(unknownIn)).toEqual([]);
});

test('a misspelt metric, matcher or grouping is found', () => {
  expect(unknownIn('backup_inventory_availabel')).toEqual(['no metric backup_inventory_availabel']);
  expect(unknownIn('backup_inventory_available{region="x"}')).toEqual([
    'backup_inventory_available has no label region',
  ]);
  expect(unknownIn('sum by (projectid) (backup_inventory_available)')).toEqual(['nothing has the label projectid']);
});
