// The signer against the guide's worked example, known answers, and the official SDK's signer as an oracle.

import { createHash, randomInt } from 'node:crypto';
import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import { describe, expect, test } from 'vitest';
import {
  authorizationOf,
  canonicalQuery,
  canonicalRequest,
  type QueryPair,
  type SignableRequest,
  sdkDate,
  signedHeaders,
} from '../../src/huawei/signer.ts';

const keys = { accessKey: 'TESTAK', secretKey: 'TESTSK' };
const host = 'gaussdb-nosql.ap-southeast-1.myhuaweicloud.com';
const projectId = '054b61972980d4552f0bc00ac8d3f5cd';

const backups: SignableRequest = {
  method: 'GET',
  path: `/v4/${projectId}/backups`,
  query: [
    ['offset', '2'],
    ['limit', '2'],
    ['begin_time', '2019-05-27T03:38:51+0000'],
    ['end_time', '2019-05-28T03:38:51+0000'],
    ['type', 'DatabaseTable'],
  ],
  headers: {
    'content-type': 'application/json',
    host,
    'X-Project-Id': projectId,
    'X-Sdk-Date': '20191111T093443Z',
  },
};

describe('known answers', () => {
  test('the hash and signature of a list call with all usual headers are as published', () => {
    expect(sha256(canonicalRequest(backups))).toBe('aa64230d95417bee879636dfab5738c7336e0c6c0b21bf6ac064d88d96cc4e9e');
    expect(signatureOf(authorizationOf(backups, keys))).toBe(
      '44987383cce0d8648ae99312f0aaf3bfd4d6d23d182328ccc01af2b9564b092f',
    );
  });

  test('with host and date alone signed, hash and signature are as published', () => {
    const request = { ...backups, headers: { host, 'X-Sdk-Date': '20191111T093443Z' } };
    expect(sha256(canonicalRequest(request))).toMatch(/^0986a576.*92$/);
    expect(signatureOf(authorizationOf(request, keys))).toBe(
      '4f4f2435cabaa101953ea537ca3357c085079dc04be67ccc3d9b304f4c32e987',
    );
  });

  test('the worked example of the signing guide comes out', () => {
    const request: SignableRequest = {
      method: 'GET',
      path: '/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs',
      query: [
        ['limit', '2'],
        ['marker', '13551d6b-755d-4757-b956-536f674975c0'],
      ],
      headers: {
        'content-type': 'application/json',
        host: 'service.region.example.com',
        'x-sdk-date': '20191115T033655Z',
      },
    };
    const example = authorizationOf(request, {
      accessKey: 'QTWAOYTTINDUT2QVKYUC',
      secretKey: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc',
    });
    expect(signatureOf(example)).toBe('7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe');
  });

  test('the authorization names algorithm, key, signed headers and signature in the documented form', () => {
    expect(authorizationOf(backups, keys)).toMatch(
      /^SDK-HMAC-SHA256 Access=TESTAK, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature=[0-9a-f]{64}$/,
    );
  });
});

describe('what is signed', () => {
  test('temporary keys add their token as a signed header', () => {
    const headers = signedHeaders(
      { ...backups, headers: { host } },
      { ...keys, securityToken: 'TEMPORARY' },
      new Date(0),
    );
    expect(headers['x-security-token']).toBe('TEMPORARY');
    expect(headers['x-sdk-date']).toBe('19700101T000000Z');
    expect(headers.authorization).toContain('SignedHeaders=host;x-sdk-date;x-security-token,');
  });

  test('a plus sign is always sent as %2B, and what encodeURIComponent leaves is encoded too', () => {
    expect(canonicalQuery([['t', "2019-05-27T03:38:51+0000 !'()*"]])).toBe(
      't=2019-05-27T03%3A38%3A51%2B0000%20%21%27%28%29%2A',
    );
  });

  test('an encoded path is signed as if it had been encoded once, with a slash at its end', () => {
    const lines = canonicalRequest({ method: 'GET', path: '/v4/a%20b/%e4', query: [], headers: {} }).split('\n');
    expect(lines[1]).toBe('/v4/a%20b/%25e4/');
  });

  test('a given payload hash is used instead of the body', () => {
    const request = { ...backups, headers: { host, 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }, body: '{}' };
    expect(canonicalRequest(request).endsWith('\nUNSIGNED-PAYLOAD')).toBe(true);
  });

  test('the date has seconds and no separators', () => {
    expect(sdkDate(new Date('2026-03-04T05:06:07.890Z'))).toBe('20260304T050607Z');
  });
});

test('20,000 random requests get the same signature from the official SDK', () => {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));
  const count = 20_000;
  const random = mulberry32(seed);
  let mismatches = 0;
  for (let index = 0; index < count; index++) {
    const request = randomRequest(random);
    const secret = { accessKey: text(random, 20), secretKey: text(random, 40) };
    if (authorizationOf(request, secret) !== sdkAuthorization(request, secret)) mismatches++;
  }
  process.stdout.write(`signer against the SDK: seed ${seed}, ${count} requests, ${mismatches} mismatches\n`);
  expect(mismatches).toBe(0);
});

function sdkAuthorization(request: SignableRequest, secret: { accessKey: string; secretKey: string }): string {
  const query: Record<string, string[]> = {};
  for (const [name, value] of request.query) query[name] = [...(query[name] ?? []), value];
  const { host, 'x-sdk-date': date, ...rest } = request.headers;
  const signed: Record<string, string> = AKSKSigner.sign(
    {
      method: request.method,
      endpoint: `https://${host}${request.path}`,
      queryParams: query,
      headers: { ...rest, 'X-Sdk-Date': date },
      ...(request.body && { data: JSON.parse(request.body) }),
    } as unknown as Parameters<typeof AKSKSigner.sign>[0],
    { getAk: () => secret.accessKey, getSk: () => secret.secretKey } as unknown as Parameters<
      typeof AKSKSigner.sign
    >[1],
  );
  return signed.Authorization ?? '';
}

function randomRequest(random: () => number): SignableRequest {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const path = Array.from({ length: 1 + Math.floor(random() * 4) }, () => `/${text(random, 12, unreserved)}`).join('');
  const query = Array.from(
    { length: Math.floor(random() * 6) },
    (): QueryPair => [text(random, 10, unreserved), text(random, 24, foreign)],
  );
  const headers: Record<string, string> = {
    host: `${text(random, 8, 'abcdefghij')}.example.com${pick(['', ':8443', ':80'])}`,
    'x-sdk-date': sdkDate(new Date(Math.floor(random() * 4e12))),
  };
  if (random() < 0.7) headers['content-type'] = pick(['application/json', 'application/json;charset=utf8']);
  if (random() < 0.7) headers['x-project-id'] = text(random, 32, 'abcdef0123456789');
  if (random() < 0.4) headers['x-security-token'] = text(random, 400);
  const method = pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD']);
  const body = random() < 0.3 ? JSON.stringify({ [text(random, 5)]: text(random, 20, foreign) }) : undefined;
  return { method, path, query, headers, body };
}

const unreserved = 'ABCXYZabcxyz0189-._~';
const foreign = `${unreserved} !"#$%&'()*+,/:;<=>?@[\\]^\`{|}äßçλдא中文字🙂🚀`;

function text(random: () => number, longest: number, alphabet = unreserved): string {
  const characters = [...alphabet];
  const length = 1 + Math.floor(random() * longest);
  return Array.from({ length }, () => characters[Math.floor(random() * characters.length)]).join('');
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function signatureOf(authorization: string): string {
  return authorization.split('Signature=')[1] ?? '';
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
