// Reads the text of a scrape back into samples. For `doctor --reconcile` and the tests; knows both text formats.

export interface ScrapedSample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The text is no exposition. */
export class ScrapeTextError extends Error {
  override readonly name = 'ScrapeTextError';
  readonly code = 'SCRAPE_UNREADABLE';
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \S+)?$/s;
const pair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/gs;

/** Samples in their order; comments are left out. Throws ScrapeTextError with the line that it cannot read. */
export function parseScrape(text: string): ScrapedSample[] {
  const samples: ScrapedSample[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    if (content === '' || content.startsWith('#')) continue;
    const [, name, pairs, value] = line.exec(content) ?? [];
    const labels = name === undefined ? undefined : labelsOf(pairs ?? '');
    const number = numberOf(value ?? '');
    if (name === undefined || labels === undefined || number === undefined) {
      throw new ScrapeTextError(`Line ${index + 1} of the scrape is no sample. Is the address that of /metrics?`);
    }
    samples.push({ name, labels, value: number });
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = Object.create(null);
  let read = 0;
  for (const match of text.matchAll(pair)) {
    if (match.index !== read) return undefined;
    read += match[0].length;
    labels[match[1] ?? ''] = unescaped(match[2] ?? '');
  }
  return read === text.length ? labels : undefined;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character));
}

function numberOf(text: string): number | undefined {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/** The series of a sample as text, labels in the order of their names: equal texts are one series. */
export function seriesOf({ name, labels }: Omit<ScrapedSample, 'value'>): string {
  const pairs = Object.keys(labels).sort();
  return `${name}{${pairs.map((label) => `${label}=${JSON.stringify(labels[label])}`).join(',')}}`;
}
