import { describe, expect, test } from 'vitest';
import { UsageError } from '../src/faults.ts';
import { CloudError, StoreError } from '../src/inventory/errors.ts';
import { createLog, type LogFormat, type LogLevel, logSettings, serializeError } from '../src/log.ts';
import { Secret, SecretRegistry } from '../src/secret.ts';

function logInto(format: LogFormat = 'json', level: LogLevel = 'info', known: string[] = []) {
  const lines: string[] = [];
  const secrets = new SecretRegistry();
  for (const value of known) secrets.add(value);
  return { lines, log: createLog({ format, level, secrets, write: (line) => void lines.push(line) }) };
}

function only(lines: string[]): Record<string, unknown> {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

describe('the log as JSON', () => {
  test('is one object a line with level, time, fields and a constant message', () => {
    const { lines, log } = logInto();
    log.info({ project_id: 'p1', scope: 'instances' }, 'scope swept');
    const line = only(lines);
    expect(line).toMatchObject({ level: 'info', project_id: 'p1', scope: 'instances', msg: 'scope swept' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(lines[0]?.endsWith('\n')).toBe(true);
  });

  test('says nothing below its level, which can be changed', () => {
    const { lines, log } = logInto('json', 'warn');
    log.info({}, 'quiet');
    log.level = 'debug';
    log.debug({}, 'loud');
    expect(only(lines).msg).toBe('loud');
  });

  test('goes where it is diverted to, and back', () => {
    const { lines, log } = logInto();
    const elsewhere: string[] = [];
    log.divert((line) => void elsewhere.push(line));
    log.info({}, 'above the bar');
    log.divert(null);
    log.info({}, 'again');
    expect(elsewhere).toHaveLength(1);
    expect(only(lines).msg).toBe('again');
  });
});

describe('an error in the log', () => {
  test('keeps type, code, message and the whole chain of causes', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', port: 5432 });
    const cause = new StoreError('DATABASE_UNREACHABLE', 'The database cannot be reached.', { cause: refused });
    const { lines, log } = logInto();
    log.error({ err: new Error('run failed', { cause }) }, 'the command failed');
    expect(only(lines).err).toMatchObject({
      type: 'Error',
      message: 'run failed',
      cause: { type: 'StoreError', code: 'DATABASE_UNREACHABLE', cause: { code: 'ECONNREFUSED', port: 5432 } },
    });
  });

  test('tells the request id of a cloud error and nothing of the request that hangs on it', () => {
    const error = new CloudError('forbidden', 'No permission.', {
      operation: 'list',
      httpStatus: 403,
      requestId: 'r1',
    });
    Object.assign(error, { config: { headers: { Authorization: 'SDK-HMAC-SHA256 …' } }, detail: 'row (a, b)' });
    expect(serializeError(error)).toEqual({
      type: 'CloudError',
      message: 'No permission.',
      code: 'CLOUD_FORBIDDEN',
      failure: 'forbidden',
      operation: 'list',
      httpStatus: 403,
      requestId: 'r1',
    });
  });

  test('ends where causes go in a circle, and takes the first errors of many', () => {
    const circle = new Error('a');
    circle.cause = circle;
    expect(JSON.stringify(serializeError(circle)).length).toBeLessThan(20_000);
    const many = new AggregateError([new Error('one'), new Error('two')], 'both failed');
    expect(serializeError(many)).toMatchObject({ errors: [{ message: 'one' }, { message: 'two' }] });
  });

  test('brings its stack where it has no code, because then it is our own mistake', () => {
    expect(serializeError(new TypeError('x is undefined'))).toHaveProperty('stack');
    expect(serializeError(new StoreError('DATABASE_FAILED', 'x'))).not.toHaveProperty('stack');
  });
});

describe('a secret in the log', () => {
  const secret = 'hunter2"secret';

  test.each(['json', 'pretty'] as const)('does not come through in any field, message or error (%s)', (format) => {
    const { lines, log } = logInto(format, 'debug', [secret, '424242', 'true']);
    const error = new Error(`login with ${secret} failed`, { cause: new Error(encodeURIComponent(secret)) });
    log.error({ err: error, url: `postgres://u:${secret}@h`, deep: { list: [secret] }, ok: true, n: 424242 }, secret);
    expect(lines.join('')).not.toMatch(/hunter2/);
    expect(lines.join('')).toContain('[redacted]');
    if (format === 'json') expect(only(lines)).toMatchObject({ level: 'error', ok: true, n: 424242 });
  });

  test('is redacted by the name of its field where its value is not known', () => {
    const { lines, log } = logInto();
    log.info({ password: 'x1', auth: { secretKey: 'x2', token: 'x3' }, headers: { 'x-auth-token': 'x4' } }, 'oops');
    expect(lines.join('')).not.toMatch(/x[1-4]/);
  });

  test('that is wrapped stays wrapped', () => {
    const { lines, log } = logInto();
    log.info({ bearer: new Secret('wrapped-value') }, 'settings');
    expect(only(lines).bearer).toBe('[redacted]');
  });
});

describe('the log for people', () => {
  test('cannot be made to control the terminal by foreign text', () => {
    const { lines, log } = logInto('pretty');
    log.warn({ name: '\u001b[2Jgone\u0007', 'key\u001b[31m': 1 }, 'odd name');
    expect(lines.join('')).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(lines.join('')).toContain('odd name');
  });
});

describe('level and format', () => {
  test('come from the flag, then the environment, then the terminal', () => {
    expect(logSettings({}, {}, true)).toEqual({ level: 'info', format: 'pretty' });
    expect(logSettings({}, {}, false)).toEqual({ level: 'info', format: 'json' });
    expect(logSettings({}, { LOG_LEVEL: 'DEBUG', LOG_FORMAT: 'pretty' }, false)).toEqual({
      level: 'debug',
      format: 'pretty',
    });
    expect(logSettings({ logLevel: 'warn' }, { LOG_LEVEL: 'debug', LOG_FORMAT: '' }, false).level).toBe('warn');
  });

  test('that are not known are a usage error naming the choices', () => {
    expect(() => logSettings({}, { LOG_LEVEL: 'loud' }, false)).toThrow(UsageError);
    expect(() => logSettings({}, { LOG_LEVEL: 'loud' }, false)).toThrow(/LOG_LEVEL: "loud".*trace, debug/);
    expect(() => logSettings({ logFormat: 'xml' }, {}, false)).toThrow(/--log-format: "xml".*json, pretty/);
  });
});
