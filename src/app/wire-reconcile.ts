// Compares a running exporter's scrape with what SQL says, for `doctor --reconcile`.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Clock } from '../inventory/ports.ts';
import type { Database } from '../postgres/database.ts';
import { recompute } from '../postgres/reconcile.ts';
import { instantsOf, type Reconciliation, reconcile } from '../prometheus/reconcile.ts';
import { parseScrape, ScrapeTextError } from '../prometheus/scrape.ts';

export interface ReconcileDeps {
  config: Config;
  database: Database;
  clock: Clock;
  signal: AbortSignal;
}

/** The comparison, or why there is none. */
export type ReconcileOutcome =
  | ({ kind: 'compared' } & Reconciliation)
  | { kind: 'unreadable'; message: string }
  /** Runs went on committing, so no scrape was of the database's state. */
  | { kind: 'moving' };

const attempts = 6;
const pauseMs = 3000;
const timeoutMs = 60_000;

/** Scrapes and recomputes; again where the database moved on in between. Throws StoreError. */
export async function reconcileScrape(deps: ReconcileDeps, url: string): Promise<ReconcileOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const text = await scrapeText(deps, url);
    if (typeof text !== 'string') return text;
    const scrapedAt = deps.clock.now();
    try {
      const scrape = parseScrape(text);
      const { takenAt, judgedAt } = instantsOf(scrape);
      if (takenAt === null)
        return { kind: 'unreadable', message: 'The exporter has no snapshot yet. See its /readyz.' };
      const { metrics, movedOn } = await recompute(deps.database, { takenAt, judgedAt, scrapedAt });
      const result = reconcile(scrape, metrics);
      if (result.differences.length === 0 || !movedOn) return { kind: 'compared', ...result };
    } catch (error) {
      if (error instanceof ScrapeTextError) return { kind: 'unreadable', message: error.message };
      throw error;
    }
    if (attempt === attempts) return { kind: 'moving' };
    await sleep(pauseMs, undefined, { signal: deps.signal });
  }
}

async function scrapeText({ config, signal }: ReconcileDeps, url: string): Promise<string | ReconcileOutcome> {
  const token = config.http.bearerToken?.reveal();
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      redirect: 'error',
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
    if (response.ok) return await response.text();
    const message = `The exporter answered ${response.status}. Check the address and http.bearerToken.`;
    return { kind: 'unreadable', message };
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'unreadable', message: `No exporter answers there (${why}). Start \`serve\`, or give its address.` };
  }
}

/** Where `serve` of this configuration listens, as seen from this host. */
export function ownMetricsUrl({ http }: Config): string {
  const everywhere = http.host === '0.0.0.0' || http.host === '::' || http.host === '';
  const host = everywhere ? '127.0.0.1' : http.host.includes(':') ? `[${http.host}]` : http.host;
  return `${http.tls === null ? 'http' : 'https'}://${host}:${http.port}/metrics`;
}
