// From the file's names to the names that the program uses, and back again for printing.

import { durationText } from './scalars.ts';
import type { FileConfig } from './schema.ts';
import type { CloudAuth, Config, Exemption, Match, Objective, ProjectConfig } from './types.ts';

const defaultObjective: Objective = {
  match: { project: null, instance: null, datastore: null },
  rpoSeconds: 26 * 3600,
  retentionSeconds: 7 * 86_400,
  minimumCopies: 1,
  countManual: true,
};

/** The effective configuration. `given` has passed every check. */
export function assemble(given: FileConfig, file: string | null): Config {
  const { database, cloud, discovery, schedule, http } = given;
  const objectives = given.objectives.map(objectiveOf);
  return {
    file,
    database: { ...database, url: database.url ?? null },
    cloud: { ...cloud, auth: authOf(cloud.auth), iamEndpoint: cloud.iamEndpoint ?? null },
    projects: given.projects.map(projectOf),
    discovery,
    schedule: { full: schedule.full, recent: schedule.recent ?? null },
    http: {
      host: http.host,
      port: http.port,
      bearerToken: http.bearerToken ?? null,
      tls: http.tls === undefined ? null : { certFile: http.tls.cert, keyFile: http.tls.key },
    },
    retention: { keepSeconds: given.retention.keep ?? null },
    objectives: objectives.length > 0 ? objectives : [defaultObjective],
    exemptions: given.exemptions.map(exemptionOf),
    freshnessSeconds: given.freshness,
  };
}

function authOf(auth: FileConfig['cloud']['auth']): CloudAuth | null {
  if (auth === undefined) return null;
  const { accessKey, secretKey, securityToken, domain, username, password } = auth;
  if (accessKey !== undefined && secretKey !== undefined) {
    return { method: 'aksk', accessKey, secretKey, securityToken: securityToken ?? null };
  }
  if (domain === undefined || username === undefined || password === undefined) return null;
  return { method: 'password', domain, username, password };
}

function projectOf({ id, name, region, endpoint }: FileConfig['projects'][number]): ProjectConfig {
  return {
    projectId: id,
    name: name ?? id,
    region: region ?? regionIn(endpoint),
    endpoint: endpoint ?? null,
  };
}

/** `https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com` names its region. */
export function regionIn(endpoint: string | undefined): string | null {
  return /^https?:\/\/[^./]+\.([a-z]{2,}(?:-[a-z0-9]+)+)\.myhuaweicloud\.\w+/.exec(endpoint ?? '')?.[1] ?? null;
}

function matchOf(match: FileConfig['objectives'][number]['match']): Match {
  return { project: match.project ?? null, instance: match.instance ?? null, datastore: match.datastore ?? null };
}

function objectiveOf(given: FileConfig['objectives'][number]): Objective {
  const { match, rpo, retention, minimumCopies, countManual } = given;
  return { match: matchOf(match), rpoSeconds: rpo, retentionSeconds: retention, minimumCopies, countManual };
}

function exemptionOf({ match, ...rest }: FileConfig['exemptions'][number]): Exemption {
  const lastDayAt = Date.parse(`${rest.expires}T00:00:00Z`);
  return { ...rest, match: matchOf(match), expiresAt: new Date(lastDayAt + 86_400_000) };
}

/** The effective configuration in the file's shape, secrets redacted, absent keys left out. */
export function effectiveTree(config: Config): Record<string, unknown> {
  const { database, cloud, http } = config;
  return present({
    database: present({
      url: database.url?.toString(),
      directory: database.url === null ? database.directory : undefined,
      statementTimeoutMs: database.statementTimeoutMs,
    }),
    cloud: present({ ...cloud, auth: cloud.auth === null ? undefined : shownAuth(cloud.auth) }),
    projects: config.projects.map(({ projectId, name, region, endpoint }) =>
      present({ id: projectId, name, region, endpoint }),
    ),
    discovery: config.discovery,
    schedule: present(config.schedule),
    http: present({
      host: http.host,
      port: http.port,
      bearerToken: http.bearerToken?.toString(),
      tls: http.tls === null ? undefined : { cert: http.tls.certFile, key: http.tls.keyFile },
    }),
    ...(config.retention.keepSeconds === null
      ? {}
      : { retention: { keep: durationText(config.retention.keepSeconds) } }),
    objectives: config.objectives.map(({ match, rpoSeconds, retentionSeconds, ...rest }) => ({
      match: present(match),
      rpo: durationText(rpoSeconds),
      retention: durationText(retentionSeconds),
      ...rest,
    })),
    exemptions: config.exemptions.map(({ match, expiresAt: _derived, ...rest }) => ({
      match: present(match),
      ...rest,
    })),
    freshness: durationText(config.freshnessSeconds),
  });
}

function shownAuth(auth: CloudAuth): Record<string, unknown> {
  const shown = Object.entries(auth).map(([key, value]) => [key, value === null ? undefined : String(value)] as const);
  return present(Object.fromEntries(shown));
}

function present(tree: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined && value !== null));
}
