// The customer's account in the simulated IAM: one user, access keys (permanent and temporary), tokens, and the locks
// that wrong attempts earn. Holds state only; who may call what is decided by authenticate.ts.

import type { SimulatedClock } from './clock.ts';
import { hash, hashText, hex32 } from './random.ts';

export interface AccessKey {
  accessKey: string;
  secretKey: string;
  /** Temporary keys must be accompanied by it. */
  securityToken: string | null;
  /** Seconds since 1970; null = permanent. */
  expiresAt: number | null;
}

export interface Token {
  value: string;
  /** null = scoped to the whole account, useless for regional services. */
  projectId: string | null;
  region: string | null;
  issuedAt: number;
  expiresAt: number;
  revoked: boolean;
}

interface Attempts {
  failures: number;
  lockedUntil: number;
}

export interface Account {
  domainId: string;
  domainName: string;
  userId: string;
  userName: string;
  password: string;
  keys: Map<string, AccessKey>;
  tokens: Map<string, Token>;
  keyAttempts: Map<string, Attempts>;
  passwordAttempts: Attempts;
  /** Numbers the secrets handed out, so that each differs. */
  issued: number;
  seed: number;
}

const AK_FAILURES = 5;
const AK_LOCK_SECONDS = 300;
const PASSWORD_FAILURES = 3;
const PASSWORD_LOCK_SECONDS = 900;

export function createAccount(seed: number): Account {
  const salt = hashText('account');
  const account: Account = {
    domainId: hex32(seed, salt, 1),
    domainName: 'example-corp',
    userId: hex32(seed, salt, 2),
    userName: 'inventory-reader',
    password: `Sim-${hex32(seed, salt, 3).slice(0, 12)}`,
    keys: new Map(),
    tokens: new Map(),
    keyAttempts: new Map(),
    passwordAttempts: { failures: 0, lockedUntil: 0 },
    issued: 0,
    seed,
  };
  addKey(account, { expiresAt: null });
  return account;
}

/** A new key pair; with an expiry it is a temporary one and has a security token. */
export function addKey(account: Account, options: { expiresAt: number | null }): AccessKey {
  const n = account.issued++;
  const part = (i: number) => hex32(account.seed, hashText('key'), n, i).toUpperCase();
  const key: AccessKey = {
    accessKey: `${options.expiresAt === null ? 'SIMAK' : 'SIMST'}${part(1).slice(0, 15)}`,
    secretKey: part(2) + part(3).slice(0, 8),
    securityToken: options.expiresAt === null ? null : opaque(hash(account.seed, n, 4), 1800),
    expiresAt: options.expiresAt,
  };
  account.keys.set(key.accessKey, key);
  return key;
}

/** A new token; taking one does not end the others. */
export function addToken(
  account: Account,
  scope: { projectId: string | null; region: string | null },
  life: { issuedAt: number; hours: number },
): Token {
  const token: Token = {
    value: `MII${opaque(hash(account.seed, account.issued++, hashText('token')), 3400)}`,
    ...scope,
    issuedAt: life.issuedAt,
    expiresAt: life.issuedAt + life.hours * 3600,
    revoked: false,
  };
  account.tokens.set(token.value, token);
  return token;
}

function opaque(seed: number, length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) {
    text += Buffer.from(hex32(seed, i), 'hex').toString('base64').replaceAll('=', '').replaceAll('/', '-');
  }
  return text.slice(0, length);
}

export function keyIsLocked(account: Account, accessKey: string, clock: SimulatedClock): boolean {
  return (account.keyAttempts.get(accessKey)?.lockedUntil ?? 0) > clock.nowSeconds();
}

/** More than five failures in a row lock the key for five minutes. */
export function recordKeyAttempt(account: Account, accessKey: string, success: boolean, clock: SimulatedClock): void {
  if (success) {
    account.keyAttempts.delete(accessKey);
    return;
  }
  const attempts = account.keyAttempts.get(accessKey) ?? { failures: 0, lockedUntil: 0 };
  attempts.failures++;
  if (attempts.failures > AK_FAILURES) {
    attempts.failures = 0;
    attempts.lockedUntil = clock.nowSeconds() + AK_LOCK_SECONDS;
  }
  account.keyAttempts.set(accessKey, attempts);
}

export type PasswordOutcome = 'right' | 'wrong' | 'locked';

/** Three wrong passwords lock the user for a quarter of an hour. */
export function tryPassword(
  account: Account,
  given: { domain: unknown; user: unknown; password: unknown },
  clock: SimulatedClock,
): PasswordOutcome {
  const attempts = account.passwordAttempts;
  if (attempts.lockedUntil > clock.nowSeconds()) return 'locked';
  const right =
    given.domain === account.domainName && given.user === account.userName && given.password === account.password;
  attempts.failures = right ? 0 : attempts.failures + 1;
  if (attempts.failures >= PASSWORD_FAILURES) {
    attempts.failures = 0;
    attempts.lockedUntil = clock.nowSeconds() + PASSWORD_LOCK_SECONDS;
  }
  return right ? 'right' : 'wrong';
}
