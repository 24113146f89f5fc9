// The embedded database as Kysely's PGliteDialect wants it, with the real one in a worker thread.
// It has one session: a transaction keeps every other query waiting.

import { Worker } from 'node:worker_threads';
import { StoreError } from '../inventory/errors.ts';
import type { WorkerAnswer, WorkerFailure, WorkerRequest } from './embedded-protocol.ts';
import { storeErrorOf } from './errors.ts';

interface Rows<T> {
  rows: T[];
  affectedRows?: number;
  fields: { name: string; dataTypeID: number }[];
}

interface Waiting {
  resolve(rows: Rows<never>): void;
  reject(error: StoreError): void;
}

interface Session {
  query<T>(text: string, parameters?: readonly unknown[]): Promise<Rows<T>>;
}

/** The part of PGlite that Kysely uses. */
export interface EmbeddedSession extends Session {
  readonly waitReady: Promise<void>;
  readonly ready: boolean;
  readonly closed: boolean;
  transaction<T>(work: (tx: Session & { rollback(): Promise<void> }) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Starts the thread over a PGlite data directory. `released` is called once the files are free again. */
export function startEmbeddedSession(directory: string, released: () => void): EmbeddedSession {
  const file = import.meta.url.endsWith('.ts') ? './embedded-worker.ts' : './embedded-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: { directory } });
  const ready = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const waiting = new Map<number, Waiting>();
  let state: 'starting' | 'ready' | 'closed' = 'starting';
  let lastId = 0;
  let turn: Promise<unknown> = Promise.resolve();

  ready.promise.catch(() => undefined); // whoever awaits it sees it
  const end = (error: StoreError) => {
    state = 'closed';
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (message: WorkerAnswer) => {
    if (message.kind === 'ready') {
      state = 'ready';
      ready.resolve();
    } else if (message.kind === 'unusable') {
      ready.reject(unusable(message.failure));
    } else if (message.kind !== 'closed') {
      settle(waiting, message);
    }
  });
  worker.on('error', (error) => end(unusable({ message: `${error}`, code: undefined })));
  worker.on('exit', () => {
    end(new StoreError('DATABASE_UNREACHABLE', 'The embedded database is closed. Start the program again.'));
    released();
    gone.resolve();
  });

  const send = <T>(text: string, parameters: readonly unknown[] = []): Promise<Rows<T>> => {
    if (state === 'closed')
      return Promise.reject(new StoreError('DATABASE_UNREACHABLE', 'The embedded database is closed.'));
    lastId += 1;
    const request: WorkerRequest = { id: lastId, text, parameters };
    return new Promise((resolve, reject) => {
      waiting.set(request.id, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage(request);
    });
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    waitReady: ready.promise,
    get ready() {
      return state === 'ready';
    },
    get closed() {
      return state === 'closed';
    },
    query: (text, parameters) => inTurn(() => send(text, parameters)),
    transaction: (work) => inTurn(() => inTransaction(send, work)),
    close: async () => {
      if (state !== 'closed') worker.postMessage('close');
      await gone.promise;
    },
  };
}

function settle(waiting: Map<number, Waiting>, message: Extract<WorkerAnswer, { id: number }>): void {
  const asker = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.kind === 'failed') asker?.reject(storeErrorOf(errorOf(message.failure)));
  else asker?.resolve({ rows: message.rows as never[], affectedRows: message.affectedRows ?? 0, fields: [] });
}

async function inTransaction<T>(
  send: Session['query'],
  work: (tx: Session & { rollback(): Promise<void> }) => Promise<T>,
): Promise<T> {
  await send('begin');
  try {
    const result = await work({ query: send, rollback: () => Promise.reject(new Error('Throw to roll back.')) });
    await send('commit');
    return result;
  } catch (error) {
    await send('rollback');
    throw error;
  }
}

function errorOf(failure: WorkerFailure): Error {
  return Object.assign(new Error(failure.message), { code: failure.code });
}

function unusable(failure: WorkerFailure): StoreError {
  return new StoreError(
    'DATABASE_CORRUPT',
    `The embedded database does not start: ${failure.message}. Its files were left as they are. Restore them from a copy, or name another directory.`,
    { cause: errorOf(failure) },
  );
}
