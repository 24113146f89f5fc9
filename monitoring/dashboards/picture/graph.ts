// Draws a time series panel: lines, stacked areas or stacked bars, with axes and a legend.

import type { Panel } from '../../../test/monitoring/dashboards/panels.ts';
import { asHtml, type Found, type Series } from './draw.ts';
import { colorOf, fieldOf, formatted, palette } from './look.ts';

interface Drawn {
  custom?: { stacking?: { mode: string }; drawStyle?: string };
}

interface Layer {
  name: string;
  color: string;
  /** Time, lower and upper edge. */
  edges: [number, number, number][];
}

export function drawGraph(panel: Panel, found: Found, width: number, height: number): string {
  const all = found.flat();
  const { custom } = (panel.fieldConfig?.defaults ?? {}) as Drawn;
  const layers = layersOf(panel, all, custom?.stacking?.mode === 'normal');
  const times = all.flatMap(({ points }) => points.map(([at]) => at));
  if (times.length === 0) return '<p>No data</p>';
  const unit = fieldOf(panel, '').unit;
  const box = { left: 62, top: 4, width: width - 74, height: height - 48 };
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const ticks = ticksUpTo(Math.max(1e-9, ...layers.flatMap(({ edges }) => edges.map(([, , upper]) => upper))), unit);
  const top = ticks.at(-1) ?? 1;
  const x = (at: number) => (box.left + ((at - from) / (to - from)) * box.width).toFixed(1);
  const y = (value: number) => (box.top + box.height - (value / top) * box.height).toFixed(1);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${box.left}" x2="${box.left + box.width}" y1="${y(tick)}" y2="${y(tick)}" stroke="#2c2f36"/><text x="${box.left - 6}" y="${Number(y(tick)) + 4}" text-anchor="end">${formatted(unit, tick)}</text>`,
  );
  const axis = daysBetween(from, to).map(
    (at) =>
      `<text x="${x(at)}" y="${box.top + box.height + 16}" text-anchor="middle">${new Date(at * 1000).toISOString().slice(5, 10)}</text>`,
  );
  const barWidth = Math.max(1.5, (box.width / Math.max(1, all[0]?.points.length ?? 1)) * 0.8);
  const shapes = layers.map(({ edges, color }) => {
    if (custom?.drawStyle === 'bars') {
      return edges
        .map(
          ([at, lower, upper]) =>
            `<rect x="${x(at)}" width="${barWidth.toFixed(1)}" y="${y(upper)}" height="${(Number(y(lower)) - Number(y(upper))).toFixed(1)}" fill="${color}"/>`,
        )
        .join('');
    }
    const upper = edges.map(([at, , value]) => `${x(at)},${y(value)}`);
    const lower = edges.map(([at, value]) => `${x(at)},${y(value)}`).reverse();
    return `<polygon points="${[...upper, ...lower].join(' ')}" fill="${color}" fill-opacity=".6"/><polyline points="${upper.join(' ')}" fill="none" stroke="${color}"/>`;
  });
  const legend = layers.map(({ name, color }) => `<span><i style="background:${color}"></i>${asHtml(name)}</span>`);
  return `<svg width="${width}" height="${height - 20}">${grid.join('')}${shapes.join('')}${axis.join('')}</svg><p class="legend">${legend.join('')}</p>`;
}

function layersOf(panel: Panel, all: readonly Series[], stacked: boolean): Layer[] {
  const floor = new Map<number, number>();
  return all.map((series, index) => {
    const fixed = fieldOf(panel, series.name).fixedColor;
    const color = fixed === null ? (palette[index % palette.length] ?? '') : colorOf(fixed);
    const edges = series.points.map(([at, value]): [number, number, number] => {
      const lower = stacked ? (floor.get(at) ?? 0) : 0;
      floor.set(at, lower + value);
      return [at, lower, lower + value];
    });
    return { name: series.name, color, edges };
  });
}

/** Round numbers from 0 to beyond the highest value. */
function ticksUpTo(highest: number, unit: string): number[] {
  const base = unit === 'bytes' ? 1024 ** Math.max(0, Math.floor(Math.log(highest) / Math.log(1024))) : 1;
  const rough = highest / base / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power * base;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

/** Midnights, UTC, but for one at the edge. */
function daysBetween(from: number, to: number): number[] {
  const first = Math.ceil(from / 86_400) * 86_400;
  return Array.from(
    { length: Math.max(0, Math.floor((to - 21_600 - first) / 86_400) + 1) },
    (_, index) => first + index * 86_400,
  );
}
