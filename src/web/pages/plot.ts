// Small plots as inline SVG without script: a line or dots over time, with axes of three labels and a text alternative.

import { type Html, html } from './html.ts';

export interface PlotPoint {
  atMs: number;
  /** null = only a mark at the foot. */
  value: number | null;
  /** Drawn as a cross: a failure. */
  failed?: boolean;
  /** Drawn faint: not known at first hand. */
  faint?: boolean;
  label: string;
}

export interface PlotInput {
  id: string;
  title: string;
  /** What a reader who cannot see it is told. */
  description: string;
  points: readonly PlotPoint[];
  format(value: number): string;
  /** Size of the unit in which a value is written: 1024² for mebibytes, 60 for minutes. */
  unitOf(value: number): number;
  shape: 'area' | 'dots';
}

const width = 560;
const height = 132;
/** Room for half a mark at both ends. */
const inset = 5;
const frame = { left: 4, right: 84, top: 10, bottom: 20 };

/** The plot; null where there are fewer than two points. */
export function plot({ id, title, description, points, format, unitOf, shape }: PlotInput): Html | null {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return null;
  const highest = niceTop(Math.max(0, ...points.map((point) => point.value ?? 0)), unitOf);
  const drawnWidth = width - frame.left - frame.right - 2 * inset;
  const spanMs = Math.max(1, last.atMs - first.atMs);
  const x = (atMs: number) => fixed(frame.left + inset + ((atMs - first.atMs) / spanMs) * drawnWidth);
  const y = (value: number) =>
    fixed(height - frame.bottom - (Math.max(0, value) / highest) * (height - frame.top - frame.bottom));
  const base = y(0);
  const ticks = [0, highest / 2, highest];
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${ticks.map(
  (value) => html`<line class="grid" x1="${frame.left}" x2="${width - frame.right}" y1="${y(value)}" y2="${y(value)}"/>
<text x="${width - frame.right + 6}" y="${y(value) + 4}">${format(value)}</text>`,
)}
${shape === 'area' ? area(points, x, y, base) : points.map((point) => dot(point, x, y, base))}
<text x="${frame.left}" y="${height - 5}">${dayOf(first.atMs)}</text>
<text x="${width - frame.right}" y="${height - 5}" text-anchor="end">${dayOf(last.atMs)}</text>
</svg>`;
}

function area(points: readonly PlotPoint[], x: (v: number) => number, y: (v: number) => number, base: number): Html {
  const drawn = points.filter((point) => point.value !== null);
  const firm = drawn.findIndex((point) => point.faint !== true);
  const at = (list: readonly PlotPoint[]) => list.map((point) => `${x(point.atMs)},${y(point.value ?? 0)}`).join(' ');
  const filled = (list: readonly PlotPoint[], look: string) => {
    const [head, tail] = [list[0], list.at(-1)];
    if (head === undefined || tail === undefined) return null;
    return html`<polygon class="fill ${look}" points="${x(head.atMs)},${base} ${at(list)} ${x(tail.atMs)},${base}"/>
<polyline class="line ${look}" points="${at(list)}"/>`;
  };
  if (firm < 0) return html`${filled(drawn, 'faint')}`;
  return html`${filled(drawn.slice(0, firm + 1), 'faint')}${filled(drawn.slice(firm), 'firm')}`;
}

function dot(point: PlotPoint, x: (v: number) => number, y: (v: number) => number, base: number): Html {
  const cx = x(point.atMs);
  if (point.failed === true || point.value === null) {
    const look = point.failed === true ? 'failed' : 'open';
    return html`<path class="${look}" d="M${cx - 3.5} ${base - 7}l7 7m0 -7l-7 7"><title>${point.label}</title></path>`;
  }
  return html`<line class="stem" x1="${cx}" x2="${cx}" y1="${base}" y2="${y(point.value)}"/><circle class="dot" cx="${cx}" cy="${y(point.value)}" r="2.6"><title>${point.label}</title></circle>`;
}

/** The next round number in the steps of its unit. */
function niceTop(value: number, unitOf: (value: number) => number): number {
  if (value < 1e-6) return 1; // nothing to see, and no power of ten to divide by
  const unit = unitOf(value);
  const scaled = value / unit;
  const power = 10 ** Math.floor(Math.log10(scaled));
  const step = [1, 2, 3, 4, 6, 8, 10].find((candidate) => candidate * power >= scaled) ?? 10;
  return step * power * unit;
}

function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
