import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactUrl, registerEnvironment, Secret, SecretRegistry, secretUrl } from '../src/secret.ts';

describe('a secret', () => {
  const secret = new Secret('hunter2secret');

  test('gives its value only when asked for it', () => {
    expect(secret.reveal()).toBe('hunter2secret');
  });

  test('is redacted in templates, JSON, inspection, keys and spreads', () => {
    const holder = { secret, list: [secret] };
    const shown = [
      `${secret}`,
      String(secret),
      `${'a'}${secret}`,
      JSON.stringify(holder),
      inspect(holder, { depth: 9, showHidden: true }),
      JSON.stringify({ ...secret }),
      JSON.stringify(Object.getOwnPropertyNames(secret)),
      JSON.stringify(structuredClone({ ...secret })),
    ].join('\n');
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('[redacted]');
  });
});

describe('a URL', () => {
  test('loses its password and keeps the rest', () => {
    expect(redactUrl('postgres://app:p%40ss@db:5432/x?sslmode=require')).toBe(
      'postgres://app:[redacted]@db:5432/x?sslmode=require',
    );
    expect(redactUrl('postgres://db/x?user=a&password=abc')).toBe('postgres://db/x?user=a&password=[redacted]');
    expect(redactUrl('https://gateway.example.org/')).toBe('https://gateway.example.org/');
    expect(redactUrl('no url at all')).toBe('[redacted]');
    expect(`${secretUrl('https://u:pass@h/')}`).toBe('https://u:[redacted]@h/');
  });
});

describe('the registry', () => {
  function knowing(...values: string[]): SecretRegistry {
    const registry = new SecretRegistry();
    for (const value of values) registry.add(value);
    return registry;
  }

  test('scrubs a secret however it is written', () => {
    const secret = 'pa"ss wörd\\+/1';
    const registry = knowing(secret);
    const shown = [secret, JSON.stringify(secret), encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
    expect(registry.scrub(shown.join(' | '))).toBe('[redacted] | "[redacted]" | [redacted] | [redacted]');
  });

  test('leaves no piece of any known secret, whatever surrounds it', () => {
    const word = fc.string({ minLength: 4, maxLength: 12 }).filter((text) => text.trim().length >= 4);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.string(), fc.string(), (values, before, after) => {
        const scrubbed = knowing(...values).scrub(values.map((value) => `${before}${value}${after}`).join(''));
        // The marker itself may spell a secret such as "acte".
        return values.every((value) => !scrubbed.replaceAll('[redacted]', '\u0000').includes(value));
      }),
    );
  });

  test('does not blot out short words', () => {
    expect(knowing('a', 'db', '   ').scrub('a database')).toBe('a database');
  });

  test('knows the passwords of URLs, decoded and as sent in a basic authorization', () => {
    const registry = new SecretRegistry();
    registry.addUrl('http://user:p%40ssw0rd@proxy:3128');
    const basic = Buffer.from('user:p@ssw0rd').toString('base64');
    expect(registry.scrub(`p%40ssw0rd p@ssw0rd Basic ${basic} proxy`)).toBe(
      '[redacted] [redacted] Basic [redacted] proxy',
    );
  });

  test('knows what the environment holds of secrets, and nothing else of it', () => {
    const registry = new SecretRegistry();
    registerEnvironment(registry, {
      HUAWEICLOUD_SDK_SK: 'secret-one',
      PGPASSWORD: 'secret-two',
      HTTPS_PROXY: 'http://u:secret-three@p:1',
      HUAWEICLOUD_REGION: 'ap-southeast-1',
      HOME: '/home/someone',
    });
    expect(registry.scrub('secret-one secret-two secret-three ap-southeast-1 /home/someone')).toBe(
      '[redacted] [redacted] [redacted] ap-southeast-1 /home/someone',
    );
  });

  test('cleans the strings of a JSON value and leaves its structure alone', () => {
    const registry = knowing('12345', 'true', 'level');
    expect(registry.scrubDeep({ level: 12345, ok: true, text: 'is true: 12345', list: ['level'] })).toEqual({
      level: 12345,
      ok: true,
      text: 'is [redacted]: [redacted]',
      list: ['[redacted]'],
    });
  });
});
