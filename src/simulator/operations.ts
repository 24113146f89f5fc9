// The table of operations: which request is which, what permission it needs, who answers it. The checks around it are in
// serve.ts.

import type { Answer } from './answers.ts';
import { keystoneError } from './answers.ts';
import type { AuthDeps } from './authenticate.ts';
import type { ListDeps } from './backup-api.ts';
import { listBackups } from './backup-api.ts';
import { assumeAgency, createSecurityToken, createToken, listAllProjects, listOwnProjects } from './iam-api.ts';
import {
  dropBackup,
  filterByTags,
  listInstances,
  listRecycled,
  showInstanceTags,
  showPolicy,
  showProjectTags,
} from './instance-api.ts';
import type { SignedRequest } from './signature.ts';

export interface Exchange extends SignedRequest {
  number: number;
  /** Region of the endpoint; null = an endpoint of all regions. */
  region: string | null;
}

interface ServiceCall {
  lists: ListDeps;
  exchange: Exchange;
  /** Variable parts of the path after the project. */
  parts: string[];
}

interface Route {
  name: string;
  method: string;
  pattern: RegExp;
}

/** IAM checks its callers for itself. */
export interface IamOperation extends Route {
  kind: 'iam';
  serve: (auth: AuthDeps, exchange: Exchange) => Answer;
}

export interface ServiceOperation extends Route {
  kind: 'service';
  /** The permission it needs. */
  action: string;
  /** Where its rows are, if it answers a list. */
  listKey?: 'backups' | 'instances';
  serve: (call: ServiceCall) => Answer;
}

export type Operation = IamOperation | ServiceOperation;

const backupList = 'nosql:backup:list';
const instanceList = 'nosql:instance:list';

function service(
  name: string,
  route: [method: string, version: string, tail: string],
  action: string,
  serve: ServiceOperation['serve'],
  listKey?: 'backups' | 'instances',
): ServiceOperation {
  const [method, version, tail] = route;
  const pattern = new RegExp(`^/${version.replace('.', '\\.')}/([^/]+)${tail.replaceAll('*', '([^/]+)')}$`);
  return { kind: 'service', name, method, pattern, action, serve, ...(listKey === undefined ? {} : { listKey }) };
}

function iam(name: string, method: string, path: string, serve: IamOperation['serve']): IamOperation {
  return { kind: 'iam', name, method, pattern: new RegExp(`^${path.replaceAll('.', '\\.')}$`), serve };
}

function jsonBody(exchange: Exchange): unknown {
  try {
    return JSON.parse(exchange.body.toString('utf8'));
  } catch {
    return null;
  }
}

const operations: readonly Operation[] = [
  iam('create_token', 'POST', '/v3/auth/tokens', (auth, exchange) => createToken(auth, exchange, jsonBody(exchange))),
  iam('list_own_projects', 'GET', '/v3/auth/projects', (auth, exchange) => listOwnProjects(auth, exchange)),
  iam('list_projects', 'GET', '/v3/projects', (auth, exchange) => listAllProjects(auth, exchange, exchange.query)),
  iam('create_project', 'POST', '/v3/projects', () =>
    keystoneError(403, 'Forbidden', 'You are not authorized to perform the requested action.'),
  ),
  iam('create_security_token', 'POST', '/v3.0/OS-CREDENTIAL/securitytokens', (auth, exchange) =>
    createSecurityToken(auth, exchange, jsonBody(exchange)),
  ),
  iam('assume_agency', 'POST', '/v5/agencies/assume', (auth, exchange) =>
    assumeAgency(auth, exchange, jsonBody(exchange)),
  ),
  service(
    'list_backups',
    ['GET', 'v4', '/backups'],
    backupList,
    (c) => listBackups(c.lists, c.exchange.query, 'v4'),
    'backups',
  ),
  service(
    'list_backups_v3_1',
    ['GET', 'v3.1', '/backups'],
    backupList,
    (c) => listBackups(c.lists, c.exchange.query, 'v3.1'),
    'backups',
  ),
  service(
    'list_backups_v3',
    ['GET', 'v3', '/backups'],
    instanceList,
    (c) => listBackups(c.lists, c.exchange.query, 'v3'),
    'backups',
  ),
  service(
    'list_instances',
    ['GET', 'v3', '/instances'],
    instanceList,
    (c) => listInstances(c.lists, c.exchange.query),
    'instances',
  ),
  service('show_policy', ['GET', 'v3', '/instances/*/backups/policy'], backupList, (c) =>
    showPolicy(c.lists, c.exchange.query, 'v3', c.parts[0] ?? ''),
  ),
  service('show_policy_v3_1', ['GET', 'v3.1', '/instances/*/backups/policy'], backupList, (c) =>
    showPolicy(c.lists, c.exchange.query, 'v3.1', c.parts[0] ?? ''),
  ),
  service('show_instance_tags', ['GET', 'v3', '/instances/*/tags'], 'nosql:tag:list', (c) =>
    showInstanceTags(c.lists, c.parts[0] ?? ''),
  ),
  service('show_project_tags', ['GET', 'v3', '/tags'], 'nosql:tag:list', (c) => showProjectTags(c.lists)),
  service('filter_by_tags', ['POST', 'v3', '/instances/resource[-_]instances/action'], 'nosql:tag:list', (c) =>
    filterByTags(c.lists, jsonBody(c.exchange)),
  ),
  service('list_recycled', ['GET', 'v3', '/recycle-instances'], instanceList, (c) =>
    listRecycled(c.lists, c.exchange.query),
  ),
  service('stop_backup', ['PUT', 'v3', '/backups/*'], 'nosql:backup:delete', (c) =>
    dropBackup(c.lists, c.parts[0] ?? '', 'stopped'),
  ),
  service('delete_backup', ['DELETE', 'v3', '/backups/*'], 'nosql:backup:delete', (c) =>
    dropBackup(c.lists, c.parts[0] ?? '', 'deleted'),
  ),
];

export interface Routed {
  operation: Operation | null;
  projectId: string | null;
  parts: string[];
}

/** Which operation the request is, and the project in its path. */
export function route(method: string, path: string): Routed {
  for (const operation of operations) {
    const match = operation.method === method ? operation.pattern.exec(path) : null;
    if (match === null) continue;
    const [projectId = null, ...parts] = match.slice(1).map(safeDecode);
    return { operation, projectId: operation.kind === 'iam' ? null : projectId, parts };
  }
  return { operation: null, projectId: null, parts: [] };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
