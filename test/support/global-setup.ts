// Offers one Postgres server and one migrated directory of the embedded database to all test files of a run.
// Each is made when the first of them asks, so pure tests do not wait.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { TestProject } from 'vitest/node';
import { makeEmbeddedTemplate } from './embedded.ts';
import { createTemplate } from './postgres.ts';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `/postgres` answers with the URL of the server, `/embedded` with the path of the directory; both are migrated. */
    databaseDoor: string;
  }
}

interface Offer extends AsyncDisposable {
  /** Where it is, as text. */
  place: string;
}

/** Called by vitest before all tests; what it returns is called after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const made = new Map<string, Promise<Offer>>();
  const door = createServer((request, response) => {
    const path = request.url ?? '';
    const offer = made.get(path) ?? make(path);
    made.set(path, offer);
    answer(offer, response);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  if (address === null || typeof address === 'string') throw new Error('No address for the tests to ask at.');
  project.provide('databaseDoor', `http://127.0.0.1:${address.port}`);
  return async () => {
    door.close();
    door.closeAllConnections();
    for (const offer of made.values()) await (await offer.catch(() => undefined))?.[Symbol.asyncDispose]();
  };
}

async function make(path: string): Promise<Offer> {
  if (path === '/postgres') return migratedServer();
  if (path === '/embedded') return makeEmbeddedTemplate();
  throw new Error(`Nothing is offered at ${path}.`);
}

function answer(offer: Promise<Offer>, response: ServerResponse): void {
  offer.then(
    ({ place }) => response.end(place),
    (error: Error) => response.writeHead(500).end(`${error.stack}\n${String(error.cause ?? '')}`),
  );
}

async function migratedServer(): Promise<Offer> {
  const server = await startPostgres();
  try {
    await createTemplate(server.url);
    return { place: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
