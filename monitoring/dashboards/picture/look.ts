// How a value looks: units, thresholds, names and colours, as a panel's JSON says. A small part of what Grafana does.

import type { Panel } from '../../../test/monitoring/dashboards/panels.ts';

interface Step {
  value: number | null;
  color: string;
}
interface Mapping {
  type: string;
  options: Record<string, { text?: string; color?: string }>;
}

/** What applies to a field: the panel's defaults, changed by the overrides for its name. */
export interface Field {
  name: string;
  unit: string;
  steps: readonly Step[];
  mappings: readonly Mapping[];
  hidden: boolean;
  fixedColor: string | null;
  max: number | null;
  decimals: number | null;
  /** It has colours of its own, not only the panel's. */
  colored: boolean;
  link: boolean;
}

const colors: Record<string, string> = {
  green: '#73bf69',
  red: '#f2495c',
  'dark-red': '#c4162a',
  orange: '#ff9830',
  blue: '#5794f2',
  purple: '#b877d9',
  text: '#8e9aa6',
};
/** Of series without a colour of their own. */
export const palette = ['#73bf69', '#f2cc0c', '#8ab8ff', '#ff780a', '#f2495c', '#5794f2', '#b877d9', '#705da0'];

export function colorOf(name: string): string {
  return colors[name] ?? name;
}

export function fieldOf(panel: Panel, name: string): Field {
  const defaults = panel.fieldConfig?.defaults as {
    unit?: string;
    max?: number;
    decimals?: number;
    thresholds?: { steps: Step[] };
    mappings?: Mapping[];
  };
  const field: Field = {
    name,
    unit: defaults.unit ?? 'none',
    steps: defaults.thresholds?.steps ?? [],
    mappings: defaults.mappings ?? [],
    hidden: false,
    fixedColor: null,
    max: defaults.max ?? null,
    decimals: defaults.decimals ?? null,
    colored: false,
    link: false,
  };
  for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
    if (matcher.options !== name) continue;
    for (const { id, value } of properties) apply(field, id, value);
  }
  return field;
}

function apply(field: Field, id: string, value: unknown): void {
  if (id === 'displayName') field.name = String(value);
  if (id === 'decimals') field.decimals = Number(value);
  if (id === 'unit') field.unit = String(value);
  if (id === 'custom.hidden') field.hidden = true;
  if (id === 'links') field.link = true;
  if (id === 'color') field.fixedColor = (value as { fixedColor: string }).fixedColor;
  if (id === 'mappings') field.mappings = value as Mapping[];
  if (id === 'thresholds') field.steps = (value as { steps: Step[] }).steps;
  if (id === 'custom.cellOptions') field.colored = true;
}

export function textOf(field: Field, value: number): string {
  return mapped(field, value)?.text ?? formatted(field.unit, value, field.decimals);
}

export function valueColor(field: Field, value: number): string {
  const step = field.steps.filter((one) => one.value === null || value >= one.value).at(-1);
  return colorOf(field.fixedColor ?? mapped(field, value)?.color ?? step?.color ?? 'text');
}

function mapped(field: Field, value: number): { text?: string; color?: string } | undefined {
  return field.mappings.flatMap(({ options }) => options[String(value)] ?? [])[0];
}

export function formatted(unit: string, value: number, decimals: number | null = null): string {
  if (unit === 'percentunit') return `${decimals === null ? round(value * 100) : (value * 100).toFixed(decimals)} %`;
  if (unit === 's')
    return scaled(value, [
      [604_800, 'weeks'],
      [86_400, 'days'],
      [3600, 'hours'],
      [60, 'mins'],
      [1, 's'],
    ]);
  if (unit === 'bytes')
    return scaled(value, [
      [1024 ** 4, 'TiB'],
      [1024 ** 3, 'GiB'],
      [1024 ** 2, 'MiB'],
      [1024, 'KiB'],
      [1, 'B'],
    ]);
  return decimals === null ? round(value) : value.toFixed(decimals);
}

function scaled(value: number, units: readonly [number, string][]): string {
  const [size, name] = units.find(([from]) => Math.abs(value) >= from) ?? units.at(-1) ?? [1, ''];
  return `${round(value / size)} ${name}`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(Math.abs(value) >= 100 ? Math.ceil(Math.log10(Math.abs(value) + 1)) : 3)));
}
