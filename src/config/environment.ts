// What the environment says, laid over the file's tree. The environment wins, with two limits that keep halves from
// mixing: keys of the other method than the file's are not taken, and the variables for one project count only where
// the file names none.

import { isTree, type Tree, valueAt, withValue } from './path.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Overlaid {
  tree: Tree;
  /** By path text: the variable that a value came from. */
  origins: Map<string, string>;
}

const keyVariables = {
  accessKey: 'HUAWEICLOUD_SDK_AK',
  secretKey: 'HUAWEICLOUD_SDK_SK',
  securityToken: 'HUAWEICLOUD_SDK_SECURITY_TOKEN',
} as const;
const userVariables = {
  domain: 'HUAWEICLOUD_DOMAIN',
  username: 'HUAWEICLOUD_USERNAME',
  password: 'HUAWEICLOUD_PASSWORD',
} as const;
const projectVariables = {
  id: 'HUAWEICLOUD_PROJECT_ID',
  region: 'HUAWEICLOUD_REGION',
  endpoint: 'HUAWEICLOUD_ENDPOINT',
} as const;

/** The tree with the environment's values in place. An empty variable counts as unset. */
export function overlayEnvironment(fileTree: Tree, env: Environment): Overlaid {
  const origins = new Map<string, string>();
  let tree = fileTree;
  const put = (path: readonly string[], variable: string) => {
    const value = env[variable];
    if (!value) return;
    tree = withValue(tree, path, value);
    origins.set(path.join('.'), variable);
  };
  put(['database', 'url'], 'DATABASE_URL');
  put(['cloud', 'iamEndpoint'], 'HUAWEICLOUD_IAM_ENDPOINT');

  const method = authMethod(tree, env);
  if (method === 'aksk') {
    const wholePair = Boolean(env[keyVariables.accessKey] && env[keyVariables.secretKey]);
    // A token belongs to its pair of keys: it comes from where they both come from.
    if (wholePair) tree = withoutKey(tree, ['cloud', 'auth', 'securityToken']);
    for (const [key, variable] of Object.entries(keyVariables)) {
      if (key !== 'securityToken' || wholePair) put(['cloud', 'auth', key], variable);
    }
  }
  if (method === 'password') {
    for (const [key, variable] of Object.entries(userVariables)) put(['cloud', 'auth', key], variable);
  }
  return withEnvironmentProject({ tree, origins }, env);
}

/** The method that the file names or its keys imply; where it has none, the one that the environment has keys for. */
export function authMethod(tree: Tree, env: Environment): string | null {
  const auth = valueAt(tree, ['cloud', 'auth']);
  if (isTree(auth)) {
    if (auth.method !== undefined) return typeof auth.method === 'string' ? auth.method : null;
    if (Object.keys(keyVariables).some((key) => key in auth)) return 'aksk';
    if (Object.keys(userVariables).some((key) => key in auth)) return 'password';
  }
  if (env[keyVariables.accessKey] || env[keyVariables.secretKey]) return 'aksk';
  return env[userVariables.username] || env[userVariables.password] ? 'password' : null;
}

function withEnvironmentProject({ tree, origins }: Overlaid, env: Environment): Overlaid {
  const listed = tree.projects;
  const none = listed === undefined || (Array.isArray(listed) && listed.length === 0);
  const discovers = valueAt(tree, ['discovery', 'enabled']);
  if (!none || discovers === true || discovers === 'true' || !env[projectVariables.id]) return { tree, origins };
  const given = Object.entries(projectVariables).filter(([, variable]) => env[variable]);
  for (const [key, variable] of given) origins.set(`projects[0].${key}`, variable);
  return { tree: { ...tree, projects: [Object.fromEntries(given.map(([key, name]) => [key, env[name]]))] }, origins };
}

function withoutKey(tree: Tree, path: readonly string[]): Tree {
  const parent = valueAt(tree, path.slice(0, -1));
  if (!isTree(parent)) return tree;
  const { [path.at(-1) ?? '']: _dropped, ...rest } = parent;
  return withValue(tree, path.slice(0, -1), rest);
}
