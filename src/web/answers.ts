// The types that the web room is handed: what it shows is made elsewhere.

import type { Log } from '../inventory/ports.ts';

/** A body ready to be sent, with its headers. */
export interface ScrapeAnswer {
  headers: Readonly<Record<string, string>>;
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface ScrapeRequest {
  accept?: string | undefined;
  acceptEncoding?: string | undefined;
}

/** One condition of being ready; the reason says what is wrong, without secrets. */
export interface ReadyCheck {
  name: 'database' | 'schema' | 'snapshot';
  ok: boolean;
  reason?: string | undefined;
}

/**
 * A page or report. `path` is a route such as `/reports/:name`; the answer's own Content-Security-Policy replaces the
 * strict default.
 */
export interface Page {
  path: string;
  answer(request: Request, parameters: Readonly<Record<string, string>>): Response | Promise<Response>;
}

export interface WebDeps {
  host: string;
  /** 0 = any free one. */
  port: number;
  /** When set, all but the probes ask for it. */
  bearerToken?: string | undefined;
  /** PEM texts. */
  tls?: { cert: string; key: string } | undefined;
  scrape(request: ScrapeRequest): Promise<ScrapeAnswer>;
  /** What must hold for traffic; asked at most once a second. A rejection counts as a failed database check. */
  readiness(): Promise<readonly ReadyCheck[]>;
  /** `/`, reports and whatever else is shown. */
  pages: readonly Page[];
  log: Log;
}
