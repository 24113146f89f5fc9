// Draws panels as HTML where the dashboard's JSON places them. Not Grafana: the same layout, queries, units and colours.

import type { Dashboard, Panel } from '../../../test/monitoring/dashboards/panels.ts';
import { drawGraph } from './graph.ts';
import { fieldOf, textOf, valueColor } from './look.ts';

/** A series as a panel names it. */
export interface Series {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Seconds since 1970 and value, oldest first. */
  points: readonly (readonly [number, number])[];
}

/** What each target of a panel found. */
export type Found = readonly (readonly Series[])[];

const cell = { width: 56, height: 34, gap: 6 };

/** The page: panels with their data, in their places. */
export function drawPage(dashboard: Dashboard, panels: readonly { panel: Panel; found: Found }[]): string {
  const boxes = panels.map(({ panel, found }) => {
    if (panel.type === 'row') return `<h3 style="top:${panel.gridPos.y * cell.height}px">${asHtml(panel.title)}</h3>`;
    const { x, y, w, h } = panel.gridPos;
    const place = `left:${x * cell.width}px;top:${y * cell.height}px;width:${w * cell.width - cell.gap}px;height:${h * cell.height - cell.gap}px`;
    const body = draw(panel, found, w * cell.width - cell.gap - 20, h * cell.height - cell.gap - 44);
    return `<section class="${panel.type}" style="${place}"><h2>${asHtml(panel.title)}</h2>${body}</section>`;
  });
  const height = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h)) * cell.height;
  const width = 24 * cell.width - cell.gap;
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><main style="width:${width}px">
<h1>${asHtml(dashboard.title)}</h1><div style="position:relative;height:${height}px">${boxes.join('')}</div></main>`;
}

function draw(panel: Panel, found: Found, width: number, height: number): string {
  if (panel.type === 'stat') return drawStat(panel, found, width, height);
  if (panel.type === 'bargauge') return drawBars(panel, found, height);
  if (panel.type === 'table') return drawTable(panel, found, height);
  return drawGraph(panel, found, width, height);
}

function newest(series: Series | undefined): number | null {
  return series?.points.at(-1)?.[1] ?? null;
}

function drawStat(panel: Panel, found: Found, width: number, height: number): string {
  const series = found[0]?.[0];
  const value = newest(series);
  if (value === null || series === undefined) return '<p class="big">No data</p>';
  const field = fieldOf(panel, series.name);
  const top = Math.max(1, ...series.points.map(([, one]) => one));
  const [from, to] = [series.points[0]?.[0] ?? 0, series.points.at(-1)?.[0] ?? 1];
  const line = series.points.map(
    ([at, one]) => `${(((at - from) / (to - from)) * (width + 20)).toFixed(1)},${(40 - (one / top) * 36).toFixed(1)}`,
  );
  const area = `<svg class="spark" width="${width + 20}" height="40"><polygon points="0,40 ${line.join(' ')} ${width + 20},40" fill="rgba(255,255,255,.22)"/></svg>`;
  return `<div class="fill" style="background:${valueColor(field, value)}"></div><p class="big" style="line-height:${height - 6}px">${asHtml(textOf(field, value))}</p>${area}`;
}

function drawBars(panel: Panel, found: Found, height: number): string {
  const all = found.flat();
  const top = fieldOf(panel, '').max ?? Math.max(1, ...all.map((series) => newest(series) ?? 0));
  const rows = all.map((series) => {
    const value = newest(series) ?? 0;
    const field = fieldOf(panel, series.name);
    const color = valueColor(field, value);
    const share = Math.min(100, (value / top) * 100);
    return `<tr><th>${asHtml(series.name)}</th><td class="bar"><i style="width:${share}%;background:${color}"></i></td><td style="color:${color}">${asHtml(textOf(field, value))}</td></tr>`;
  });
  return `<table class="bars" style="line-height:${Math.min(18, height / all.length - 4)}px">${rows.join('')}</table>`;
}

/** Rows are joined by their labels, as the merge of the panel does. */
function drawTable(panel: Panel, found: Found, height: number): string {
  const rows = new Map<string, { labels: Series['labels']; values: (number | null)[] }>();
  for (const [index, all] of found.entries()) {
    for (const series of all) {
      const key = JSON.stringify(series.labels);
      const row = rows.get(key) ?? { labels: series.labels, values: found.map(() => null) };
      row.values[index] = newest(series);
      rows.set(key, row);
    }
  }
  const names = new Set([...rows.values()].flatMap(({ labels }) => Object.keys(labels)));
  const overrides = (panel.fieldConfig?.overrides ?? []).map(({ matcher }) => matcher.options);
  const labels = overrides.filter((name) => names.has(name)).map((name) => ({ name, field: fieldOf(panel, name) }));
  const shownLabels = labels.filter(({ field }) => !field.hidden);
  const valueName = (index: number) => (found.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + index)}`);
  const columns = found.map((_, index) => fieldOf(panel, valueName(index)));
  const byLabel = labels.find(({ field }) => field.name === sortColumn(panel))?.name;
  const sorted = [...rows.values()].sort((a, b) =>
    byLabel === undefined
      ? (b.values[0] ?? 0) - (a.values[0] ?? 0)
      : (a.labels[byLabel] ?? '').localeCompare(b.labels[byLabel] ?? ''),
  );
  const shown = sorted.slice(0, Math.floor((height - 18) / 25));
  const head = [...shownLabels.map(({ field }) => field), ...columns.filter(({ hidden }) => !hidden)];
  const body = shown.map(({ labels: own, values }) => {
    const named = shownLabels.map(
      ({ name, field }) => `<td class="${field.link ? 'link' : ''}">${asHtml(own[name] ?? '')}</td>`,
    );
    const cells = columns.flatMap((field, index) => {
      const value = values[index] ?? null;
      if (field.hidden) return [];
      if (value === null) return ['<td></td>'];
      const color = field.colored ? ` style="color:${valueColor(field, value)}"` : '';
      return [`<td${color}>${asHtml(textOf(field, value))}</td>`];
    });
    return `<tr>${[...named, ...cells].join('')}</tr>`;
  });
  return `<table class="rows"><tr>${head.map(({ name }) => `<th>${asHtml(name)}</th>`).join('')}</tr>${body.join('')}</table>`;
}

function sortColumn(panel: Panel): string | undefined {
  return (panel as { options?: { sortBy?: { displayName: string }[] } }).options?.sortBy?.[0]?.displayName;
}

export function asHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const style = `
body { margin: 0; background: #111217; color: #ccccdc; font: 13px/1.4 Inter, "DejaVu Sans", sans-serif; }
main { padding: 14px; }
h1 { font-size: 17px; font-weight: 500; margin: 0 0 12px; }
section { position: absolute; background: #181b1f; border: 1px solid #25282d; border-radius: 3px; box-sizing: border-box; padding: 8px 10px; overflow: hidden; }
h3 { position: absolute; font-size: 14px; font-weight: 600; margin: 4px 0 0; }
h2 { position: relative; z-index: 1; font-size: 13px; font-weight: 600; margin: 0 0 6px; white-space: nowrap; }
.stat h2 { color: #fff; }
.fill { position: absolute; inset: 0; }
.big { position: relative; z-index: 1; margin: 0; font-size: 40px; font-weight: 600; text-align: center; color: #fff; }
.spark { position: absolute; left: 0; bottom: 0; }
table { border-collapse: collapse; width: 100%; }
.bars th { text-align: left; font-weight: 400; white-space: nowrap; padding: 1px 10px 1px 0; width: 1%; }
.bars td { padding: 2px 0 2px 10px; white-space: nowrap; text-align: right; width: 1%; }
.bars td.bar { width: 98%; padding: 2px 0; }
.bar i { display: block; height: 13px; } .bar { background: linear-gradient(#24272d, #24272d) center / 100% 13px no-repeat; }
.rows th { text-align: left; color: #6e9fff; font-weight: 500; font-size: 12px; }
.rows td, .rows th { padding: 3px 8px; border-bottom: 1px solid #25282d; white-space: nowrap; font-size: 12px; }
.rows .link { color: #6e9fff; }
svg text { fill: #9aa1ab; font-size: 11px; }
.legend { margin: 2px 0 0; font-size: 12px; white-space: nowrap; overflow: hidden; } .legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin: 0 5px 3px 0; } .legend span { margin-right: 14px; }
`;
