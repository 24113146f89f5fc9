// The pipeline: file → placeholders → environment → checks → Config. Each step is pure but for the reading of files.

import { ConfigError, type Fault } from '../faults.ts';
import { Secret, type SecretRegistry } from '../secret.ts';
import { assemble } from './assemble.ts';
import { crossChecks, type Need } from './cross-checks.ts';
import { type Environment, overlayEnvironment } from './environment.ts';
import { type ConfigFile, noFile, readConfigFile } from './file.ts';
import { isTree, type Path, pathText, type Tree, valueAt } from './path.ts';
import { type FileConfig, fileSchema } from './schema.ts';
import { substitute } from './substitute.ts';
import { faultsOf } from './told.ts';
import type { CloudConfig, Config } from './types.ts';

/** Where a configuration comes from. */
export interface ConfigSource {
  /** null = the environment alone. */
  file: string | null;
  env: Environment;
  /** Learns every secret that is read, also when the configuration has faults. */
  secrets: SecretRegistry;
}

/** All that can be said of a configuration, good or not. */
export interface Inspection {
  /** null where there are faults. */
  config: Config | null;
  faults: Fault[];
  /** Where the value of a path comes from: `file:line`, a variable, or `default`. */
  originOf(path: Path): string;
}

/** Reads the configuration; throws ConfigError with every fault. */
export async function loadConfig(source: ConfigSource, need: 'cloud'): Promise<CloudConfig>;
export async function loadConfig(source: ConfigSource, need: Need): Promise<Config>;
export async function loadConfig(source: ConfigSource, need: Need): Promise<Config> {
  const { config, faults } = await inspectConfig(source, need);
  if (config === null) throw new ConfigError(faults);
  return config;
}

/** Reads the configuration and tells all about it; throws nothing. */
export async function inspectConfig(source: ConfigSource, need: Need): Promise<Inspection> {
  const file = source.file === null ? noFile : await readConfigFile(source.file);
  return inspectTree(file, source, need);
}

/** As inspectConfig, for a file that has been read. */
export function inspectTree(file: ConfigFile, source: ConfigSource, need: Need): Inspection {
  const substituted = substitute(file.tree, { env: source.env, file: source.file, where: file.where });
  const fileTree = isTree(substituted.tree) ? substituted.tree : {};
  const { tree, origins } = overlayEnvironment(fileTree, source.env);
  const originOf = (path: Path): string => {
    if (valueAt(tree, path) === undefined) return 'default';
    return origins.get(pathText(path)) ?? file.where(path) ?? 'default';
  };
  // A file that is no YAML says nothing: what it lacks is not to be complained about.
  if (file.faults.length > 0) return { config: null, faults: file.faults, originOf };

  const parsed = fileSchema.safeParse(tree);
  learnSecrets(parsed.data ?? tree, source.secrets);
  const told = faultsOf(parsed.error?.issues ?? [], crossChecks(tree, source.env, need), {
    tree,
    where: (path) => origins.get(pathText(path)) ?? file.where(path),
    placeholders: new Map([...substituted.origins, ...origins]),
    alreadyTold: new Set(substituted.faults.map((fault) => fault.path)),
  });
  const faults = [...substituted.faults, ...told]
    .filter((fault) => need === 'cloud' || !isCredential(fault.path))
    .sort((a, b) => (a.where ?? '').localeCompare(b.where ?? '', 'en', { numeric: true }));
  if (faults.length > 0) return { config: null, faults, originOf };
  // A reader never holds credentials, not even good ones.
  const given = need === 'cloud' ? parsed.data : fileSchema.safeParse(withoutAuth(tree)).data;
  return { config: assemble(given as FileConfig, source.file), faults, originOf };
}

function isCredential(path: string): boolean {
  return path === 'cloud.auth' || path.startsWith('cloud.auth.');
}

function withoutAuth(tree: Tree): Tree {
  if (!isTree(tree.cloud)) return tree;
  const { auth: _notNeeded, ...cloud } = tree.cloud;
  return { ...tree, cloud };
}

/** The registry learns the parsed secrets; of a tree with faults, whatever stands where a secret belongs. */
function learnSecrets(value: unknown, secrets: SecretRegistry): void {
  const learn = (at: unknown, key: string): void => {
    if (at instanceof Secret) learn(at.reveal(), key === 'url' ? key : 'password');
    else if (typeof at === 'string') {
      if (key === 'url') secrets.addUrl(at);
      else if (['accessKey', 'secretKey', 'securityToken', 'password', 'bearerToken'].includes(key)) secrets.add(at);
    } else if (Array.isArray(at)) for (const item of at) learn(item, key);
    else if (isTree(at)) for (const [name, item] of Object.entries(at)) learn(item, name);
  };
  learn(value, '');
}
