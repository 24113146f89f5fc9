// From an answer that is an error to what it means: kind of failure, whether trying again can help, what to do.
// Codes win over the HTTP status: the service says "forbidden" with 400 and "token invalid" with 403.
// Facts: the error code tables of GeminiDB and of the API gateway.

import { CloudError, type CloudFailure } from '../inventory/errors.ts';
import { AttemptFailure, type Refusal } from './attempt-failure.ts';
import { type ErrorBody, readErrorBody } from './error-body.ts';
import { redact } from './redaction.ts';
import type { RetryReason } from './telemetry.ts';

/** What a request proves its right with: access keys, a token, or the password that buys a token. */
export type Proof = 'keys' | 'token' | 'password';

export interface ErrorAnswer {
  status: number;
  body: string;
  requestId: string | undefined;
  /** What the answer asks to wait, by its own clock. */
  retryAfterMs: number | null;
  /** How far this host's clock is ahead, as this answer's Date shows it. */
  clockSkewSeconds: number | null;
}

export interface ErrorContext {
  operation: string;
  origin: string;
  proof: Proof;
  /** Never to appear in a message. */
  secrets: readonly string[];
}

interface Meaning {
  failure: CloudFailure;
  hint: string;
  retryReason?: RetryReason;
  refusal?: Refusal;
}

const signatureSkewLimitSeconds = 14 * 60;

const forbidden: Meaning = {
  failure: 'forbidden',
  hint: 'Grant the user gaussdbfornosql:backup:list and gaussdbfornosql:instance:list (nosql:backup:list, nosql:instance:list) on this project, and check the project id: a wrong one is answered like this.',
};
const notFound: Meaning = { failure: 'not_found', hint: 'The cloud does not know it (any more).' };
const throttled: Meaning = {
  failure: 'throttled',
  hint: 'Lower cloud.requestsPerSecond, or run less often: rejected calls count as well.',
  retryReason: 'throttled',
};
const notPublished: Meaning = {
  failure: 'api',
  hint: "The gateway does not know this API there. Check the project's region and endpoint, and that the token is for a project, not for a domain.",
};
const projectUnusable: Meaning = {
  failure: 'forbidden',
  hint: 'The project cannot be used in this region, or the service does not exist there. Check the project and its region.',
};
const accountBlocked: Meaning = {
  failure: 'forbidden',
  hint: 'The quota is used up or the account is frozen. Check the account in the console.',
};
const wrongProject: Meaning = {
  failure: 'api',
  hint: 'Check the project id and that the endpoint is that of its region.',
};

const byCode = new Map<string, Meaning>([
  ...each(['DBS.280015', 'DBS.280063', 'DBS.280032', 'APIGW.0302', 'APIGW.0306', 'APIGW.0402'], forbidden),
  ...each(['APIGW.0310', 'APIGW.0801', 'APIGW.0802'], projectUnusable),
  ...each(['APIGW.0501', 'APIGW.0502'], accountBlocked),
  ...each(['DBS.280110', 'DBS.280404', 'DBS.201501', 'DBS.200002', 'DBS.201028', 'DBS.201214', 'DBS.280124'], notFound),
  ...each(['APIGW.0308', 'DBS.280443'], throttled),
  ...each(['APIGW.0101', 'APIGW.0103'], notPublished),
  ...each(['DBS.280408', 'DBS.200604', 'DBS.200010'], wrongProject),
]);

/** Says what an answer with a status that is not 2xx means. */
export function failureOfAnswer(answer: ErrorAnswer, context: ErrorContext): AttemptFailure {
  const body = readErrorBody(answer.body);
  const requestId = answer.requestId ?? body.requestId;
  const meaning = meaningOf(answer, body, context);
  const retryAfter = answer.retryAfterMs === null ? '' : `wait ${Math.ceil(answer.retryAfterMs / 1000)} s`;
  const facts = [`HTTP ${answer.status}`, body.apiCode, retryAfter, requestId && `request ${requestId}`]
    .filter(Boolean)
    .join(', ');
  const lead = `${leads[meaning.failure]} (${redact(facts, context.secrets)})`;
  const said = body.message === undefined ? '' : redact(body.message, context.secrets);
  return new AttemptFailure({
    error: new CloudError(meaning.failure, `${sentence(said === '' ? lead : `${lead}: ${said}`)} ${meaning.hint}`, {
      operation: context.operation,
      httpStatus: answer.status,
      apiCode: body.apiCode,
      requestId,
    }),
    retryReason: meaning.retryReason ?? null,
    retryAfterMs: answer.retryAfterMs,
    refusal: meaning.refusal ?? null,
    provesCredential: provesCredential(meaning, body.apiCode),
  });
}

const leads: Record<CloudFailure, string> = {
  auth: 'The cloud refused the credentials',
  forbidden: 'The cloud forbids this',
  throttled: 'The cloud throttles',
  timeout: 'The cloud did not answer in time',
  unreachable: 'The cloud cannot be reached',
  api: 'The cloud answered with an error',
  not_found: 'The cloud does not know this',
  cancelled: 'Cancelled',
};

function meaningOf(answer: ErrorAnswer, body: ErrorBody, context: ErrorContext): Meaning {
  const { status } = answer;
  const { apiCode } = body;
  const known = apiCode === undefined ? undefined : byCode.get(apiCode);
  if (known !== undefined) return known;
  if (status === 401 || apiCode === 'DBS.280056') return authMeaning(answer, body, context);
  if (status === 429) return throttled;
  if (status === 403) return context.proof === 'password' ? tokenForbidden : forbidden;
  if (status === 404) return { failure: 'api', hint: 'Check the endpoint and the project id.' };
  if (status === 500 || status === 502 || status === 503 || status === 504) {
    return {
      failure: 'api',
      hint: 'If it stays, ask the cloud’s support with the request id.',
      retryReason: 'server_error',
    };
  }
  if (status >= 300 && status < 400) {
    return { failure: 'api', hint: `Redirects are not followed. Check that ${context.origin} is the right endpoint.` };
  }
  return { failure: 'api', hint: 'The cloud rejects the request. Check project id, region and endpoint.' };
}

const tokenForbidden: Meaning = {
  failure: 'forbidden',
  hint: 'IAM gives this user no token for the project. Check that the user may log in by program and belongs to the project.',
};

function authMeaning(answer: ErrorAnswer, body: ErrorBody, context: ErrorContext): Meaning {
  if (body.apiCode === 'APIGW.0307') {
    return {
      failure: 'auth',
      hint: "The endpoint may be another region's: check the project's region and endpoint.",
      refusal: context.proof === 'keys' ? 'scope' : 'credential',
    };
  }
  if (context.proof === 'password' && isAboutProject(body.message ?? '')) {
    return { ...tokenForbidden, failure: 'auth', refusal: 'scope' };
  }
  return { failure: 'auth', hint: authHint(answer, context), refusal: 'credential' };
}

function authHint(answer: ErrorAnswer, context: ErrorContext): string {
  const skew = answer.clockSkewSeconds ?? 0;
  if (context.proof === 'keys' && Math.abs(skew) > signatureSkewLimitSeconds) {
    const minutes = Math.round(Math.abs(skew) / 60);
    return `This host's clock is ${minutes} minutes ${skew > 0 ? 'ahead of' : 'behind'} the cloud's; 15 are allowed. Set the clock (NTP), then start again.`;
  }
  return authHints[context.proof];
}

const authHints: Record<Proof, string> = {
  keys: 'Check access key, secret key and, with temporary keys, the security token and its expiry. No further request is made with them: the cloud locks a key after five refusals.',
  token: 'The token is not accepted. Check the user, and that region and endpoint of the project fit.',
  password:
    'Check domain (account name), user name and password. No further request is made with them: the cloud locks the user. Users with MFA or of HUAWEI ID cannot log in by program: use access keys.',
};

/** IAM says 401 also to a good password for a project that the user does not belong to. In doubt it is the password. */
function isAboutProject(message: string): boolean {
  return /\b(project|scope)\b/i.test(message) && !/password|user ?name|locked/i.test(message);
}

/** Only a service behind the gateway's authentication speaks of permissions, parameters and items. */
function provesCredential(meaning: Meaning, apiCode: string | undefined): boolean {
  if (meaning.failure === 'auth') return false;
  return meaning.failure === 'forbidden' || (apiCode?.startsWith('DBS.') ?? false);
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function each(codes: readonly string[], meaning: Meaning): [string, Meaning][] {
  return codes.map((code) => [code, meaning]);
}
