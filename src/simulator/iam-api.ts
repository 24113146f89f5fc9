// The parts of IAM that a reader of backups meets: tokens by password or agency, projects, temporary keys. Shapes and
// codes follow the IAM API reference; Keystone calls have their own error form.

import type { Token } from './account.ts';
import { addKey, addToken, tryPassword } from './account.ts';
import type { Answer } from './answers.ts';
import { keystoneError, ok, Refusal, serviceError } from './answers.ts';
import type { AuthDeps, Principal } from './authenticate.ts';
import { authenticate } from './authenticate.ts';
import type { Query } from './query.ts';
import { parameter } from './query.ts';
import { hex32 } from './random.ts';
import type { SignedRequest } from './signature.ts';

type Json = Record<string, unknown>;

function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? (inner as Json)[name] : undefined),
    value,
  );
}

/** POST /v3/auth/tokens: 201 and the token in a header. */
export function createToken(deps: AuthDeps, request: SignedRequest, body: unknown): Answer {
  const methods = field(body, 'auth', 'identity', 'methods');
  const method = Array.isArray(methods) ? methods[0] : undefined;
  if (method === 'password') checkPassword(deps, body);
  else if (method === 'assume_role') checkAgency(deps, request, body);
  else throw new Refusal(keystoneError(400, 'Bad Request', 'The request body is invalid: identity.methods'));
  const scope = projectScope(deps, field(body, 'auth', 'scope'));
  const issuedAt = deps.clock.nowSeconds();
  const token = addToken(deps.account, scope, { issuedAt, hours: deps.behaviour.tokenHours });
  const withCatalog = (parameter(request.query, 'nocatalog') ?? '') === '';
  return {
    status: 201,
    headers: { 'x-subject-token': token.value },
    body: { token: describeToken(deps, token, { method, withCatalog }) },
  };
}

function checkPassword(deps: AuthDeps, body: unknown): void {
  const user = field(body, 'auth', 'identity', 'password', 'user');
  const outcome = tryPassword(
    deps.account,
    { domain: field(user, 'domain', 'name'), user: field(user, 'name'), password: field(user, 'password') },
    deps.clock,
  );
  if (outcome === 'locked') {
    throw new Refusal(keystoneError(401, 'Unauthorized', 'The account is locked. Try again later.'));
  }
  if (outcome === 'wrong') {
    throw new Refusal(keystoneError(401, 'Unauthorized', 'The username or password is wrong.'));
  }
}

function checkAgency(deps: AuthDeps, request: SignedRequest, body: unknown): void {
  requireCaller(deps, request);
  const role = field(body, 'auth', 'identity', 'assume_role');
  const agency = field(role, 'agency_name') ?? field(role, 'xrole_name');
  const domain = field(role, 'domain_name') ?? field(role, 'domain_id');
  if (typeof agency !== 'string' || typeof domain !== 'string') {
    throw new Refusal(keystoneError(400, 'Bad Request', 'The request body is invalid: assume_role'));
  }
}

/** The project wins where both scopes are sent; without a project the token is of the whole account. */
function projectScope(deps: AuthDeps, scope: unknown): { projectId: string | null; region: string | null } {
  const asked = field(scope, 'project');
  if (asked === undefined) return { projectId: null, region: null };
  const id = field(asked, 'id');
  const name = field(asked, 'name');
  const project = [...deps.projects.values()].find((one) => one.projectId === id || one.name === name);
  if (project === undefined)
    throw new Refusal(keystoneError(404, 'Not Found', `Could not find project: ${id ?? name}.`));
  return { projectId: project.projectId, region: project.region };
}

function describeToken(deps: AuthDeps, token: Token, how: { method: unknown; withCatalog: boolean }): Json {
  const { account } = deps;
  const domain = { id: account.domainId, name: account.domainName };
  const project = token.projectId === null ? undefined : deps.projects.get(token.projectId);
  return {
    methods: [how.method],
    expires_at: microseconds(token.expiresAt),
    issued_at: microseconds(token.issuedAt),
    user: { id: account.userId, name: account.userName, domain, password_expires_at: '' },
    roles: [{ id: '0', name: 'op_gated_nosql' }],
    ...(project === undefined ? { domain } : { project: { id: project.projectId, name: project.name, domain } }),
    ...(how.withCatalog ? { catalog: [{ type: 'nosql', id: hex32(1), name: 'nosql', endpoints: [] }] } : {}),
  };
}

/** `2026-01-28T01:42:57.527363Z`: six decimals. */
function microseconds(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.527363Z`;
}

/** IAM answers in Keystone's form where the gateway would use its own. */
function requireCaller(deps: AuthDeps, request: SignedRequest): Principal {
  try {
    return authenticate(deps, request);
  } catch (error) {
    if (!(error instanceof Refusal) || request.headers.authorization !== undefined) throw error;
    throw new Refusal(keystoneError(401, 'Unauthorized', 'The request you have made requires authentication.'));
  }
}

/** GET /v3/auth/projects: any valid caller, no paging. */
export function listOwnProjects(deps: AuthDeps, request: SignedRequest): Answer {
  requireCaller(deps, request);
  return ok({ projects: describeProjects(deps), links: { self: 'https://iam.example/v3/auth/projects' } });
}

/** GET /v3/projects: needs an IAM permission; filters and paging. */
export function listAllProjects(deps: AuthDeps, request: SignedRequest, query: Query): Answer {
  requireCaller(deps, request);
  const { permissions } = deps.behaviour;
  if (permissions !== null && !permissions.includes('iam:projects:listProjects')) {
    throw new Refusal(keystoneError(403, 'Forbidden', 'You are not authorized to perform the requested action.'));
  }
  const wanted = { name: parameter(query, 'name'), parent_id: parameter(query, 'parent_id') };
  const enabled = parameter(query, 'enabled');
  const rows = describeProjects(deps).filter(
    (row) =>
      (wanted.name === undefined || row.name === wanted.name) &&
      (wanted.parent_id === undefined || row.parent_id === wanted.parent_id) &&
      (enabled === undefined || String(row.enabled) === enabled),
  );
  const [page, perPage] = [parameter(query, 'page'), parameter(query, 'per_page')];
  if ((page === undefined) !== (perPage === undefined)) {
    throw new Refusal(keystoneError(400, 'Bad Request', 'page and per_page go together.'));
  }
  const size = Number(perPage ?? rows.length);
  const from = (Number(page ?? 1) - 1) * size;
  return ok({ projects: rows.slice(from, from + size), links: { self: 'https://iam.example/v3/projects' } });
}

function describeProjects(deps: AuthDeps): Json[] {
  const { domainId } = deps.account;
  const real = [...deps.projects.values()];
  const row = (id: string, name: string, parentId: string, enabled: boolean): Json => ({
    id,
    name,
    parent_id: parentId,
    domain_id: domainId,
    is_domain: false,
    enabled,
    description: '',
    links: { self: `https://iam.example/v3/projects/${id}` },
  });
  return [
    ...real.map((project) => {
      const parent = real.find((other) => other.name === project.region);
      const isSystem = project.name === project.region;
      return row(project.projectId, project.name, isSystem || parent === undefined ? domainId : parent.projectId, true);
    }),
    row(hex32(deps.account.seed, 71), 'MOS', domainId, true),
    row(hex32(deps.account.seed, 72), 'ap-southeast-1_closed', domainId, false),
  ];
}

/** POST /v3.0/OS-CREDENTIAL/securitytokens: temporary keys, classic. */
export function createSecurityToken(deps: AuthDeps, request: SignedRequest, body: unknown): Answer {
  requireCaller(deps, request);
  const identity = field(body, 'auth', 'identity');
  const asked = field(identity, 'token', 'duration_seconds') ?? field(identity, 'assume_role', 'duration_seconds');
  const seconds = asked === undefined ? 900 : Number(asked);
  if (!(seconds >= 900 && seconds <= 86_400)) {
    throw new Refusal(serviceError(400, 'IAM.0007', 'Request parameters is invalid: duration_seconds'));
  }
  const key = addKey(deps.account, { expiresAt: deps.clock.nowSeconds() + seconds });
  return ok(
    {
      credential: {
        access: key.accessKey,
        secret: key.secretKey,
        securitytoken: key.securityToken,
        expires_at: microseconds(key.expiresAt ?? 0),
      },
    },
    201,
  );
}

/** POST /v5/agencies/assume: temporary keys, new. */
export function assumeAgency(deps: AuthDeps, request: SignedRequest, body: unknown): Answer {
  requireCaller(deps, request);
  const seconds = Number(field(body, 'duration_seconds') ?? 3600);
  if (typeof field(body, 'agency_urn') !== 'string' || !(seconds >= 900 && seconds <= 43_200)) {
    throw new Refusal(serviceError(400, 'PAP5.0001', 'Invalid parameter.'));
  }
  const key = addKey(deps.account, { expiresAt: deps.clock.nowSeconds() + seconds });
  return ok({
    credentials: {
      access_key_id: key.accessKey,
      secret_access_key: key.secretKey,
      security_token: key.securityToken,
      expiration: microseconds(key.expiresAt ?? 0),
    },
  });
}
