// A server on a free port, and requests that a well-behaved client could not make.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Page, ReadyCheck, WebDeps } from '../../src/web/answers.ts';
import { createWeb } from '../../src/web/server.ts';

export interface Served extends AsyncDisposable {
  url: string;
  port: number;
  /** What was logged as an error. */
  errors: { fields: object; message: string }[];
  close(deadlineMs: number): Promise<void>;
}

export const ready: readonly ReadyCheck[] = [
  { name: 'database', ok: true },
  { name: 'schema', ok: true },
  { name: 'snapshot', ok: true },
];

export async function serving(overrides: Partial<WebDeps> = {}): Promise<Served> {
  const errors: Served['errors'] = [];
  const silent = () => undefined;
  const web = createWeb({
    host: '127.0.0.1',
    port: 0,
    scrape: async () => ({ headers: { 'Content-Type': 'text/plain' }, body: [Buffer.from('up 1\n')] }),
    readiness: async () => ready,
    pages: [],
    log: { debug: silent, info: silent, warn: silent, error: (fields, message) => errors.push({ fields, message }) },
    ...overrides,
  });
  const listening = await web.listen();
  let closed = false;
  const close = async (deadlineMs: number) => {
    closed = true;
    await listening.close(deadlineMs);
  };
  return {
    url: `http://127.0.0.1:${listening.port}`,
    port: listening.port,
    errors,
    close,
    [Symbol.asyncDispose]: async () => {
      if (!closed) await close(0);
    },
  };
}

export function page(path: string, answer: Page['answer']): Page {
  return { path, answer };
}

/** Sends bytes as they are, and gives back what came until the server hung up. */
export async function raw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('error', () => undefined); // a reset is an answer too
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(pieces).toString();
}
