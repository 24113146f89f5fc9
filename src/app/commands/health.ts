// `health`: asks the server of the same configuration whether it lives. For the health check of a container, where no
// other program is at hand.

import { readFile } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import { plainLine } from '../../terminal-text.ts';
import type { CommandContext, CommandModule } from './command.ts';

interface HealthOptions {
  ready?: boolean;
}

export const healthCommand: CommandModule<HealthOptions> = {
  name: 'health',
  summary: 'ask the server of this configuration on this host whether it lives',
  define(command: Command) {
    command.option('--ready', 'ask whether it is ready: database, schema and snapshot');
  },
  run,
};

const timeoutMs = 4000;

async function run(context: CommandContext, { ready }: HealthOptions): Promise<ExitCode> {
  const config = await context.loadReaderConfig();
  if (config.http.port === 0) throw new UsageError('http.port is 0: the server took a free port that nobody told me.');
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const { status, body } = await ask(config, ready === true ? '/readyz' : '/healthz', signal);
    const good = status === 200;
    (good ? context.stdout : context.stderr).write(`${good ? '' : `status ${status}: `}${plainLine(body.trim())}\n`);
    return good ? exit.ok : exit.failure;
  } catch (error) {
    context.signal.throwIfAborted();
    const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : String(error);
    context.stderr.write(`no server answers at port ${config.http.port}: ${plainLine(why)}\n`);
    return exit.failure;
  }
}

async function ask({ http }: Config, path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const options = { host: reachable(http.host), port: http.port, path, signal };
  const request =
    http.tls === null ? requestPlain(options) : requestSecure({ ...options, ...(await pinned(http.tls)) });
  return await new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    request.end();
  });
}

/** The server's own certificate and no other; it names the host that users know, not this address. */
async function pinned({ certFile }: { certFile: string }) {
  return { ca: await readFile(certFile), allowPartialTrustChain: true, checkServerIdentity: () => undefined };
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
