// Which format and encoding a scraper gets, from its request headers. Pure.

import type { Format } from './text.ts';

export interface Negotiated {
  format: Format;
  contentType: string;
  gzip: boolean;
}

/**
 * OpenMetrics only where it is asked for by name and no less than plain text; otherwise the 0.0.4 text, also for
 * clients that name neither. The content type states version and charset: Prometheus 3 refuses one that it cannot read.
 */
export function negotiate(accept: string | undefined, acceptEncoding: string | undefined): Negotiated {
  const gzip = qualityOf(entriesOf(acceptEncoding), ['gzip', 'x-gzip', '*']) > 0;
  const entries = entriesOf(accept);
  const open = entries.filter((e) => e.name === 'application/openmetrics-text' && e.quality > 0);
  const versions = new Set(open.map((e) => e.parameters.get('version') ?? '1.0.0'));
  const best = Math.max(0, ...open.map((e) => e.quality));
  const plain = qualityOf(entries, ['text/plain']);
  if (best === 0 || best < plain || !(versions.has('1.0.0') || versions.has('0.0.1'))) {
    return { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8', gzip };
  }
  const version = versions.has('1.0.0') ? '1.0.0' : '0.0.1';
  return {
    format: 'openmetrics',
    contentType: `application/openmetrics-text; version=${version}; charset=utf-8`,
    gzip,
  };
}

interface Entry {
  name: string;
  parameters: ReadonlyMap<string, string>;
  quality: number;
}

function entriesOf(header: string | undefined): Entry[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.split(';').map((piece) => piece.trim().toLowerCase()))
    .filter(([name]) => name !== undefined && name !== '')
    .map(([name = '', ...pieces]) => {
      const parameters = new Map(pieces.map((piece) => split(piece)));
      const quality = Number(parameters.get('q') ?? '1');
      return { name, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
    });
}

/** The quality of the first of the names that is listed; 0 where none is. */
function qualityOf(entries: readonly Entry[], names: readonly string[]): number {
  for (const name of names) {
    const found = entries.find((entry) => entry.name === name);
    if (found !== undefined) return found.quality;
  }
  return 0;
}

function split(piece: string): [string, string] {
  const at = piece.indexOf('=');
  return at < 0
    ? [piece, '']
    : [
        piece.slice(0, at).trim(),
        piece
          .slice(at + 1)
          .trim()
          .replaceAll('"', ''),
      ];
}
