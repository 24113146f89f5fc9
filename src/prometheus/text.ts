// Writes families as lines of the two text formats. Pure.
// Sources: https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4) and the OpenMetrics 1.0 specification.

import { type Family, prefix, type Sample } from './family.ts';

export type Format = 'text' | 'openmetrics';

/** What a format must be told of a metric before its samples. */
interface Metadata {
  /** Full name, of a counter with `_total`. */
  name: string;
  type: string;
  help: string;
  unit: string | null;
}

/** HELP, TYPE and UNIT lines. OpenMetrics names a counter without `_total`; the older format reads UNIT as a comment. */
function metadataLines({ name, type, help, unit }: Metadata, format: Format): string {
  const named = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  const unitLine = unit === null ? '' : `# UNIT ${named} ${unit}\n`;
  return `# HELP ${named} ${escapeHelp(help)}\n# TYPE ${named} ${type}\n${unitLine}`;
}

/** The lines of a family, one string per sample, after its metadata. Nothing where it has no sample. */
export function* familyLines<Input>(family: Family<Input>, input: Input, format: Format): Generator<string> {
  const name = prefix + family.name;
  let first = true;
  for (const sample of family.samples(input)) {
    if (first) yield metadataLines({ ...family, name }, format);
    first = false;
    yield sampleLine(name, family.labels, sample);
  }
}

function sampleLine(name: string, labelNames: readonly string[], { labels, value, part }: Sample): string {
  let pairs = '';
  for (let index = 0; index < labelNames.length; index += 1) {
    pairs += `${index === 0 ? '' : ','}${labelNames[index]}="${escapeLabel(labels[index] ?? '')}"`;
  }
  if (part?.suffix === '_bucket') pairs += `${pairs === '' ? '' : ','}le="${boundText(part.le)}"`;
  const suffix = part?.suffix ?? '';
  return pairs === '' ? `${name}${suffix} ${valueText(value)}\n` : `${name}${suffix}{${pairs}} ${valueText(value)}\n`;
}

/** A metric of the client library's own registry. */
export interface ForeignMetric extends Omit<Metadata, 'unit'> {
  values: readonly {
    metricName?: string;
    labels: Readonly<Record<string, string | number | undefined>>;
    value: number;
  }[];
}

/** The lines of a metric of the client library, as one string. */
export function foreignLines(metric: ForeignMetric, format: Format): string {
  const lines = [metadataLines({ ...metric, unit: null }, format)];
  for (const { metricName, labels, value } of metric.values) {
    const names = Object.keys(labels);
    const texts = names.map((name) => labelText(name, labels[name]));
    lines.push(sampleLine(metricName ?? metric.name, names, { labels: texts, value }));
  }
  return lines.join('');
}

function labelText(name: string, value: string | number | undefined): string {
  return name === 'le' && typeof value === 'number' ? boundText(value) : String(value ?? '');
}

const special = /[\\"\n\0]/;

/** A label value between its quotes. NUL ends the text for some parsers, so it becomes the replacement character. */
function escapeLabel(value: string): string {
  if (!special.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\0', '\uFFFD');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** A sample's value; the formats write the infinities and NaN in their own way. */
export function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** A bucket's bound as a float: `1` and `1.0` would be two series. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : valueText(bound);
}
