// The only place that builds adapters from the configuration. Each function opens something; dispose in reverse.

import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type CloudAuth, type CloudConfig, type Config, configDigest, type ProjectConfig } from '../config.ts';
import { ConfigError, UsageError } from '../faults.ts';
import { type Cloud, createCloud, type CloudAuth as WireAuth } from '../huawei/cloud.ts';
import { endpointOf } from '../huawei/endpoints.ts';
import { geminidb } from '../huawei/services/geminidb.ts';
import type { Project } from '../inventory/model.ts';
import type { Clock } from '../inventory/ports.ts';
import { type Database, openDatabase } from '../postgres/database.ts';
import { hasEmbedded } from '../postgres/embedded.ts';
import type { SelfMetrics } from '../prometheus/self.ts';
import { programVersion } from '../version.ts';

/** Opens the configured database, making an embedded one where there is none; nothing is migrated. */
export function openConfiguredDatabase(config: Config): Promise<Database> {
  return openDatabase({
    url: config.database.url?.reveal(),
    directory: config.database.directory,
    applicationName: 'backup-inventory',
    statementTimeoutMs: config.database.statementTimeoutMs,
  });
}

/** As openConfiguredDatabase for what only reads: throws UsageError where there is no embedded database, and makes none. */
export async function openExistingDatabase(config: Config): Promise<Database> {
  const { url, directory } = config.database;
  if (url !== null || hasEmbedded(directory)) return await openConfiguredDatabase(config);
  throw new UsageError(
    `There is no inventory in ${resolve(directory)} yet. Run: backup-inventory sync. Or say where it is: database.url (DATABASE_URL) or database.directory.`,
  );
}

/** The cloud as configured. What it tells of itself goes to the metrics. */
export function openCloud(config: CloudConfig, clock: Clock, self: SelfMetrics): Cloud {
  const { cloud } = config;
  return createCloud({
    auth: authOf(cloud.auth),
    iamEndpoint: cloud.iamEndpoint ?? undefined,
    requestsPerSecond: cloud.requestsPerSecond,
    concurrency: cloud.concurrency,
    requestTimeoutMs: cloud.requestTimeoutMs,
    retries: cloud.retries,
    userAgent: `backup-inventory-exporter/${programVersion()}`,
    clock,
    observe: (event) => self.observe(event),
  });
}

function authOf(auth: CloudAuth): WireAuth {
  if (auth.method === 'password') {
    const { domain, username, password } = auth;
    return { method: 'password', domain, username, password: password.reveal() };
  }
  const { accessKey, secretKey, securityToken } = auth;
  return {
    method: 'aksk',
    accessKey: accessKey.reveal(),
    secretKey: secretKey.reveal(),
    securityToken: securityToken?.reveal(),
  };
}

/** The configured projects with the endpoint of each. Throws ConfigError where a region is not known. */
export function configuredProjects(config: Config): Project[] {
  return config.projects.map((project) => ({
    projectId: project.projectId,
    name: project.name,
    region: project.region ?? '',
    endpoint: project.endpoint ?? regionalEndpoint(project),
  }));
}

function regionalEndpoint({ projectId, region }: ProjectConfig): string {
  try {
    return endpointOf(geminidb.hostPrefix, region ?? '');
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      { path: `projects (${projectId})`, problem, remedy: 'correct the region or give an endpoint', where: null },
    ]);
  }
}

/** Who runs, for the run's row. */
export function runIdentity(config: Config) {
  return {
    configDigest: configDigest(config),
    programVersion: programVersion(),
    host: hostname(),
    processId: process.pid,
  };
}
