// A log-log line plot as SVG, for the documentation.

export interface Series {
  name: string;
  points: [number, number][];
}

const width = 720;
const height = 420;
const frame = { left: 60, right: 190, top: 40, bottom: 40 };
const colours = ['#1f77b4', '#ff7f0e', '#2ca02c', '#9467bd', '#d62728'];

export function plot(title: string, series: readonly Series[]): string {
  const all = series.flatMap(({ points }) => points);
  const x = axis(
    all.map(([value]) => value),
    frame.left,
    width - frame.right,
  );
  const y = axis(
    all.map(([, value]) => value),
    height - frame.bottom,
    frame.top,
  );
  const lines = series.map(({ name, points }, index) => line(name, points, index, x.at, y.at));
  const grid = [
    ...x.ticks.map((tick) => mark(x.at(tick), height - frame.bottom, x.at(tick), frame.top, label(tick), 'x')),
    ...y.ticks.map((tick) => mark(frame.left, y.at(tick), width - frame.right, y.at(tick), label(tick), 'y')),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${frame.left}" y="24" font-size="15">${title}</text>`,
    ...grid,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function axis(values: readonly number[], from: number, to: number) {
  const known = values.filter((value) => value > 0);
  const least = Math.floor(Math.log10(Math.min(...known)));
  const most = Math.ceil(Math.log10(Math.max(...known)));
  const span = Math.max(1, most - least);
  const at = (value: number) => from + ((Math.log10(value) - least) / span) * (to - from);
  return { at, ticks: Array.from({ length: span + 1 }, (_, index) => 10 ** (least + index)) };
}

function mark(x1: number, y1: number, x2: number, y2: number, text: string, side: 'x' | 'y'): string {
  const place =
    side === 'x' ? `x="${x1}" y="${y1 + 18}" text-anchor="middle"` : `x="${x1 - 8}" y="${y1 + 4}" text-anchor="end"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/><text ${place}>${text}</text>`;
}

function line(
  name: string,
  points: readonly [number, number][],
  index: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const colour = colours[index % colours.length] ?? '#000';
  const places = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  const legend = frame.top + 10 + index * 22;
  const left = width - frame.right + 16;
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    `<line x1="${left}" y1="${legend}" x2="${left + 18}" y2="${legend}" stroke="${colour}" stroke-width="2"/>`,
    `<text x="${left + 24}" y="${legend + 4}">${name}</text>`,
  ].join('');
}

function label(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  return value >= 1000 ? `${value / 1000} k` : String(value);
}
