// What values must be to each other: not seen by looking at one key. Works on the tree before it is typed, so that
// these faults are told together with those of single values.

import { regionIn } from './assemble.ts';
import { authMethod, type Environment } from './environment.ts';
import { isTree, type Path, pathText, type Tree, valueAt } from './path.ts';
import { durationSeconds } from './scalars.ts';

export interface CrossFault {
  path: Path;
  problem: string;
  remedy: string;
}

/** `cloud`: credentials and something to read must be there. `reader`: they may be missing, and are not looked at. */
export type Need = 'cloud' | 'reader';

export function crossChecks(tree: Tree, env: Environment, need: Need): CrossFault[] {
  const faults = [...projectFaults(tree), ...objectiveFaults(tree), ...retentionFaults(tree)];
  return need === 'reader'
    ? faults
    : [...faults, ...authFaults(tree, env), ...tokenFaults(tree, env), ...nothingToRead(tree)];
}

function* trees(tree: Tree, list: string): Generator<[Tree, number]> {
  const items = tree[list];
  if (!Array.isArray(items)) return;
  for (const [index, item] of items.entries()) if (isTree(item)) yield [item, index];
}

function projectFaults(tree: Tree): CrossFault[] {
  const faults: CrossFault[] = [];
  const firstOf = new Map<unknown, number>();
  for (const [project, index] of trees(tree, 'projects')) {
    if (project.region === undefined && project.endpoint === undefined) {
      const remedy = 'give the region (HUAWEICLOUD_REGION without a file) or an endpoint';
      faults.push({ path: ['projects', index, 'region'], problem: 'is missing', remedy });
    }
    if (typeof project.id !== 'string') continue;
    const first = firstOf.get(project.id);
    if (first === undefined) firstOf.set(project.id, index);
    else {
      const problem = `is the same project as ${pathText(['projects', first])}`;
      faults.push({ path: ['projects', index, 'id'], problem, remedy: 'list each project once' });
    }
  }
  return faults;
}

function objectiveFaults(tree: Tree): CrossFault[] {
  let matchesAll: number | null = null;
  const faults: CrossFault[] = [];
  for (const [objective, index] of trees(tree, 'objectives')) {
    if (matchesAll !== null) {
      const problem = `is never reached: ${pathText(['objectives', matchesAll])} matches everything`;
      faults.push({ path: ['objectives', index], problem, remedy: 'put the general objective last' });
    } else if (isCatchAll(objective.match)) matchesAll = index;
  }
  return faults;
}

/** Reports look back a month, and who removes more has mistaken the unit. */
export const shortestKeepSeconds = 30 * 86_400;

function retentionFaults(tree: Tree): CrossFault[] {
  const path = ['retention', 'keep'];
  const keep = valueAt(tree, path);
  const seconds = typeof keep === 'string' ? durationSeconds(keep) : null; // what is no duration has its own fault
  if (seconds === null || seconds >= shortestKeepSeconds) return [];
  return [{ path, problem: 'is too short', remedy: 'keep 30d at least' }];
}

function isCatchAll(match: unknown): boolean {
  return match === undefined || (isTree(match) && Object.values(match).every((glob) => glob === '*'));
}

const keysOf: Record<string, { needed: readonly string[]; foreign: readonly string[] }> = {
  aksk: { needed: ['accessKey', 'secretKey'], foreign: ['domain', 'username', 'password'] },
  password: { needed: ['domain', 'username', 'password'], foreign: ['accessKey', 'secretKey', 'securityToken'] },
};
const variableOf: Record<string, string> = {
  accessKey: 'HUAWEICLOUD_SDK_AK',
  secretKey: 'HUAWEICLOUD_SDK_SK',
  domain: 'HUAWEICLOUD_DOMAIN',
  username: 'HUAWEICLOUD_USERNAME',
  password: 'HUAWEICLOUD_PASSWORD',
};

function authFaults(tree: Tree, env: Environment): CrossFault[] {
  const auth = valueAt(tree, ['cloud', 'auth']);
  if (auth !== undefined && !isTree(auth)) return [];
  const method = authMethod(tree, env);
  if (method === null) {
    if (auth !== undefined && isTree(auth) && auth.method !== undefined) return [];
    const remedy =
      'set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or HUAWEICLOUD_USERNAME, HUAWEICLOUD_PASSWORD and HUAWEICLOUD_DOMAIN, or give them here';
    return [{ path: ['cloud', 'auth'], problem: 'has no credentials', remedy }];
  }
  const rules = keysOf[method];
  if (rules === undefined) return []; // an unknown method has its own fault
  const given = isTree(auth) ? auth : {};
  const missing = rules.needed
    .filter((key) => given[key] === undefined)
    .map((key) => ({ problem: 'is missing', remedy: `give it or set ${variableOf[key]}`, key }));
  const foreign = rules.foreign
    .filter((key) => given[key] !== undefined)
    .map((key) => ({ problem: `does not go with method ${method}`, remedy: 'remove it or change the method', key }));
  return [...missing, ...foreign].map(({ key, ...rest }) => ({ path: ['cloud', 'auth', key], ...rest }));
}

/** Tokens are bought from IAM, whose address comes from the region. */
function tokenFaults(tree: Tree, env: Environment): CrossFault[] {
  if (authMethod(tree, env) !== 'password' || valueAt(tree, ['cloud', 'iamEndpoint']) !== undefined) return [];
  return [...trees(tree, 'projects')].flatMap(([{ region, endpoint }, index]) => {
    if (region !== undefined || typeof endpoint !== 'string' || regionIn(endpoint) !== null) return [];
    const problem = 'is missing: with a password IAM is asked, and its address comes from the region';
    const remedy = 'give the region, or cloud.iamEndpoint (HUAWEICLOUD_IAM_ENDPOINT)';
    return [{ path: ['projects', index, 'region'], problem, remedy }];
  });
}

function nothingToRead(tree: Tree): CrossFault[] {
  const listed = tree.projects;
  if (listed !== undefined && !(Array.isArray(listed) && listed.length === 0)) return [];
  const enabled = valueAt(tree, ['discovery', 'enabled']);
  if (enabled !== undefined && enabled !== false && enabled !== 'false') return [];
  const remedy = 'list a project, set HUAWEICLOUD_PROJECT_ID and HUAWEICLOUD_REGION, or switch discovery.enabled on';
  return [{ path: ['projects'], problem: 'is empty: there is nothing to read', remedy }];
}
