// One HTTP exchange on undici: timeouts on connect, headers, body and in total, a cap on the answer, proxies from the
// environment. TLS is always verified, whatever the environment says. It knows nothing of the cloud's errors: any status
// is an answer here, and only an exchange without a whole answer fails.

import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { CloudError } from '../inventory/errors.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { redact } from './redaction.ts';
import type { RetryReason } from './telemetry.ts';

export interface HttpOptions {
  requestTimeoutMs: number;
  maxAnswerBytes: number;
}

interface HttpRequest {
  operation: string;
  method: 'GET' | 'POST';
  origin: string;
  /** With the query, encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Told when the request is written to its socket. */
  onSent?: (() => void) | undefined;
}

export interface HttpAnswer {
  status: number;
  header(name: string): string | undefined;
  body: string;
}

export interface Http extends AsyncDisposable {
  /** @throws AttemptFailure without a whole answer; the signal's reason where that aborted. */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
}

/** @throws CloudError `unreachable` where a proxy variable is no URL. */
export function createHttp(options: HttpOptions): Http {
  const dispatcher = createDispatcher(options);
  return {
    exchange: (request, signal) => exchange(dispatcher, options, request, signal),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

function createDispatcher(options: HttpOptions): Dispatcher {
  const tls = { rejectUnauthorized: true };
  const connectTimeoutMs = Math.min(10_000, options.requestTimeoutMs / 2);
  try {
    const agent = new EnvHttpProxyAgent({
      connect: { ...tls, timeout: connectTimeoutMs },
      requestTls: { ...tls, timeout: connectTimeoutMs },
      proxyTls: { ...tls, timeout: connectTimeoutMs },
      connectTimeout: connectTimeoutMs,
      headersTimeout: options.requestTimeoutMs,
      bodyTimeout: options.requestTimeoutMs,
      maxHeaderSize: 64 * 1024, // a token is a header of several KB
      maxResponseSize: options.maxAnswerBytes,
      allowH2: false, // one request a connection: a reset costs one request
    });
    return agent.compose(tellWhenSent);
  } catch {
    // The cause is left out: it holds the URL, and that may hold the proxy's password.
    throw new CloudError('unreachable', 'HTTP_PROXY or HTTPS_PROXY is no valid URL. Write http://host:port.', {
      operation: 'proxy',
    });
  }
}

/** What a request carries through undici for `tellWhenSent`. */
interface Carried {
  onSent: () => void;
}

/** undici calls `onRequestStart` when the connection stands and the request is about to be written. */
const tellWhenSent: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { opaque } = options as { opaque?: Carried };
  const onRequestStart = handler.onRequestStart?.bind(handler);
  handler.onRequestStart = (controller, context) => {
    opaque?.onSent();
    onRequestStart?.(controller, context);
  };
  return dispatch(options, handler);
};

async function exchange(
  dispatcher: Dispatcher,
  options: HttpOptions,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { onSent, ...wire } = request;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.requestTimeoutMs);
  let phase = 'a connection came about';
  const carried: Carried = {
    onSent: () => {
      phase = 'the answer began';
      onSent?.();
    },
  };
  try {
    const response = await dispatcher.request({
      origin: wire.origin,
      path: wire.path,
      method: wire.method,
      headers: wire.headers,
      body: wire.body ?? null,
      opaque: carried,
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    phase = 'the answer was complete';
    const body = await response.body.text();
    const header = (name: string) => firstOf(response.headers[name]);
    return { status: response.statusCode, header, body };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.signal.aborted) throw timedOut(request, `${options.requestTimeoutMs} ms passed before ${phase}`, error);
    throw transportFailure(request, options, error);
  } finally {
    clearTimeout(timer);
  }
}

function transportFailure(request: HttpRequest, options: HttpOptions, cause: unknown): AttemptFailure {
  const code = codeOfCause(cause);
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return timedOut(request, 'no connection came about', cause);
    case 'UND_ERR_HEADERS_TIMEOUT':
      return timedOut(request, 'no answer began', cause);
    case 'UND_ERR_BODY_TIMEOUT':
      return timedOut(request, 'the answer stopped half-way', cause);
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE': {
      const message = `${request.origin} sent more than ${options.maxAnswerBytes} bytes in one answer. Check the endpoint.`;
      return failure(request, 'api', message, null, cause);
    }
    default: {
      const message = `${request.origin} cannot be reached: ${adviceOn(code)}`;
      return failure(request, 'unreachable', message, isCertificateCode(code) ? null : 'connection', cause);
    }
  }
}

function timedOut(request: HttpRequest, what: string, cause: unknown): AttemptFailure {
  const message = `${request.origin} did not answer in time: ${what}. Check the network and the proxy, or raise cloud.requestTimeoutMs.`;
  return failure(request, 'timeout', message, 'timeout', cause);
}

function failure(
  request: HttpRequest,
  kind: 'timeout' | 'unreachable' | 'api',
  message: string,
  retryReason: RetryReason | null,
  cause: unknown,
): AttemptFailure {
  const details = { operation: request.operation, cause: plainCause(cause) };
  return new AttemptFailure({ error: new CloudError(kind, message, details), retryReason });
}

/** What went wrong without what was on the wire: undici's parser error carries the bytes it could not read. */
function plainCause(cause: unknown): Error {
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return Object.assign(new Error(redact(text, [])), { code: codeOfCause(cause) });
}

function adviceOn(code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `no such host (${code}). Check region, endpoint and DNS.`;
  if (code === 'ECONNREFUSED') return 'the connection is refused. Check endpoint, port and firewall.';
  if (isCertificateCode(code)) {
    return `its TLS certificate is not trusted (${code}). For a company CA set NODE_EXTRA_CA_CERTS; verification cannot be switched off.`;
  }
  if (code.startsWith('UND_ERR_PRX') || code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_ABORTED') {
    return `the proxy refuses (${code}). Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY.`;
  }
  return `the connection broke (${code}). Check the network and the proxy.`;
}

function isCertificateCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME/.test(code);
}

function codeOfCause(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOfCause(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'unknown';
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
