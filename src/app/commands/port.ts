// Ports given on the command line.

import { createServer } from 'node:net';
import { UsageError } from '../../faults.ts';

/** Reads a TCP port; 0 = any free one. Throws UsageError. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`);
  return port;
}

/** Throws UsageError where another process listens on the port, before any work is done that would be in vain. */
export async function refuseTakenPort(port: number, host: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`port ${port} is taken; give another one with --port`, { cause: error });
  }
}
