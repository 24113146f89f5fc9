// Values that must not be seen. A Secret prints as [redacted] however it is printed; the registry is the last net:
// it knows every secret of the process and scrubs them from text on its way out.

import { inspect } from 'node:util';

export const redacted = '[redacted]';

/** A value that only `reveal()` gives. Template strings, JSON and inspect give `[redacted]`. */
export class Secret {
  readonly #value: string;
  readonly #shown: string;

  /** `shown` replaces the value wherever it is printed: for a URL, the URL without its password. */
  constructor(value: string, shown: string = redacted) {
    this.#value = value;
    this.#shown = shown;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    // A copy of the object without the private parts (loggers make such copies) has nothing to show, and says so.
    return #shown in this ? this.#shown : redacted;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** The text of a URL with its password, and any query parameter that looks like one, redacted. */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return redacted;
  const url = new URL(text);
  const secretParts = passwordsOf(url);
  if (url.password !== '') url.password = 'REDACTED';
  for (const name of [...url.searchParams.keys()]) {
    if (isSecretName(name)) url.searchParams.set(name, 'REDACTED');
  }
  return secretParts.length === 0 ? text : url.href.replaceAll('REDACTED', redacted);
}

/** Wraps a URL that may hold a password. */
export function secretUrl(text: string): Secret {
  return new Secret(text, redactUrl(text));
}

/** Shorter values are not scrubbed: they would blot out ordinary words. */
const shortestScrubbed = 4;

/** Knows the secrets of this process. */
export class SecretRegistry {
  readonly #forms = new Set<string>();
  #longestFirst: readonly string[] = [];

  /** Remembers a value in every form in which it could reach a log: raw, in JSON, in a URL, in base64. */
  add(value: string): void {
    if (value.trim().length < shortestScrubbed) return;
    const json = JSON.stringify(value).slice(1, -1);
    const component = encodeURIComponent(value);
    this.#learn(value, json, component, Buffer.from(value).toString('base64'));
  }

  /** Remembers the password of a URL, decoded and as written, and `user:password` as a basic authorization sends it. */
  addUrl(text: string): void {
    if (!URL.canParse(text)) return;
    const url = new URL(text);
    for (const part of passwordsOf(url)) this.add(part);
    if (url.password === '') return;
    this.#learn(Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString('base64'));
  }

  #learn(...forms: string[]): void {
    for (const form of forms) this.#forms.add(form);
    this.#longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
  }

  /** The text with every known secret replaced. */
  scrub(text: string): string {
    let scrubbed = text;
    for (const form of this.#longestFirst) {
      if (scrubbed.includes(form)) scrubbed = scrubbed.replaceAll(form, redacted);
    }
    return scrubbed;
  }

  /** True where the text holds a known secret in any form. */
  finds(text: string): boolean {
    return this.#longestFirst.some((form) => text.includes(form));
  }

  /** A copy of a JSON value with every string in it scrubbed; keys, numbers and structure stay. */
  scrubDeep(value: unknown): unknown {
    if (typeof value === 'string') return this.scrub(value);
    if (Array.isArray(value)) return value.map((item) => this.scrubDeep(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.scrubDeep(item)]));
  }
}

/** Remembers what the environment holds of secrets, so that no later mistake can print them. */
export function registerEnvironment(secrets: SecretRegistry, env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '') continue;
    if (/(PASSWORD|PASSWD|SECRET|TOKEN|_SK|_AK|API_?KEY)$/i.test(name)) secrets.add(value);
    else if (value.includes('://')) secrets.addUrl(value);
  }
}

function passwordsOf(url: URL): string[] {
  const parts = url.password === '' ? [] : [url.password, decoded(url.password)];
  for (const [name, value] of url.searchParams) if (isSecretName(name) && value !== '') parts.push(value);
  return parts;
}

function isSecretName(name: string): boolean {
  return /password|passwd|secret|token|sslkey/i.test(name) && !/file|path/i.test(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign: the text is what it is
  }
}
