// A port to listen on, and a scrape of it.

import { get } from 'node:http';
import { createServer } from 'node:net';

/** Bytes of a scrape, compressed where that is offered; 0 where it failed. */
export function scrapedBytes(port: number): Promise<number> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/metrics', headers: { 'accept-encoding': 'gzip' } },
      (response) => {
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        response.on('end', () => resolve(length)).on('error', () => resolve(0));
      },
    );
    request.on('error', () => resolve(0));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
