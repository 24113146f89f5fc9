// The effective configuration: parsed, checked, units in the names, secrets wrapped. Not the file's shape: see schema.ts.

import type { Secret } from '../secret.ts';

/** Where to keep the inventory. Without a URL: the embedded database in `directory`. */
export interface DatabaseConfig {
  url: Secret | null;
  directory: string;
  statementTimeoutMs: number;
}

export type CloudAuth =
  | { method: 'aksk'; accessKey: Secret; secretKey: Secret; securityToken: Secret | null }
  | { method: 'password'; domain: string; username: string; password: Secret };

/** How to call the cloud. Rates and concurrency are per endpoint. */
export interface CloudSettings {
  auth: CloudAuth | null;
  /** null = the regional endpoint of IAM. */
  iamEndpoint: string | null;
  requestsPerSecond: number;
  concurrency: number;
  requestTimeoutMs: number;
  retries: number;
  /** false: certify on joints alone. */
  trustTotalCount: boolean;
}

export interface ProjectConfig {
  projectId: string;
  /** The id where no name is given. */
  name: string;
  /** null where only an endpoint is given and no region can be read from it. */
  region: string | null;
  /** null = from the region. */
  endpoint: string | null;
}

export interface DiscoveryConfig {
  enabled: boolean;
  regions: string[];
}

/** Five-field cron expressions, UTC. */
export interface ScheduleConfig {
  full: string;
  recent: string | null;
}

export interface HttpConfig {
  host: string;
  port: number;
  bearerToken: Secret | null;
  /** Paths of PEM files; read when the server starts. */
  tls: { certFile: string; keyFile: string } | null;
}

/** How long the inventory remembers. */
export interface RetentionConfig {
  /** null = for ever. */
  keepSeconds: number | null;
}

/** Globs over names: `*` any characters, `?` one. null matches everything. */
export interface Match {
  /** Compared with the project's name and with its id. */
  project: string | null;
  /** Compared with the instance's name. */
  instance: string | null;
  datastore: string | null;
}

/** What is required of the instances that match. */
export interface Objective {
  match: Match;
  rpoSeconds: number;
  retentionSeconds: number;
  minimumCopies: number;
  /** Manual backups count for RPO and coverage. */
  countManual: boolean;
}

/** Instances that one control does not judge until `expiresAt`. */
export interface Exemption {
  match: Match;
  control: string;
  owner: string;
  reason: string;
  /** The last day of the exemption, `YYYY-MM-DD`. */
  expires: string;
  /** The end of that day, UTC: the first instant at which the exemption is over. */
  expiresAt: Date;
}

/** What commands work with. Secrets are wrapped; `reveal()` only where they are used. */
export interface Config {
  /** The file that was read; null where there was none. */
  file: string | null;
  database: DatabaseConfig;
  cloud: CloudSettings;
  projects: ProjectConfig[];
  discovery: DiscoveryConfig;
  schedule: ScheduleConfig;
  http: HttpConfig;
  retention: RetentionConfig;
  /** First match wins. Never empty: without any, one default objective matches everything. */
  objectives: Objective[];
  exemptions: Exemption[];
  /** Older than this, verdicts are UNKNOWN. */
  freshnessSeconds: number;
}

/** A configuration with which the cloud can be called: credentials are there, and projects or discovery. */
export type CloudConfig = Config & { cloud: { auth: CloudAuth } };
