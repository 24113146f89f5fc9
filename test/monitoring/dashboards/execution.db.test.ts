// Every query of every dashboard against a real Prometheus that scrapes the real exporter, and a real Postgres, read as the
// role that dashboards have. A query that finds nothing fails the test; there are no exceptions.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlTitles } from '../../../monitoring/dashboards/looks.ts';
import { type WatchedEstate, watchedEstate } from './estate.ts';
import {
  type Dashboard,
  expandPromql,
  expandSql,
  type Panel,
  type Span,
  shipped,
  type Target,
  type Values,
} from './panels.ts';

let estate: WatchedEstate;
let reader: pg.Client;

beforeAll(async () => {
  estate = await watchedEstate();
  reader = new pg.Client({ connectionString: estate.database.url });
  await reader.connect();
  await reader.query('set role backup_inventory_reader');
}, 180_000);

afterAll(async () => {
  await reader?.end();
  await estate?.[Symbol.asyncDispose]();
});

/** What Prometheus has seen: the minutes of the test. The reports look at a month. */
function spanOf(dashboard: Dashboard): Span {
  const past = dashboard.uid.endsWith('compliance') ? 30 * 86_400_000 : 90_000;
  const toMs = Date.now();
  return { fromMs: toMs - past, toMs, stepSeconds: 2, scrapeSeconds: 1 };
}

/** The choices of a variable, as its query and pattern give them: text → value. */
async function optionsOf(variable: Dashboard['templating']['list'][number], values: Values, span: Span) {
  const asked = typeof variable.query === 'string' ? variable.query : variable.query.query;
  if (typeof variable.query === 'string') {
    const { rows } = await reader.query(expandSql(asked, values, span));
    return new Map(rows.map((row) => [String(row.__text), String(row.__value)]));
  }
  const expr = /^query_result\((.*)\)$/s.exec(asked)?.[1] ?? '';
  const found = await estate.prometheus.query(expandPromql(expr, values, span));
  const pattern = new RegExp((variable.regex ?? '').slice(1, -1));
  return new Map(
    found.map(({ metric, value }) => {
      const labels = Object.entries(metric).map(([name, label]) => `${name}="${label}"`);
      const groups = pattern.exec(`{${labels.join(',')}} ${value[1]} ${value[0] * 1000}`)?.groups;
      return [groups?.text ?? '', groups?.value ?? ''];
    }),
  );
}

/** All projects and controls; the instance to which everything happened. */
async function choose(dashboard: Dashboard): Promise<Values> {
  const values = new Map<string, string[]>();
  for (const variable of dashboard.templating.list.filter(({ type }) => type === 'query')) {
    const options = await optionsOf(variable, values, spanOf(dashboard));
    expect(options.size, `${dashboard.uid}: $${variable.name}`).toBeGreaterThan(1);
    if (variable.name === 'instance') {
      expect(options.get('troubled')).toBe(estate.troubled.instanceId);
      values.set('instance', [estate.troubled.instanceId]);
    } else {
      values.set(variable.name, variable.allValue === undefined ? [...options.values()] : [variable.allValue]);
    }
  }
  return values;
}

/** How many values a query finds. */
async function rowsFound(target: Target, panel: Panel, values: Values, span: Span): Promise<number> {
  if (target.rawSql !== undefined) {
    const { rows } = await reader.query(expandSql(target.rawSql, values, span));
    if (target.format === 'time_series') {
      for (const row of rows) expect(Object.keys(row), panel.title).toEqual(['time', 'metric', 'value']);
    }
    return rows.length;
  }
  const expr = expandPromql(target.expr ?? '', values, span);
  const samples =
    target.instant === true
      ? (await estate.prometheus.query(expr)).map(({ value }) => value[1])
      : (await estate.prometheus.queryRange(expr, (span.toMs - span.fromMs) / 1000, 45)).flatMap((series) =>
          series.values.map(([, value]) => value),
        );
  return samples.filter((value) => Number.isFinite(Number(value))).length;
}

async function emptyQueries(dashboard: Dashboard, values: Values): Promise<string[]> {
  const empty: string[] = [];
  const span = spanOf(dashboard);
  for (const panel of dashboard.panels) {
    for (const target of panel.targets ?? []) {
      if ((await rowsFound(target, panel, values, span)) === 0) empty.push(`${panel.title} ${target.refId}`);
    }
  }
  for (const { name, expr } of dashboard.annotations.list) {
    const marks = await estate.prometheus.queryRange(expandPromql(expr ?? '', values, span), 90, 45);
    if (marks.length === 0) empty.push(`annotation ${name}`);
  }
  return empty;
}

describe('every query returns rows', () => {
  test.each(shipped.map((dashboard) => [dashboard.uid, dashboard] as const))(
    '%s',
    async (_, dashboard) => {
      const values = await choose(dashboard);
      await expect.poll(() => emptyQueries(dashboard, values), { timeout: 60_000, interval: 2000 }).toEqual([]);
    },
    90_000,
  );
});

describe('what panels show is what SQL says', () => {
  const fleet = shipped.find(({ uid }) => uid === 'backup-inventory-fleet');
  const targetOf = (title: string) => fleet?.panels.find((panel) => panel.title === title)?.targets?.[0]?.expr ?? '';
  const ask = async (title: string) =>
    await estate.prometheus.query(
      expandPromql(targetOf(title), new Map([['project', ['.*']]]), {
        fromMs: 0,
        toMs: 90_000,
        stepSeconds: 2,
        scrapeSeconds: 1,
      }),
    );

  test.each(['unprotected', 'unknown', 'protected', 'exempt'])('the number of instances that are %s', async (state) => {
    const { rows } = await reader.query(
      'select count(*)::int as n from compliance.instance_protection where state = $1',
      [state],
    );
    const title = `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`;
    await expect.poll(async () => Number((await ask(title))[0]?.value[1]), { timeout: 30_000 }).toBe(rows[0]?.n);
  });

  test('the worst offender is an instance that has no good backup within its objective, by name', async () => {
    const [first] = (await ask('Worst offenders')).sort((a, b) => Number(b.value[1]) - Number(a.value[1]));
    const { rows } = await reader.query(
      'select name, state from compliance.instance_protection join inventory.instance using (project_id, instance_id) where instance_id = $1',
      [first?.metric.instance_id],
    );
    expect(rows).toEqual([{ name: first?.metric.instance_name, state: 'unprotected' }]);
    expect(Number(first?.value[1])).toBeGreaterThan(1);
  });

  test('the early deletion is among the backups gone', async () => {
    const early = async () => (await ask('Backups gone, by reason')).find(({ metric }) => metric.reason === 'early');
    await expect.poll(async () => Number((await early())?.value[1]), { timeout: 30_000 }).toBeGreaterThan(0);
  });

  test('the titles of the controls', async () => {
    const { rows } = await reader.query('select control_id, title from compliance.control order by control_id');
    expect(Object.fromEntries(rows.map(({ control_id, title }) => [control_id, title]))).toEqual(controlTitles);
  });
});
