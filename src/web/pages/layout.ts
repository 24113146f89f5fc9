// The frame of every page and the answer around it. The policy lets a browser take the style sheet by its hash, send the
// search to this server, and nothing else: no script, no font, no picture from anywhere.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type Content, constantMarkup, type Html, html, textOf } from './html.ts';
import { styleSheet } from './style.ts';
import { minuteOf } from './words.ts';

const styleHash = createHash('sha256').update(styleSheet).digest('base64');

export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface PageFrame {
  title: string;
  /** The address in the navigation that is this page. */
  here?: string;
  readAt: Date;
  /** Load again after so many seconds. */
  refreshSeconds?: number;
  content: Content;
}

const places: readonly [address: string, name: string][] = [
  ['/', 'Status'],
  ['/reports', 'Reports'],
  ['/metrics', 'Metrics'],
];

export function framed({ title, here, readAt, refreshSeconds, content }: PageFrame): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
<title>${title}</title>
<style>${constantMarkup(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="/">Backup inventory</a>
<nav aria-label="Pages">${places.map(([address, name]) => html`<a href="${address}"${here === address && html` aria-current="page"`}>${name}</a>`)}</nav>
<p>Read <time datetime="${readAt.toISOString()}">${minuteOf(readAt)}</time>. All times are UTC.</p>
</header>
<main id="content" tabindex="-1">
${content}
</main>
<footer><p class="small">Backup inventory exporter. Verdicts come from certified readings only; what is not proved is unknown.</p></footer>
</body>
</html>
`;
}

/** The page as an answer. */
export async function answerOf(request: Request, page: Html, status = 200): Promise<Response> {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': pagePolicy };
  return squeezed(request, [textOf(page)], headers, status);
}

/** Pieces of text as an answer, compressed on their way where the client takes it. */
export function squeezed(
  request: Request,
  pieces: Iterable<string>,
  headers: Readonly<Record<string, string>>,
  status = 200,
): Response {
  const varying = { ...headers, Vary: 'Accept-Encoding' };
  const text = Readable.from(gathered(pieces), { objectMode: false });
  if (!/\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')) {
    return new Response(webStream(text), { status, headers: varying });
  }
  const packed = text.pipe(createGzip({ level: 4 }));
  text.on('error', (error) => packed.destroy(error));
  return new Response(webStream(packed), { status, headers: { ...varying, 'Content-Encoding': 'gzip' } });
}

const gatheredAtLeast = 64 * 1024;

/** Small pieces joined to large ones: each one costs a turn of the loop. */
function* gathered(pieces: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < gatheredAtLeast) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

function webStream(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}
