// What an error answer means, by code before status, and that its message is fit to be shown.

import { describe, expect, test } from 'vitest';
import { type ErrorAnswer, failureOfAnswer, type Proof } from '../../src/huawei/api-errors.ts';
import { readErrorBody } from '../../src/huawei/error-body.ts';
import { redact } from '../../src/huawei/redaction.ts';

function failure(status: number, body: unknown, proof: Proof = 'keys', overrides: Partial<ErrorAnswer> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return failureOfAnswer(
    { status, body: text, requestId: undefined, retryAfterMs: null, clockSkewSeconds: null, ...overrides },
    { operation: 'list_backups', origin: 'https://cloud.example', proof, secrets: ['the-secret'] },
  );
}

describe('shapes', () => {
  test.each([
    ['service', { error_code: 'DBS.200001', error_msg: 'bad' }, 'DBS.200001', 'bad', undefined],
    ['gateway', { error_code: 'APIGW.0301', error_msg: 'bad', request_id: 'r1' }, 'APIGW.0301', 'bad', 'r1'],
    ['gateway, old prefix', { error_code: 'APIG.0301', error_msg: 'bad', request_id: 'r1' }, 'APIGW.0301', 'bad', 'r1'],
    ['IAM', { error: { code: 401, message: 'bad', title: 'Unauthorized' } }, '401', 'bad', undefined],
    [
      'IAM, new',
      { error_code: 'IAM.0001', error_msg: 'bad', encoded_authorization_message: 'x' },
      'IAM.0001',
      'bad',
      undefined,
    ],
    ['nested', { error: { error_code: 'X.1', error_msg: 'bad' } }, 'X.1', 'bad', undefined],
    ['code and message', { code: 'X.1', message: 'bad' }, 'X.1', 'bad', undefined],
  ])('%s', (_, body, apiCode, message, requestId) => {
    expect(readErrorBody(JSON.stringify(body))).toEqual({ apiCode, message, requestId });
  });

  test.each([
    ['HTML', '<html><head><title> 502 Bad Gateway </title></head></html>', '502 Bad Gateway'],
    ['empty', '', undefined],
    ['a number', '7', undefined],
    ['null', 'null', undefined],
    ['a list', '[]', undefined],
    ['fields of other types', '{"error_code":{},"error_msg":[1],"error":7}', undefined],
  ])('%s gives no code and never an exception', (_, body, message) => {
    expect(readErrorBody(body)).toEqual({ apiCode: undefined, message, requestId: undefined });
  });
});

describe('meanings', () => {
  test.each<[number, string, string, string | null]>([
    [400, 'DBS.280015', 'forbidden', null],
    [400, 'DBS.280063', 'forbidden', null],
    [403, 'DBS.280032', 'forbidden', null],
    [403, 'APIGW.0302', 'forbidden', null],
    [403, 'APIGW.0801', 'forbidden', null],
    [405, 'APIGW.0502', 'forbidden', null],
    [401, 'APIGW.0301', 'auth', null],
    [401, 'APIGW.0303', 'auth', null],
    [401, 'APIGW.0999', 'auth', null],
    [403, 'DBS.280056', 'auth', null],
    [400, 'DBS.280110', 'not_found', null],
    [404, 'DBS.200002', 'not_found', null],
    [403, 'DBS.201028', 'not_found', null],
    [400, 'DBS.201214', 'not_found', null],
    [404, 'APIGW.0101', 'api', null],
    [400, 'DBS.200001', 'api', null],
    [400, 'DBS.280408', 'api', null],
    [413, 'APIGW.0201', 'api', null],
    [429, 'APIGW.0308', 'throttled', 'throttled'],
    [429, 'DBS.280443', 'throttled', 'throttled'],
    [500, 'DBS.280005', 'api', 'server_error'],
    [502, 'APIGW.0201', 'api', 'server_error'],
    [503, 'APIGW.0613', 'api', 'server_error'],
    [504, 'APIGW.0201', 'api', 'server_error'],
  ])('HTTP %i %s is %s, retried as %s', (status, error_code, kind, retryReason) => {
    const result = failure(status, { error_code, error_msg: 'said' });
    expect(result.error).toMatchObject({ failure: kind, httpStatus: status, apiCode: error_code });
    expect(result.retryReason).toBe(retryReason);
  });

  test('a refused token may be renewed on 0307, refused keys are refused for this project alone', () => {
    const body = { error_code: 'APIGW.0307', error_msg: 'The token must be updated' };
    expect(failure(401, body, 'token').refusal).toBe('credential');
    expect(failure(401, body, 'keys').refusal).toBe('scope');
  });

  test('an unpublished API hints at region, endpoint and the scope of the token', () => {
    const { error } = failure(404, { error_code: 'APIGW.0101', error_msg: 'The API does not exist' });
    expect(error.message).toBe(
      "The cloud answered with an error (HTTP 404, APIGW.0101): The API does not exist. The gateway does not know this API there. Check the project's region and endpoint, and that the token is for a project, not for a domain.",
    );
  });

  test('a failure without any body still says what to do', () => {
    expect(failure(403, '').error.message).toMatch(
      /^The cloud forbids this \(HTTP 403\)\. Grant the user gaussdbfornosql/,
    );
    expect(failure(302, '').error.message).toContain('Redirects are not followed');
  });

  test('IAM’s 403 for a token speaks of the user, not of backup permissions', () => {
    expect(failure(403, { error: { code: 403, message: 'Forbidden' } }, 'password').error.message).toContain(
      'IAM gives this user no token',
    );
  });
});

describe('redaction', () => {
  test.each([
    ['a|x-auth-token:MIIF|b', 'a|x-auth-token:[redacted]|b'],
    ['X-Security-Token: abc def\nnext', 'X-Security-Token: [redacted] next'],
    ['authorization:SDK-HMAC-SHA256 Access=a, Signature=b|c', 'authorization:[redacted]|c'],
    ['{"x-subject-token":"abc"}', '{"x-subject-token":[redacted]'],
    ['content-type;host;x-security-token|e3b0', 'content-type;host;x-security-token|e3b0'],
    ['x the-secret y the-secret', 'x [redacted] y [redacted]'],
  ])('%j becomes %j', (text, clean) => {
    expect(redact(text, ['the-secret', ''])).toBe(clean);
  });

  test('control characters cannot reach a terminal, and floods are cut', () => {
    expect(redact('a\u001b[31mb\r\n\u0000c\u009bd', [])).toBe('a [31mb c d');
    expect(redact('x'.repeat(5000), [])).toHaveLength(1001);
  });

  test('a hostile request id and code are cleaned in the message too', () => {
    const { error } = failure(400, { error_code: 'X\u001b', error_msg: 'm' }, 'keys', {
      requestId: 'the-secret\u0007',
    });
    expect(error.message).toContain('(HTTP 400, X , request [redacted])');
  });
});
