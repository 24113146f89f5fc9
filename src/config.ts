// The configuration's public face: file + environment → Config. How it is done is in config/.

export { shortestKeepSeconds } from './config/cross-checks.ts';
export { configDigest } from './config/digest.ts';
export { configJsonSchema } from './config/json-schema.ts';
export { type ConfigSource, inspectConfig, loadConfig } from './config/load.ts';
export { configYaml } from './config/print.ts';
export { durationSeconds } from './config/scalars.ts';
export type { CloudAuth, CloudConfig, Config, ProjectConfig } from './config/types.ts';
