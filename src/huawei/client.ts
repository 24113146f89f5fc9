// One call to the cloud from end to end: credential, pace, exchange, error, retry, telemetry. The only user of http.ts.

import { CloudError } from '../inventory/errors.ts';
import type { Call, Clock } from '../inventory/ports.ts';
import { failureOfAnswer, type Proof } from './api-errors.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { createHttp, type Http, type HttpAnswer } from './http.ts';
import { createPaces, type Pace } from './pacing.ts';
import type { Turn } from './rate-limit.ts';
import { redact } from './redaction.ts';
import { withRetries } from './retry.ts';
import { canonicalQuery, type QueryPair, type SignableRequest } from './signer.ts';
import type { Observe, RetryReason } from './telemetry.ts';

const maxAnswerBytes = 32 * 1024 * 1024;
const totalTimeMs = 5 * 60_000;

export interface ClientOptions {
  clock: Clock;
  requestsPerSecond: number;
  concurrency: number;
  requestTimeoutMs: number;
  retries: number;
  userAgent: string;
  observe: Observe;
  /** Tests make it small. */
  maxAnswerBytes?: number | undefined;
  random?: (() => number) | undefined;
}

export interface ApiRequest {
  operation: string;
  /** Base URL; a path in it goes before `path`. */
  endpoint: string;
  method: 'GET' | 'POST';
  path: string;
  query: readonly QueryPair[];
  headers?: Record<string, string>;
  body?: string;
}

/** Adds what proves the right to ask, at the moment of sending. */
export type Sign = (request: SignableRequest) => Record<string, string>;

export interface Credential {
  readonly proof: Proof;
  /** What must never appear in a message. */
  secrets(): readonly string[];
  /** Runs the exchange, perhaps again with a renewed token. Throws AttemptFailure or CloudError. */
  show<T>(exchange: (sign: Sign) => Promise<T>, call: Call): Promise<T>;
}

export class Client implements AsyncDisposable {
  readonly #options: ClientOptions;
  readonly #http: Http;
  readonly #paceOf: (origin: string) => Pace;
  readonly #disposal = new AbortController();
  #clockSkewSeconds: number | null = null;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#http = createHttp({
      requestTimeoutMs: options.requestTimeoutMs,
      maxAnswerBytes: options.maxAnswerBytes ?? maxAnswerBytes,
    });
    this.#paceOf = createPaces(options);
  }

  /** How far this host's clock is ahead of the cloud's, by the newest answer that carried a date. */
  get clockSkewSeconds(): number | null {
    return this.#clockSkewSeconds;
  }

  /** Aborts when the client is disposed of: for calls that no single caller owns. */
  get disposed(): AbortSignal {
    return this.#disposal.signal;
  }

  /** Counts a request made again, in the tally and for the observer. */
  noteRetry(operation: string, reason: RetryReason, call: Call): void {
    call.tally.retries += 1;
    this.#options.observe({ kind: 'retry', operation, reason });
  }

  /**
   * Calls, with retries, and reads the answer.
   * @param read throws AttemptFailure (`brokenBody`) where the answer is not what the API promises.
   * @throws CloudError
   */
  async call<T>(request: ApiRequest, credential: Credential, call: Call, read: (answer: HttpAnswer) => T): Promise<T> {
    const signal = AbortSignal.any([call.signal, this.#disposal.signal]);
    const own = { signal, tally: call.tally };
    const pace = this.#paceOf(new URL(request.endpoint).origin);
    const policy = {
      clock: this.#options.clock,
      retries: this.#options.retries,
      totalTimeMs,
      ...(this.#options.random && { random: this.#options.random }),
      onRetry: (reason: RetryReason, waitMs: number) => this.#onRetry(request, call, pace, reason, waitMs),
    };
    return withRetries(policy, request.operation, signal, () =>
      credential.show(
        (sign) => pace.run((turn) => this.#attempt(request, credential, sign, own, turn, read), signal),
        own,
      ),
    );
  }

  async #attempt<T>(
    request: ApiRequest,
    credential: Credential,
    sign: Sign,
    call: Call,
    turn: Turn,
    read: (answer: HttpAnswer) => T,
  ): Promise<T> {
    if (turn.waitedMs > 0) this.#noteWait('rate_limit', turn.waitedMs, call);
    call.tally.requests += 1;
    const answer = await this.#exchange(request, sign, turn, call.signal);
    if (answer.status >= 200 && answer.status < 300) {
      await this.#nextTurn();
      return read(answer);
    }
    throw failureOfAnswer(
      {
        status: answer.status,
        body: answer.body,
        requestId: answer.header('x-request-id'),
        retryAfterMs: retryAfterMs(answer, this.#options.clock.now()),
        clockSkewSeconds: this.#clockSkewSeconds,
      },
      {
        operation: request.operation,
        origin: new URL(request.endpoint).origin,
        proof: credential.proof,
        secrets: credential.secrets(),
      },
    );
  }

  /** Answers that came together are read in turns of the event loop, not all in one. */
  #nextTurn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => new Promise(setImmediate));
    return this.#lastTurn;
  }

  async #exchange(request: ApiRequest, sign: Sign, turn: Turn, signal: AbortSignal): Promise<HttpAnswer> {
    const { operation, method, query, body } = request;
    const base = new URL(request.endpoint);
    const path = `${base.pathname.replace(/\/+$/, '')}${request.path}`;
    const own = { accept: 'application/json', 'user-agent': this.#options.userAgent };
    const headers = {
      ...own,
      ...sign({ method, path, query, headers: { host: base.host, ...request.headers }, body }),
    };
    const startedMs = performance.now();
    let code = 'cancelled';
    try {
      const url = query.length === 0 ? path : `${path}?${canonicalQuery(query)}`;
      const answer = await this.#http.exchange(
        { operation, method, origin: base.origin, path: url, headers, body, onSent: turn.departed },
        signal,
      );
      code = String(answer.status);
      this.#measureSkew(answer, performance.now() - startedMs);
      return answer;
    } catch (error) {
      if (error instanceof AttemptFailure) code = error.error.failure;
      throw error;
    } finally {
      const durationSeconds = (performance.now() - startedMs) / 1000;
      this.#options.observe({ kind: 'request', operation, code, durationSeconds });
    }
  }

  /** The Date header says whole seconds, so half a second is added; the middle of the exchange is when it was written. */
  #measureSkew(answer: HttpAnswer, tookMs: number): void {
    const cloudMs = Date.parse(answer.header('date') ?? '');
    if (Number.isNaN(cloudMs)) return;
    const hereMs = this.#options.clock.now().getTime() - tookMs / 2;
    const skewMs = hereMs - (cloudMs + 500);
    const seconds = Math.abs(skewMs) <= 500 + tookMs / 2 ? 0 : Math.round(skewMs) / 1000;
    this.#clockSkewSeconds = seconds;
    this.#options.observe({ kind: 'clock_skew', seconds });
  }

  #onRetry(request: ApiRequest, call: Call, pace: Pace, reason: RetryReason, waitMs: number): void {
    this.noteRetry(request.operation, reason, call);
    if (reason !== 'throttled') return;
    this.#noteWait('throttled', waitMs, call);
    pace.holdOff(waitMs);
  }

  #noteWait(reason: 'rate_limit' | 'throttled', waitMs: number, call: Call): void {
    call.tally.throttleWaitSeconds += waitMs / 1000;
    this.#options.observe({ kind: 'throttle_wait', reason, seconds: waitMs / 1000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort(new Error('The cloud client was closed.'));
    await this.#http[Symbol.asyncDispose]();
  }
}

/** An answer with a good status whose body is not what the API promises: worth another try. */
export function brokenBody(request: ApiRequest, answer: HttpAnswer, what: string): AttemptFailure {
  const message = `${new URL(request.endpoint).origin} answered ${answer.status}, but ${redact(what, [])}. Check the endpoint; a proxy or a login page may answer in its place.`;
  return new AttemptFailure({
    error: new CloudError('api', message, {
      operation: request.operation,
      httpStatus: answer.status,
      requestId: answer.header('x-request-id'),
    }),
    retryReason: 'broken_body',
  });
}

/** The JSON of an answer. @throws AttemptFailure where it is none. */
export function jsonOf(request: ApiRequest, answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    // Without the cause: it quotes the body.
    const type = answer.header('content-type') ?? 'no content type';
    throw brokenBody(request, answer, `the body is no JSON (${answer.body.length} characters, ${type})`);
  }
}

/** `Retry-After` as seconds or as a date, which is read against the answer's own Date. */
function retryAfterMs(answer: HttpAnswer, now: Date): number | null {
  const text = answer.header('retry-after')?.trim();
  if (text === undefined || text === '') return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const untilMs = Date.parse(text);
  if (Number.isNaN(untilMs)) return null;
  const sentMs = Date.parse(answer.header('date') ?? '');
  return Math.max(0, untilMs - (Number.isNaN(sentMs) ? now.getTime() : sentMs));
}
