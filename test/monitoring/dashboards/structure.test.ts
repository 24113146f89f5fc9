import { describe, expect, test } from 'vitest';
import { unknownIn } from '../catalogue.ts';
import { nodes, parse, text } from '../promql.ts';
import { type Dashboard, expandPromql, shipped, variablesIn } from './panels.ts';

const span = { fromMs: 0, toMs: 3_600_000, stepSeconds: 15, scrapeSeconds: 15 };
const uids = shipped.map(({ uid }) => uid);

/** PromQL of panels, variables and annotations, expanded. */
function promqlOf(dashboard: Dashboard): string[] {
  const any = new Map(dashboard.templating.list.map(({ name }) => [name, [`$${name}`]]));
  const queries = [
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr ?? [])),
    ...dashboard.annotations.list.flatMap(({ expr }) => expr ?? []),
    ...dashboard.templating.list.flatMap(({ query }) => {
      const asked = typeof query === 'string' ? '' : query.query;
      return /^query_result\((.*)\)$/s.exec(asked)?.[1] ?? [];
    }),
  ];
  return queries.map((expr) => expandPromql(expr, any, span));
}

test('there are four, each with an id, a tag and a title of its own', () => {
  expect(uids).toEqual(['fleet', 'instance', 'exporter', 'compliance'].map((name) => `backup-inventory-${name}`));
  expect(new Set(shipped.map(({ title }) => title)).size).toBe(shipped.length);
});

describe.each(shipped.map((dashboard) => [dashboard.uid, dashboard] as const))('%s', (_, dashboard) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test('ids are unique and no panel overlaps another or the edge', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.get(`${x} ${y}`), `${title} at ${x} ${y}`).toBeUndefined();
          cells.set(`${x} ${y}`, title);
        }
      }
    }
  });

  test('every panel has a title, a description, a unit, thresholds, queries and a data source to choose', () => {
    for (const panel of panels) {
      expect(panel.title).not.toBe('');
      expect(panel.description ?? '', panel.title).toMatch(/[.?]$/);
      expect(panel.fieldConfig?.defaults.unit, panel.title).toBeTruthy();
      expect(panel.fieldConfig?.defaults.thresholds?.steps.length, panel.title).toBeGreaterThan(0);
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
      const refIds = (panel.targets ?? []).map(({ refId }) => refId);
      expect(new Set(refIds).size).toBe(refIds.length);
      for (const { datasource } of [panel, ...(panel.targets ?? [])]) {
        expect(datasource?.uid, panel.title).toMatch(/^\$\{(datasource|database)\}$/);
      }
    }
  });

  test('every variable that is used is defined, and every defined one is used', () => {
    const defined = dashboard.templating.list.map(({ name }) => name);
    const used = new Set(variablesIn(JSON.stringify(dashboard)));
    expect([...used].filter((name) => !name.startsWith('__') && !defined.includes(name))).toEqual([]);
    expect(defined.filter((name) => !used.has(name))).toEqual([]);
  });

  test('PromQL reads only metrics and labels of the catalogue', () => {
    expect(promqlOf(dashboard).flatMap(unknownIn)).toEqual([]);
  });

  test('no project, instance or target is named: matchers on them are variables', () => {
    for (const expr of promqlOf(dashboard)) {
      for (const matcher of nodes(parse(expr), 'UnquotedLabelMatcher')) {
        const written = text(expr, matcher);
        if (/^(project_id|instance_id|instance_name|project_name|job|instance|namespace|region_id)\b/.test(written)) {
          expect(written).toMatch(/=~"\$\w+\|?"$|=""$/);
        }
      }
    }
    for (const { rawSql = '' } of panels.flatMap(({ targets = [] }) => targets)) {
      expect(rawSql).not.toMatch(/(project|instance)_(id|name)\s*(=|like|in \()\s*'/i);
    }
  });

  test('it leads to the others and marks alerts', () => {
    expect(dashboard.links).toMatchObject([
      { type: 'dashboards', tags: dashboard.tags, includeVars: true, keepTime: true },
    ]);
    expect(dashboard.annotations.list.map(({ name }) => name)).toContain('Alerts');
    for (const [, uid] of JSON.stringify(dashboard).matchAll(/\/d\/([\w-]+)/g)) expect(uids).toContain(uid);
  });

  test('a link to an instance carries its id, which the query returns', () => {
    for (const { title, fieldConfig, targets = [] } of panels) {
      const links = JSON.stringify(fieldConfig?.overrides ?? []);
      for (const [, field = ''] of links.matchAll(/__data\.fields\.(\w+)/g)) {
        for (const { expr = '', rawSql = '' } of targets) expect(expr + rawSql, title).toContain(field);
      }
    }
  });
});
