// Ports given on the command line.

import { createServer } from 'node:net';
import { UsageError } from '../../faults.ts';

/** Reads a TCP port; 0 = any free one. Throws UsageError. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`);
  return port;
}

/** Throws UsageError where nobody can listen on the port, before any work is done that would be in vain. */
export async function refuseBadPort(port: number, host: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  } catch (error) {
    throw portError(error, port) ?? error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'needs privileges that this process does not have',
  EADDRNOTAVAIL: 'is of an address that this host does not have',
};

/** What is wrong with a port, as the error of whoever gave it; null where it is something else. */
export function portError(error: unknown, port: number): UsageError | null {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  return reason === undefined
    ? null
    : new UsageError(`port ${port} ${reason}; give another one with --port`, { cause: error });
}
