// The program in the process of the test: faster than a process of its own, with the same arguments and streams.

import { PassThrough } from 'node:stream';
import { runProgram } from '../../src/cli.ts';
import { SecretRegistry } from '../../src/secret.ts';

export async function runHere(argv: string[]) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].on('data', (piece: Buffer) => {
      texts[name] += piece;
    });
  }
  const { signal } = new AbortController();
  const code = await runProgram({ argv, env: {}, ...streams, signal, secrets: new SecretRegistry() });
  await new Promise(setImmediate);
  return { code, ...texts };
}
