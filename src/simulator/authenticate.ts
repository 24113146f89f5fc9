// Who calls, and what they may do: token or signature, region, project, permission. The order of the checks and the
// answers are those of the gateway and the service in the API's error reference.

import type { Account } from './account.ts';
import { keyIsLocked, recordKeyAttempt } from './account.ts';
import { gatewayError, notPublished, Refusal, serviceError, unauthorized } from './answers.ts';
import type { Behaviour } from './behaviour.ts';
import type { SimulatedClock } from './clock.ts';
import type { ProjectRecord } from './records.ts';
import type { SignedRequest } from './signature.ts';
import { canonicalRequest, parseAuthorization, parseSdkDate, verifySignature } from './signature.ts';

export interface AuthDeps {
  account: Account;
  clock: SimulatedClock;
  behaviour: Behaviour;
  projects: ReadonlyMap<string, ProjectRecord>;
  /** Projects whose permission was taken away. */
  forbidden: ReadonlySet<string>;
}

export type Principal =
  | { kind: 'token'; projectId: string | null; region: string | null }
  | { kind: 'key'; accessKey: string };

/** The caller, or the refusal of gateway or service. */
export function authenticate(deps: AuthDeps, request: SignedRequest): Principal {
  const token = request.headers['x-auth-token'];
  if (typeof token === 'string') return authenticateToken(deps, token);
  if (request.headers.authorization !== undefined) return authenticateKey(deps, request);
  throw new Refusal(unauthorized('x-auth-token not found'));
}

function authenticateToken(deps: AuthDeps, value: string): Principal {
  const { behaviour, clock } = deps;
  const token = deps.account.tokens.get(value);
  if (token === undefined) {
    if (behaviour.badToken === 'service') throw new Refusal(serviceError(403, 'DBS.280056', 'Invalid token.'));
    throw new Refusal(unauthorized('decrypt token fail'));
  }
  if (token.revoked || token.expiresAt <= clock.nowSeconds()) {
    if (behaviour.badToken === 'service') throw new Refusal(serviceError(403, 'DBS.280056', 'Invalid token.'));
    if (behaviour.expiredToken === 'APIGW.0307') throw new Refusal(tokenToUpdate());
    const expiresAt = new Date(token.expiresAt * 1000).toISOString();
    throw new Refusal(unauthorized(`token expires, expires_at: ${expiresAt}`));
  }
  return { kind: 'token', projectId: token.projectId, region: token.region };
}

function tokenToUpdate() {
  return gatewayError(401, 'APIGW.0307', 'The token must be updated.');
}

function authenticateKey(deps: AuthDeps, request: SignedRequest): Principal {
  const { account, clock, behaviour } = deps;
  const authorization = parseAuthorization(request.headers.authorization);
  if (authorization === null) throw new Refusal(unauthorized('authorization header is malformed'));
  const { accessKey, signedHeaders, signature } = authorization;
  if (keyIsLocked(account, accessKey, clock)) {
    throw new Refusal(unauthorized('AK access failed to reach the limit,forbidden'));
  }
  const fail = (message: string): Refusal => {
    recordKeyAttempt(account, accessKey, false, clock);
    return new Refusal(unauthorized(message));
  };
  const key = account.keys.get(accessKey);
  if (key === undefined) throw fail(`Get secretKey failed,ak:${accessKey},err:ak not exist`);
  const date = String(request.headers['x-sdk-date'] ?? '');
  const at = parseSdkDate(date);
  if (at === null || !signedHeaders.includes('x-sdk-date')) throw fail('x-sdk-date is missing or not signed');
  if (Math.abs(at - clock.nowSeconds() - behaviour.clockSkewMs / 1000) > behaviour.skewLimitSeconds) {
    const message = 'Incorrect app authentication information: x-sdk-date is out of the allowed range';
    throw new Refusal(gatewayError(401, 'APIGW.0303', message));
  }
  const canonical = canonicalRequest(request, signedHeaders);
  if (!verifySignature({ canonical, date, secretKey: key.secretKey, signature })) {
    throw fail(`verify aksk signature fail, canonicalRequest:${canonical.replaceAll('\n', '|')}`);
  }
  if (key.securityToken !== null) {
    if (request.headers['x-security-token'] !== key.securityToken) throw fail('security token is missing or invalid');
    if (key.expiresAt !== null && key.expiresAt <= clock.nowSeconds()) throw fail('security token has expired');
  }
  recordKeyAttempt(account, accessKey, true, clock);
  return { kind: 'key', accessKey };
}

/** What the throttle counts by. */
export function principalName(principal: Principal): string {
  return principal.kind === 'key' ? principal.accessKey : 'token';
}

/** Whether the caller may use the project at this region's endpoint; throws the refusal. */
export function authorizeProject(
  deps: AuthDeps,
  principal: Principal,
  target: { projectId: string; region: string | null; headerProjectId: string | undefined },
): ProjectRecord {
  const project = deps.projects.get(target.projectId);
  if (principal.kind === 'token') {
    if (principal.projectId === null) throw new Refusal(notPublished());
    if (target.region !== null && principal.region !== target.region) throw new Refusal(tokenToUpdate());
    if (principal.projectId !== target.projectId) throw new Refusal(foreignProject(deps.behaviour));
  }
  if (project === undefined) throw new Refusal(foreignProject(deps.behaviour));
  if (target.headerProjectId !== undefined && target.headerProjectId !== target.projectId) {
    throw new Refusal(foreignProject(deps.behaviour));
  }
  if (target.region !== null && project.region !== target.region) {
    throw new Refusal(gatewayError(403, 'APIGW.0310', 'The project is unavailable in this region.'));
  }
  return project;
}

function foreignProject(behaviour: Behaviour) {
  return behaviour.foreignProject === 'bad_project'
    ? serviceError(400, 'DBS.280408', 'Invalid project ID.')
    : serviceError(403, 'DBS.280032', 'No permission to access the project.');
}

/** `granted`, or `hidden` where a missing permission shows as an empty list; otherwise throws the refusal. */
export function authorizeAction(deps: AuthDeps, projectId: string, action: string): 'granted' | 'hidden' {
  const { permissions, noPermission } = deps.behaviour;
  const granted = permissions === null || permissions.includes(action);
  if (granted && !deps.forbidden.has(projectId)) return 'granted';
  if (noPermission === 'empty') return 'hidden';
  throw new Refusal(
    noPermission === '400'
      ? serviceError(400, 'DBS.280063', 'You do not have the permission to perform this operation.')
      : serviceError(403, 'DBS.280032', `Policy doesn't allow ${action} to be performed.`),
  );
}
