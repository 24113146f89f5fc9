// What /metrics answers: the snapshot's families rendered once per refresh into compressed pages, and what the process
// knows of itself rendered at each scrape. A scrape runs no SQL.

import { collectDefaultMetrics, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { Snapshot } from '../inventory/snapshot.ts';
import { type ExporterView, exporterFamilies } from './families/exporter.ts';
import { counters, gauges } from './families/index.ts';
import { expiredVerdicts } from './families/instances.ts';
import type { Family, StateView } from './family.ts';
import { negotiate } from './negotiation.ts';
import { gzipMember, lengthOf, noPages, type Pages, paged, plainText, shortPage } from './pages.ts';
import { type Format, familyLines, foreignLines } from './text.ts';

/** What the process says of itself; the exposition knows the snapshot. */
export type Process = Omit<ExporterView, 'snapshot' | 'series'>;

export interface ScrapeRequest {
  accept?: string | undefined;
  acceptEncoding?: string | undefined;
}

export interface ScrapeAnswer {
  headers: Readonly<Record<string, string>>;
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface Exposition {
  /** Renders a snapshot as judged at `now` and serves it from then on. Until then the one before it is served. */
  update(snapshot: Snapshot, now: Date): Promise<void>;
  /** Turns verdicts unknown that no longer hold at `now`; for when no newer snapshot can be read. */
  judge(now: Date): Promise<void>;
  scrape(request: ScrapeRequest): Promise<ScrapeAnswer>;
  /** The served snapshot. */
  readonly snapshot: Snapshot | null;
}

interface Rendered {
  snapshot: Snapshot;
  judgedAt: Date;
  series: number;
  shared: Pages;
  counters: Readonly<Record<Format, Pages>>;
}

/** An exposition without a snapshot yet; it serves what the process says of itself. */
export function createExposition(deps: { process: () => Process }): Exposition {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let current: Rendered | null = null;
  let rendering: Promise<void> = Promise.resolve();

  const update = (snapshot: Snapshot, now: Date) => {
    const next = rendering.then(async () => {
      current = await render({ snapshot, now });
    });
    rendering = next.catch(() => undefined);
    return next;
  };

  return {
    update,
    judge: async (now) => {
      if (current === null) return;
      const { projects } = current.snapshot;
      if (expiredVerdicts(projects, now).size === expiredVerdicts(projects, current.judgedAt).size) return;
      await update(current.snapshot, now);
    },
    scrape: async (request) => {
      const rendered = current;
      const { format, contentType, gzip } = negotiate(request.accept, request.acceptEncoding);
      const before = rendered === null ? [] : [rendered.shared, rendered.counters[format]];
      const own = await ownLines(deps.process(), rendered, registry, format);
      const parts = [...before, shortPage(own.join(''), before.at(-1) ?? noPages)];
      const body = gzip ? gzipMember(parts) : plainText(parts);
      const length = Array.isArray(body) ? body.reduce((sum, page) => sum + page.length, 0) : lengthOf(parts);
      return {
        headers: {
          'Content-Type': contentType,
          'Content-Length': String(length),
          ...(gzip ? { 'Content-Encoding': 'gzip' } : {}),
          Vary: 'Accept, Accept-Encoding',
        },
        body,
      };
    },
    get snapshot() {
      return current?.snapshot ?? null;
    },
  };
}

async function render(view: StateView): Promise<Rendered> {
  const count = { series: 0 };
  const shared = await paged(linesOf(gauges, view, 'text', count), noPages);
  const text = await paged(linesOf(counters, view, 'text', count), shared);
  const openmetrics = await paged(linesOf(counters, view, 'openmetrics', { series: 0 }), shared);
  return {
    snapshot: view.snapshot,
    judgedAt: view.now,
    series: count.series,
    shared,
    counters: { text, openmetrics },
  };
}

function* linesOf(
  families: readonly Family<StateView>[],
  view: StateView,
  format: Format,
  count: { series: number },
): Generator<string> {
  for (const family of families) {
    for (const line of familyLines(family, view, format)) {
      if (!line.startsWith('#')) count.series += 1;
      yield line;
    }
  }
}

async function ownLines(process: Process, rendered: Rendered | null, registry: Registry, format: Format) {
  const view = { ...process, snapshot: rendered?.snapshot ?? null, series: rendered?.series ?? null };
  const lines = exporterFamilies.flatMap((family) => [...familyLines(family, view, format)]);
  // The declared type leaves out the name of a histogram's series, which is there.
  const metrics: MetricObjectWithValues<MetricValue<string> & { metricName?: string }>[] =
    await registry.getMetricsAsJSON();
  for (const metric of metrics) {
    const type = String(metric.type);
    // The library names some gauges like counters, which promtool objects to; each has a twin that is named well.
    if (type === 'gauge' && metric.name.endsWith('_total')) continue;
    lines.push(foreignLines({ ...metric, type }, format));
  }
  if (format === 'openmetrics') lines.push('# EOF\n');
  return lines;
}
