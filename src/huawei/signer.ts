// Request signing with access keys, SDK-HMAC-SHA256, on node:crypto. Permanent and temporary keys differ in one header only.
// Facts: the "API Request Signing Guide". Checked against its worked example, known answers, and the official SDK's signer.

import { createHash, createHmac } from 'node:crypto';

const algorithm = 'SDK-HMAC-SHA256';

export interface AccessKeys {
  accessKey: string;
  secretKey: string;
  /** Present with temporary keys only. */
  securityToken?: string | undefined;
}

/** What is signed. `headers` are exactly the headers to sign; `path` is the path of the wire, without a query. */
export interface SignableRequest {
  method: string;
  path: string;
  query: readonly QueryPair[];
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
}

export type QueryPair = readonly [name: string, value: string];

/** `X-Sdk-Date` of an instant: `YYYYMMDDTHHMMSSZ`. */
export function sdkDate(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** RFC 3986: everything but `A-Z a-z 0-9 - _ . ~` is percent-encoded. A lone surrogate goes out as U+FFFD. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The query as it is both signed and sent, so that the two cannot differ: sorted by name, then by value. */
export function canonicalQuery(query: readonly QueryPair[]): string {
  return query
    .toSorted((a, b) => compareText(a[0], b[0]) || compareText(a[1], b[1]))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
}

/** The text whose hash is signed. The path ends in a slash here, and only here. */
export function canonicalRequest(request: SignableRequest): string {
  const headers = canonicalHeaders(request.headers);
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.map(([name, value]) => `${name}:${value}\n`).join(''),
    headers.map(([name]) => name).join(';'),
    payloadHash(request),
  ].join('\n');
}

/**
 * The `Authorization` value for a request whose headers hold `x-sdk-date` already.
 * The secret key itself is the HMAC key: nothing is derived from date or region.
 */
export function authorizationOf(request: SignableRequest, keys: AccessKeys): string {
  const headers = canonicalHeaders(request.headers);
  const date = headers.find(([name]) => name === 'x-sdk-date')?.[1] ?? '';
  const stringToSign = [algorithm, date, sha256(canonicalRequest(request))].join('\n');
  const signature = createHmac('sha256', keys.secretKey).update(stringToSign).digest('hex');
  const signedHeaders = headers.map(([name]) => name).join(';');
  return `${algorithm} Access=${keys.accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/**
 * Adds what the gateway wants to see: date, security token, signature.
 * @param headers the headers to send and sign, `host` among them.
 * @returns all headers to send.
 */
export function signedHeaders(request: SignableRequest, keys: AccessKeys, at: Date): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers, 'x-sdk-date': sdkDate(at) };
  if (keys.securityToken !== undefined) headers['x-security-token'] = keys.securityToken;
  return { ...headers, authorization: authorizationOf({ ...request, headers }, keys) };
}

function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((segment) => percentEncode(decodeSegment(segment)))
    .join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a stray `%`: the gateway cannot decode it either and takes it as it is
  }
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): [name: string, value: string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .sort((a, b) => compareText(a[0], b[0]));
}

function payloadHash(request: SignableRequest): string {
  const given = canonicalHeaders(request.headers).find(([name]) => name === 'x-sdk-content-sha256');
  return given?.[1] ?? sha256(request.body ?? '');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
