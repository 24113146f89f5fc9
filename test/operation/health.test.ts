import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { runProgram, startProgram } from '../support/program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'health-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function configured(name: string, url: string, http: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `database: { url: ${JSON.stringify(url)} }\nhttp: ${http}\n`);
  return file;
}

const pem = (name: string) => fileURLToPath(new URL(`../fixtures/tls/self-signed.${name}`, import.meta.url));

test.each([
  ['plain', ''],
  [
    'over TLS, with a token that the probes do not need',
    `, bearerToken: abcdefgh, tls: { cert: ${pem('crt')}, key: ${pem('key')} }`,
  ],
])(
  'says that the server lives and is ready: %s',
  async (name, more) => {
    await using database = await freshDatabase();
    const file = await configured(name.slice(0, 5), database.url, `{ port: ${await freePort()}${more} }`);
    expect(await runProgram(['-c', file, 'health'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^no server answers at port \d+: .*ECONNREFUSED/),
    });
    await using server = startProgram(['-c', file, 'serve', '--no-schedule'], { timeoutMs: 60_000 });
    await server.waitFor(/listening/);
    expect(await runProgram(['-c', file, 'health'])).toMatchObject({ code: 0, stdout: 'ok\n', stderr: '' });
    const ready = () => runProgram(['-c', file, 'health', '--ready']);
    await expect.poll(ready, { timeout: 40_000 }).toMatchObject({ code: 0, stderr: '' });
  },
  90_000,
);

test('says what is not ready, and that a live process may not be', async () => {
  await using database = await freshDatabase({ migrated: false });
  const file = await configured('behind', database.url, `{ port: ${await freePort()} }`);
  await using server = startProgram(['-c', file, 'serve', '--no-schedule'], { timeoutMs: 60_000 });
  await server.waitFor(/listening/);
  expect(await runProgram(['-c', file, 'health'])).toMatchObject({ code: 0 });
  const { code, stderr } = await runProgram(['-c', file, 'health', '--ready']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^status 503: .*no schema yet.*backup-inventory migrate/);
});

test('cannot know a port that the server chose', async () => {
  const file = await configured('free', 'postgres://u@127.0.0.1/d', '{ port: 0 }');
  expect(await runProgram(['-c', file, 'health'])).toMatchObject({ code: 2 });
});
