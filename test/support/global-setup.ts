// Offers one Postgres server to all test files of a run. It starts when the first of them asks, so pure tests do not wait.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { createTemplate } from './postgres.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the URL of the Postgres server, once its template is migrated. */
    postgresDoor: string;
  }
}

/** Called by vitest before all tests; what it returns is called after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<PostgresServer> | undefined;
  const door = createServer((_request, response) => {
    started ??= startWithTemplate();
    started.then(
      (server) => response.end(server.url),
      (error: Error) => response.writeHead(500).end(`${error.stack}\n${String(error.cause ?? '')}`),
    );
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  if (address === null || typeof address === 'string') throw new Error('No address for the tests to ask for Postgres.');
  project.provide('postgresDoor', `http://127.0.0.1:${address.port}/`);
  return async () => {
    door.close();
    door.closeAllConnections();
    await (await started?.catch(() => undefined))?.[Symbol.asyncDispose]();
  };
}

async function startWithTemplate(): Promise<PostgresServer> {
  const server = await startPostgres();
  try {
    await createTemplate(server.url);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
