// The thread that PGlite runs in. On the main thread a merge would stop timers, signals and HTTP for seconds.

import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Results } from '@electric-sql/pglite';
import type { WorkerAnswer, WorkerFailure, WorkerRequest } from './embedded-protocol.ts';

const int8 = 20;
const port = parentPort;
if (port === null) throw new Error('embedded-worker.ts runs as a worker thread.');

const answer = (message: WorkerAnswer) => port.postMessage(message);
let database: PGlite | undefined;
try {
  database = await PGlite.create({ dataDir: workerData.directory, parsers: { [int8]: Number } });
  answer({ kind: 'ready' });
} catch (error) {
  answer({ kind: 'unusable', failure: failureOf(error) });
}

port.on('message', async (request: WorkerRequest | 'close') => {
  if (request === 'close') {
    await database?.close();
    answer({ kind: 'closed' });
    port.close();
    return;
  }
  try {
    const result = await run(request);
    answer({ kind: 'rows', id: request.id, rows: result?.rows ?? [], affectedRows: result?.affectedRows });
  } catch (error) {
    answer({ kind: 'failed', id: request.id, failure: failureOf(error) });
  }
});

async function run({ text, parameters }: WorkerRequest): Promise<Results | undefined> {
  if (database === undefined) throw new Error('The embedded database did not start.');
  if (parameters.length > 0) return database.query(text, [...parameters]);
  return (await database.exec(text)).at(-1);
}

function failureOf(error: unknown): WorkerFailure {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { message: `${error.name === 'RuntimeError' ? 'RuntimeError: ' : ''}${error.message}`, code };
}
