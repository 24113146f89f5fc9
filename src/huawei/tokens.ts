// The credential of a password: IAM sells tokens for it, one per project. Bought once however many wait, renewed before
// they run out and once when the cloud refuses one. A refused password is never shown again: IAM locks the user.
// Facts: IAM "Obtaining a User Token Through Password Authentication": POST /v3/auth/tokens, 201, token in a header.

import { z } from 'zod';
import { CloudError } from '../inventory/errors.ts';
import type { Call, Clock } from '../inventory/ports.ts';
import { parseInstant } from '../inventory/units.ts';
import { abortable } from './abortable.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { type ApiRequest, brokenBody, type Client, type Credential, jsonOf, type Sign } from './client.ts';
import { CredentialGate } from './credential-gate.ts';
import type { HttpAnswer } from './http.ts';
import type { Observe } from './telemetry.ts';

const renewBeforeMs = 10 * 60_000;
/** After a renewal that failed while the old token still holds. */
const renewAgainAfterMs = 60_000;
/** A token that is refused when new points to a wrong region, or to a cloud that is not in step yet: no lock threatens. */
const refusedTokenRestMs = 5 * 60_000;

export interface PasswordLogin {
  /** Account name; the user's own name may differ. */
  domain: string;
  username: string;
  password: string;
}

/** What a token is for. `domain` tokens list projects and do nothing else. */
export type TokenScope = { projectId: string } | 'domain';

export interface TokenDeps {
  client: Client;
  clock: Clock;
  observe: Observe;
  login: PasswordLogin;
}

interface Token {
  value: string;
  /** By this host's clock, whatever the cloud's says. */
  expiresAtMs: number;
  renewAtMs: number;
}

const tokenWire = z.looseObject({
  token: z.looseObject({ issued_at: z.string().optional(), expires_at: z.string() }),
});

/** Makes the credential of one scope; all share the password's gate. */
export function createTokenCredentials(deps: TokenDeps): (scope: TokenScope, iamEndpoint: string) => Credential {
  const password = createPasswordCredential(deps);
  return (scope, iamEndpoint) => new TokenCredential(deps, password, scope, iamEndpoint);
}

function createPasswordCredential(deps: TokenDeps): Credential {
  const gate = new CredentialGate({ clock: deps.clock });
  return {
    proof: 'password',
    secrets: () => [deps.login.password],
    show: (exchange, call) => gate.pass(() => exchange((request) => request.headers), call.signal),
  };
}

class TokenCredential implements Credential {
  readonly proof = 'token';
  readonly #deps: TokenDeps;
  readonly #password: Credential;
  readonly #request: ApiRequest;
  readonly #gate: CredentialGate;
  #token: Token | null = null;
  #purchase: Promise<Token> | null = null;

  constructor(deps: TokenDeps, password: Credential, scope: TokenScope, iamEndpoint: string) {
    this.#deps = deps;
    this.#password = password;
    this.#request = tokenRequest(deps.login, scope, iamEndpoint);
    this.#gate = new CredentialGate({ clock: deps.clock, reopenAfterMs: refusedTokenRestMs });
  }

  secrets(): readonly string[] {
    return [this.#deps.login.password, this.#token?.value ?? ''];
  }

  show<T>(exchange: (sign: Sign) => Promise<T>, call: Call): Promise<T> {
    return this.#gate.pass(async () => {
      const token = await this.#current(call);
      try {
        return await exchange(signWith(token));
      } catch (error) {
        if (!(error instanceof AttemptFailure) || error.refusal !== 'credential') throw error;
        this.#deps.client.noteRetry(error.error.operation, 'token_refused', call);
        return exchange(signWith(await this.#inPlaceOf(token, call)));
      }
    }, call.signal);
  }

  async #current(call: Call): Promise<Token> {
    const token = this.#token;
    const nowMs = this.#deps.clock.now().getTime();
    if (token === null || nowMs >= token.expiresAtMs) return this.#buy(call);
    if (nowMs < token.renewAtMs) return token;
    try {
      return await this.#buy(call);
    } catch (error) {
      // The old one still holds; a refused password is told at once all the same.
      if (!(error instanceof CloudError) || error.failure === 'auth' || error.failure === 'cancelled') throw error;
      token.renewAtMs = nowMs + renewAgainAfterMs;
      return token;
    }
  }

  /** Another caller may have replaced the refused token already. */
  #inPlaceOf(refused: Token, call: Call): Promise<Token> {
    if (this.#token !== null && this.#token !== refused) return Promise.resolve(this.#token);
    this.#token = null;
    return this.#buy(call);
  }

  /** The purchase belongs to all who wait for it: it goes on when the one who began it leaves. */
  #buy(call: Call): Promise<Token> {
    this.#purchase ??= this.#purchaseToken({ signal: this.#deps.client.disposed, tally: call.tally }).finally(() => {
      this.#purchase = null;
    });
    return abortable(this.#purchase, call.signal);
  }

  async #purchaseToken(call: Call): Promise<Token> {
    try {
      const token = await this.#deps.client.call(this.#request, this.#password, call, (answer) => this.#read(answer));
      this.#token = token;
      this.#deps.observe({ kind: 'credential_expiry', at: new Date(token.expiresAtMs) });
      return token;
    } catch (error) {
      // Not asked again for each list of the project.
      if (error instanceof CloudError && (error.failure === 'auth' || error.failure === 'forbidden'))
        this.#gate.refuse(error);
      throw error;
    }
  }

  #read(answer: HttpAnswer): Token {
    const value = answer.header('x-subject-token');
    if (value === undefined || value === '')
      throw brokenBody(this.#request, answer, 'the header X-Subject-Token is missing');
    const wire = tokenWire.safeParse(jsonOf(this.#request, answer));
    const expiresAt = wire.success ? parseInstant(wire.data.token.expires_at) : null;
    if (!wire.success || expiresAt === null) throw brokenBody(this.#request, answer, 'token.expires_at cannot be read');
    const nowMs = this.#deps.clock.now().getTime();
    const issuedAt = parseInstant(wire.data.token.issued_at ?? '');
    // The lifetime by the cloud's own clock, so that a clock off by minutes does not shorten or stretch it.
    const lifetimeMs = Date.parse(expiresAt) - (issuedAt === null ? nowMs : Date.parse(issuedAt));
    const expiresAtMs = nowMs + lifetimeMs;
    return { value, expiresAtMs, renewAtMs: expiresAtMs - Math.min(renewBeforeMs, lifetimeMs / 10) };
  }
}

function signWith(token: Token): Sign {
  return (request) => ({ 'content-type': 'application/json', ...request.headers, 'x-auth-token': token.value });
}

function tokenRequest(login: PasswordLogin, scope: TokenScope, endpoint: string): ApiRequest {
  const user = { name: login.username, password: login.password, domain: { name: login.domain } };
  return {
    operation: 'create_token',
    endpoint,
    method: 'POST',
    path: '/v3/auth/tokens',
    query: [['nocatalog', 'true']],
    headers: { 'content-type': 'application/json;charset=utf8' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: scope === 'domain' ? { domain: { name: login.domain } } : { project: { id: scope.projectId } },
      },
    }),
  };
}
