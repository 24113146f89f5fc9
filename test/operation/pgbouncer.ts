// A throw-away PgBouncer before a throw-away Postgres. It dies with the test that started it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresServer } from '../support/postgres-server.ts';

export interface Pooler extends AsyncDisposable {
  /** The URL of a database of the server, through the pooler. */
  url(database: string): string;
}

export async function startPgbouncer(
  server: PostgresServer,
  mode: 'transaction' | 'session' | 'statement',
): Promise<Pooler> {
  const direct = new URL(server.url);
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const owner = await stat(server.directory);
  const user = process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {};
  const port = await freePort();
  const password = decodeURIComponent(direct.password);
  await writeFile(join(folder, 'users.txt'), `"${direct.username}" "${password}"\n`);
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=127.0.0.1 port=${direct.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${join(folder, 'users.txt')}`,
      `pool_mode = ${mode}`,
      'default_pool_size = 10',
      'max_client_conn = 100',
    ].join('\n'),
  );
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const child = spawn('pgbouncer', [join(folder, 'pgbouncer.ini')], {
    ...user,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(child);
  return {
    url: (database) => Object.assign(new URL(server.url), { port: String(port), pathname: `/${database}` }).href,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`pgbouncer ended with ${code}: ${text}`)));
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (/process up/.test(text)) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
