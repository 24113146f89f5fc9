// Builds the serving side from the configuration: snapshot, exposition, web. Used by serve and demo.

import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { ConfigError } from '../faults.ts';
import { StoreError } from '../inventory/errors.ts';
import type { Clock, Log } from '../inventory/ports.ts';
import type { Database } from '../postgres/database.ts';
import { requireCurrentSchema } from '../postgres/migrator.ts';
import { createSnapshotReader } from '../postgres/snapshot.ts';
import { createExposition, type Exposition } from '../prometheus/exposition.ts';
import type { SelfMetrics } from '../prometheus/self.ts';
import type { Page, ReadyCheck } from '../web/answers.ts';
import { createWeb, type Web } from '../web/server.ts';
import { createRefresher } from './refresh.ts';
import { describeProcess } from './wire-process.ts';

export interface ServingInput {
  config: Config;
  database: Database;
  self: SelfMetrics;
  clock: Clock;
  log: Log;
  /** This process makes scheduled runs. */
  schedules: boolean;
  pages: readonly Page[];
}

/** Disposing stops what reads in the background; the web is closed by whoever listens. */
export interface Serving extends AsyncDisposable {
  web: Web;
  /** Reads and renders what changed. Throws StoreError. */
  refresh(): Promise<void>;
  judge(): Promise<void>;
}

export async function createServing(input: ServingInput): Promise<Serving> {
  const { config, database, self, clock, log, schedules } = input;
  let schemaVersion = '';
  const exposition = createExposition({
    process: () => describeProcess({ config, schemaVersion, runInProgress: self.runInProgress, schedules }),
  });
  const refresher = createRefresher({
    reader: createSnapshotReader(database),
    publish: (snapshot, now) => exposition.update(snapshot, now),
    clock,
    log,
  });
  const { host, port, bearerToken } = config.http;
  return {
    web: createWeb({
      host,
      port,
      bearerToken: bearerToken?.reveal(),
      tls: await tlsOf(config),
      scrape: (request) => exposition.scrape(request),
      readiness: () => readiness(database, exposition),
      pages: input.pages,
      log,
    }),
    async refresh() {
      schemaVersion = String(await requireCurrentSchema(database));
      await refresher.refresh();
    },
    judge: () => exposition.judge(clock.now()),
    [Symbol.asyncDispose]: () => refresher[Symbol.asyncDispose](),
  };
}

async function readiness(database: Database, exposition: Exposition): Promise<ReadyCheck[]> {
  const schema = await schemaCheck(database);
  const reachable: ReadyCheck = schema.name === 'database' ? schema : { name: 'database', ok: true };
  const loaded = exposition.snapshot !== null;
  return [
    reachable,
    ...(schema.name === 'schema' ? [schema] : []),
    loaded ? { name: 'snapshot', ok: true } : { name: 'snapshot', ok: false, reason: 'none loaded yet' },
  ];
}

/** The schema's check, or the database's where it could not be asked. */
async function schemaCheck(database: Database): Promise<ReadyCheck> {
  try {
    await requireCurrentSchema(database);
    return { name: 'schema', ok: true };
  } catch (error) {
    const name = error instanceof StoreError && error.code.startsWith('SCHEMA_') ? 'schema' : 'database';
    return { name, ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function tlsOf(config: Config): Promise<{ cert: string; key: string } | undefined> {
  if (config.http.tls === null) return undefined;
  const read = async (path: string, file: string): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      const problem = `${file} cannot be read (${error instanceof Error ? error.message : String(error)})`;
      throw new ConfigError([{ path, problem, remedy: 'name a readable PEM file', where: config.file }]);
    }
  };
  return {
    cert: await read('http.tls.cert', config.http.tls.certFile),
    key: await read('http.tls.key', config.http.tls.keyFile),
  };
}
