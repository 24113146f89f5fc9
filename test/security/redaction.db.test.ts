// Plants marked secrets in every setting, makes everything fail and succeed, and searches all that the program lets out:
// streams, exit messages, metrics, pages, reports, the database, process titles and crash output.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, startCloudServer } from '../huawei/cloud-server.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { type ProgramOptions, runProgram, startProgram } from '../support/program.ts';
import { runHere } from '../support/program-here.ts';
import { type SimulatedCloud, startSimulatedCloud } from '../support/simulated-cloud.ts';
import { leaks, marked } from './marked-secrets.ts';

const role = `marked_${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'backup-inventory-secrets-'));
let cloud: SimulatedCloud;
let database: TestDatabase;

beforeAll(async () => {
  cloud = await startSimulatedCloud(['--projects', '1', '--instances', '4', '--days', '8', '--seed', '2']);
  await cloud.post('rotate-secret', { secretKey: marked.secretKey });
  await cloud.post('change-password', { password: marked.password });
  database = await freshDatabase();
  const quoted = marked.databasePassword.replaceAll("'", "''");
  await database.query(`create role ${role} login superuser password '${quoted}'`);
}, 90_000);
afterAll(async () => {
  await database.query(`drop role ${role}`);
  await database[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const databaseUrl = () =>
  Object.assign(new URL(database.url), { username: role, password: encodeURIComponent(marked.databasePassword) }).href;

interface Setting {
  endpoint?: string;
  auth?: string;
  databaseUrl?: string;
  extra?: string;
}

const keys = (secretKey: string = marked.secretKey) =>
  `{ method: aksk, accessKey: ${cloud.credentials.accessKey}, secretKey: ${JSON.stringify(secretKey)} }`;
const markedKeys = () => {
  const { accessKey, secretKey, securityToken } = marked;
  return `{ method: aksk, accessKey: ${accessKey}, secretKey: ${JSON.stringify(secretKey)}, securityToken: ${JSON.stringify(securityToken)} }`;
};
const markedPassword = () =>
  `{ method: password, domain: acme, username: reader, password: ${JSON.stringify(marked.password)} }`;

let files = 0;
function configFile(setting: Setting = {}): string {
  files += 1;
  const file = join(folder, `config-${files}.yaml`);
  const endpoint = setting.endpoint ?? cloud.url;
  const [project] = cloud.projects;
  const lines = [
    `database: { url: ${JSON.stringify(setting.databaseUrl ?? databaseUrl())} }`,
    `cloud: { auth: ${setting.auth ?? keys()}, iamEndpoint: "${endpoint}", retries: 1, requestsPerSecond: 200 }`,
    `projects: [{ id: ${project?.id}, name: prod, region: ap-southeast-1, endpoint: "${endpoint}" }]`,
    `http: { host: 127.0.0.1, port: 0, bearerToken: ${JSON.stringify(marked.bearerToken)} }`,
    setting.extra ?? '',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

let texts = 0;
let characters = 0;
let leaked = 0;
/** Leaks of an output of the program, and the tally of all that was searched. */
function found(text: string): string[] {
  const all = leaks(text);
  texts += 1;
  characters += text.length;
  leaked += all.length;
  return all;
}
afterAll(() => {
  const secrets = Object.keys(marked).length;
  process.stdout.write(
    `Secrets: ${secrets} marked, ${texts} outputs of ${characters} characters searched, ${leaked} found\n`,
  );
});

const loud = ['--log-level', 'trace'];

/** Runs a command in both log formats; nothing that it prints may hold a secret. */
async function expectTight(args: string[], file: string, options: ProgramOptions | null = null) {
  const codes: (number | null)[] = [];
  let said = '';
  for (const format of ['json', 'pretty']) {
    const argv = ['-c', file, ...loud, '--log-format', format, ...args];
    const result = await (options === null ? runHere(argv) : runProgram(argv, { timeoutMs: 60_000, ...options }));
    expect(found(result.stdout), args.join(' ')).toEqual([]);
    expect(found(result.stderr), args.join(' ')).toEqual([]);
    codes.push(result.code);
    said += result.stdout + result.stderr;
  }
  return { codes, said };
}

/** Every row of every table of ours, as text. */
async function databaseText(): Promise<string> {
  const tables = await database.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('inventory', 'compliance') and c.relkind = 'r'`);
  let text = '';
  for (const { name } of tables) {
    const rows = await database.query<{ t: string }>(`select t::text as t from ${name} t`);
    text += rows.map(({ t }) => t).join('\n');
  }
  return text;
}

test('the search finds what it is made for', () => {
  for (const secret of Object.values(marked)) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex')]) {
      expect(leaks(`a ${form} b`)).not.toEqual([]);
    }
    for (const before of ['', 'x', 'xy', 'user:']) {
      expect(leaks(`Basic ${Buffer.from(before + secret).toString('base64')}`)).not.toEqual([]);
    }
  }
});

describe('commands that succeed', () => {
  test('sync, with keys and with a password', async () => {
    const { codes, said } = await expectTight(['sync'], configFile());
    expect(codes).toEqual([0, 0]);
    expect(said).toContain('run finished');
    const { domain, username } = (
      (await (await fetch(`${cloud.url}/_simulator`)).json()) as { credentials: Record<string, string> }
    ).credentials;
    const auth = `{ method: password, domain: ${domain}, username: ${username}, password: ${JSON.stringify(marked.password)} }`;
    expect((await expectTight(['sync', '--json'], configFile({ auth }))).codes).toEqual([0, 0]);
  }, 120_000);

  test('config print, check and schema show that a secret is set, not which', async () => {
    const { said } = await expectTight(['config', 'print'], configFile());
    expect(said).toContain('[redacted]');
    await expectTight(['config', 'check'], configFile());
    await expectTight(['config', 'schema'], configFile());
  }, 60_000);

  test.each([['doctor'], ['check'], ['migrate', '--status'], ['report', 'certificates', '--format', 'json']])(
    '%s',
    async (...args) => void (await expectTight(args, configFile())),
    60_000,
  );
});

describe('configurations with faults', () => {
  test.each([
    ['a key of another name', { extra: `secretKey: ${marked.secretKey}` }],
    [
      'a list where a text belongs',
      { auth: `{ method: aksk, accessKey: [${marked.accessKey}], secretKey: { a: 1 } }` },
    ],
    ['a secret in the wrong place', { auth: `{ method: ${marked.accessKey}, accessKey: a, secretKey: b }` }],
    ['a URL that is none', { databaseUrl: `postgres//u:${encodeURIComponent(marked.databasePassword)}@h/x` }],
    ['YAML that breaks off behind a secret', { extra: `x: "${marked.bearerToken}` }],
    ['user and password in an endpoint', { endpoint: `http://u:${marked.proxyPassword}@127.0.0.1:1` }],
  ] satisfies [string, Setting][])(
    '%s',
    async (_what, setting) => {
      for (const args of [['config', 'check'], ['sync']]) await expectTight(args, configFile(setting));
    },
    60_000,
  );
});

describe('a cloud that says back everything that it was sent', () => {
  const { databasePassword, bearerToken, accessKey, secretKey, securityToken, password } = marked;
  const known = { keys: [accessKey, secretKey, securityToken], password: [password] };
  test.each<[string, number, (all: string) => object | string]>([
    ['400', 400, (all) => ({ error_code: 'DBS.200001', error_msg: `bad request: ${all}` })],
    [
      '401',
      401,
      (all) => ({ error_code: 'APIGW.0301', error_msg: `canonicalRequest:x-security-token:${securityToken}|${all}` }),
    ],
    ['403', 403, (all) => ({ error_code: 'DBS.280032', error_msg: all, encoded_authorization_message: btoa(all) })],
    ['500', 500, (all) => ({ error: { code: 500, message: all, title: all } })],
    ['200 without a list', 200, (all) => ({ error_code: `X.${all.split(' | ')[2]}`, error_msg: all })],
    ['200 as a page', 200, (all) => `<html><body>${all}</body></html>`],
  ])(
    '%s',
    async (_what, status, bodyOf) => {
      for (const [kind, auth] of [
        ['keys', markedKeys()],
        ['password', markedPassword()],
      ] as const) {
        const all = [databasePassword, bearerToken, ...known[kind]].join(' | ');
        await using server = await startCloudServer((request, response) => {
          const body = bodyOf(`${all} | ${JSON.stringify(request.headers)} | ${request.body}`);
          json(response, status, body, { 'x-request-id': all.split(' | ')[2] ?? '' });
        });
        const file = configFile({ endpoint: server.url, auth });
        expect((await expectTight(['sync'], file)).codes).toEqual([4, 4]);
        await expectTight(['doctor'], file);
        expect(server.requests.length).toBeGreaterThan(0);
      }
    },
    120_000,
  );
});

describe('connections that fail', () => {
  test.each([
    ['a database that refuses the password', { databaseUrl: 'refused' }],
    ['a database that is not there', { databaseUrl: 'nowhere' }],
  ])(
    '%s',
    async (_what, { databaseUrl: kind }) => {
      const url = new URL(database.url);
      if (kind === 'nowhere') url.port = '1';
      url.password = encodeURIComponent(`${marked.databasePassword}x`);
      const file = configFile({ databaseUrl: url.href });
      for (const args of [['sync'], ['doctor'], ['report', 'rules'], ['check']]) {
        const { codes } = await expectTight(args, file);
        expect(codes).toEqual([1, 1]);
      }
    },
    120_000,
  );

  test('a proxy and a Pushgateway that refuse their password', async () => {
    await using refusing = await startCloudServer((request, response) => {
      json(response, 407, `no: ${JSON.stringify(request.headers)}`);
    });
    const at = (password: string) => refusing.url.replace('http://', `http://user:${password}@`);
    const env = { HTTP_PROXY: at(marked.proxyPassword), HTTPS_PROXY: at(marked.proxyPassword) };
    await expectTight(['sync'], configFile(), { env });
    await expectTight(['sync', '--push-gateway', at(marked.pushPassword)], configFile());
  }, 120_000);
});

test('serve: metrics, pages, reports, probes, refusals, process title and log', async () => {
  const file = configFile();
  await using serving = startProgram(['-c', file, ...loud, 'serve'], { timeoutMs: 110_000 });
  const [, port] = await serving.waitFor(/"port":(\d+).*listening/);
  const ask = async (path: string, token: string | null) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    return `${[...response.headers].flat().join(' ')}\n${await response.text()}`;
  };
  await expect.poll(() => ask('/readyz', null), { timeout: 30_000 }).toContain('"ready":true');
  const paths = [
    '/',
    '/metrics',
    '/readyz',
    '/healthz',
    '/reports',
    '/reports/rules.html',
    '/reports/certificates.csv',
  ];
  for (const path of [...paths, `/nowhere?token=x`]) {
    expect(found(await ask(path, marked.bearerToken)), path).toEqual([]);
    expect(found(await ask(path, null)), path).toEqual([]);
    expect(found(await ask(path, `${marked.bearerToken}x`)), path).toEqual([]);
  }
  // A token that somebody sends in the address must not end in the log either.
  expect(found(await ask(`/nowhere?token=${marked.bearerToken}`, null))).toEqual([]);
  for (const name of ['cmdline', 'comm', 'status']) {
    expect(found(readFileSync(`/proc/${serving.child.pid}/${name}`, 'utf8')), name).toEqual([]);
  }
  serving.child.kill('SIGTERM');
  const { stdout, stderr } = await serving.result;
  expect(found(stdout + stderr)).toEqual([]);
}, 120_000);

test('a crash, and settings that come from the environment', async () => {
  const probes = join(import.meta.dirname, '../support/probe-commands.ts');
  const url = databaseUrl();
  const env = {
    DATABASE_URL: url,
    HUAWEICLOUD_SDK_AK: marked.accessKey,
    HUAWEICLOUD_SDK_SK: marked.secretKey,
    HUAWEICLOUD_SDK_SECURITY_TOKEN: marked.securityToken,
    HUAWEICLOUD_PROJECT_ID: 'p1',
    HUAWEICLOUD_REGION: 'ap-southeast-1',
    HUAWEICLOUD_ENDPOINT: cloud.url,
  };
  for (const args of [['probe-crash'], [...loud, 'sync'], ['config', 'print'], ['doctor']]) {
    const result = await runProgram(args, { env, nodeArgs: ['--import', probes], timeoutMs: 60_000 });
    expect(found(result.stdout + result.stderr), args.join(' ')).toEqual([]);
  }
}, 120_000);

test('after all of this the database holds none of them', async () => {
  const text = await databaseText();
  expect(text).toContain('CLOUD_AUTH');
  expect(text.length).toBeGreaterThan(5000);
  expect(found(text)).toEqual([]);
});
