// Verifies SDK-HMAC-SHA256 signatures from the request as received. Written from the signing guide, independent of any
// client's signer: the gateway decodes path and query, encodes them again its own way and compares.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { Query } from './query.ts';

export interface SignedRequest {
  method: string;
  /** As on the request line, still encoded, without the query. */
  path: string;
  query: Query;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Authorization {
  accessKey: string;
  signedHeaders: string[];
  signature: string;
}

/** The parts of the header, or null if it is not of this scheme. */
export function parseAuthorization(header: string | undefined): Authorization | null {
  const match = /^SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]+)$/.exec(
    header ?? '',
  );
  if (match === null) return null;
  const [, accessKey = '', signedHeaders = '', signature = ''] = match;
  return { accessKey, signedHeaders: signedHeaders.split(';'), signature };
}

/** The gateway's own canonical request. */
export function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const headers = [...signedHeaders].sort().map((name) => {
    const value = request.headers[name];
    return `${name}:${(Array.isArray(value) ? value.join(',') : (value ?? '')).trim()}\n`;
  });
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.join(''),
    [...signedHeaders].sort().join(';'),
    request.headers['x-sdk-content-sha256'] ?? sha256(request.body),
  ].join('\n');
}

/** Whether the signature is that of the request under the secret key. */
export function verifySignature(input: {
  canonical: string;
  date: string;
  secretKey: string;
  signature: string;
}): boolean {
  const text = `SDK-HMAC-SHA256\n${input.date}\n${sha256(input.canonical)}`;
  const expected = createHmac('sha256', input.secretKey).update(text).digest();
  const given = Buffer.from(input.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** `20191111T093443Z` as seconds since 1970, or null. */
export function parseSdkDate(text: string | undefined): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

function canonicalPath(path: string): string {
  const encoded = path.split('/').map((segment) => encode(decode(segment)));
  return encoded.at(-1) === '' ? encoded.join('/') : `${encoded.join('/')}/`;
}

function canonicalQuery(query: Query): string {
  return query
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** RFC 3986: everything but unreserved characters, upper-case hexadecimal. */
function encode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
