import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { runProgram, startProgram } from '../support/program.ts';

let folder: string;
let server: PostgresServer;
const run = promisify(execFile);

/** An authority, and a certificate from it for "localhost" alone. */
async function makeCertificates(): Promise<void> {
  const inFolder = { cwd: folder };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = [
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  ];
  await run('openssl', ca, inFolder);
  await run(
    'openssl',
    ['req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost'],
    inFolder,
  );
  await writeFile(join(folder, 'san.cnf'), 'subjectAltName=DNS:localhost\n');
  const sign = [
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
  ];
  await run('openssl', [...sign, '-extfile', 'san.cnf', '-out', 'server.crt'], inFolder);
}

async function switchTlsOn(): Promise<void> {
  const owner = await stat(server.directory);
  for (const name of ['server.crt', 'server.key']) {
    const target = join(server.directory, name);
    await copyFile(join(folder, name), target);
    await chown(target, owner.uid, owner.gid);
    await chmod(target, 0o600);
  }
  await query('alter system set ssl = on');
  await query('select pg_reload_conf()');
  await vi.waitFor(async () => expect(await query('show ssl')).toEqual([{ ssl: 'on' }]), { timeout: 10_000 });
}

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'database-tls-'));
  server = await startPostgres();
  await makeCertificates();
  await switchTlsOn();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function url(host: string, parameters: string): Record<string, string> {
  const target = Object.assign(new URL(server.url), { hostname: host });
  return { DATABASE_URL: `${target.href}?${parameters}` };
}

test('verify-full with the authority of the server encrypts, and the connection is that server', async () => {
  const env = url('localhost', `sslmode=verify-full&sslrootcert=${join(folder, 'ca.crt')}`);
  expect(await runProgram(['migrate'], { env })).toMatchObject({ code: 0, stderr: '' });
  const file = join(folder, 'serve.yaml');
  await writeFile(file, 'http: { host: 127.0.0.1, port: 0 }\n');
  await using serving = startProgram(['-c', file, 'serve', '--no-schedule'], { env, timeoutMs: 60_000 });
  const [, port] = await serving.waitFor(/"port":(\d+).*listening/);
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status, { timeout: 20_000 }).toBe(200);
  const connections = await query(`
    select distinct s.ssl from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = 'backup-inventory'`);
  expect(connections).toEqual([{ ssl: true }]);
});

test.each([
  [
    'another host name than the certificate’s',
    '127.0.0.1',
    () => `sslmode=verify-full&sslrootcert=${join(folder, 'ca.crt')}`,
  ],
  ['an authority that nobody trusts', 'localhost', () => 'sslmode=verify-full'],
  ['require, which means no less here', 'localhost', () => 'sslmode=require'],
])('%s is refused', async (_, host, parameters) => {
  const { code, stderr } = await runProgram(['migrate', '--status'], { env: url(host, parameters()) });
  expect(code).toBe(1);
  expect(stderr).toMatch(/No trusted TLS connection.*sslrootcert.*DATABASE_UNREACHABLE/s);
  expect(stderr).not.toContain('horse');
});

test('no-verify encrypts without asking who answers', async () => {
  expect(await runProgram(['migrate', '--status'], { env: url('127.0.0.1', 'sslmode=no-verify') })).toMatchObject({
    code: 0,
  });
});
