import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfigText } from '../../src/config/file.ts';
import { inspectTree } from '../../src/config/load.ts';
import { type ConfigSource, configDigest, loadConfig } from '../../src/config.ts';
import { ConfigError, faultLine } from '../../src/faults.ts';
import { SecretRegistry } from '../../src/secret.ts';

const keys = { HUAWEICLOUD_SDK_AK: 'AKIDENTIFIER', HUAWEICLOUD_SDK_SK: 'very-secret-key' };
const oneProject = { HUAWEICLOUD_PROJECT_ID: 'p1', HUAWEICLOUD_REGION: 'ap-southeast-1' };
const minimal = 'projects: [{ id: p1, region: ap-southeast-1 }]\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function source(file: string | null, env: Record<string, string> = keys): ConfigSource {
  return { file, env, secrets: new SecretRegistry() };
}

function written(yaml: string): string {
  const file = join(folder, 'c.yaml');
  writeFileSync(file, yaml);
  return file;
}

async function load(yaml: string, env: Record<string, string> = keys) {
  return await loadConfig(source(written(yaml), env), 'cloud');
}

function faults(yaml: string, env: Record<string, string> = keys, need: 'cloud' | 'reader' = 'cloud'): string[] {
  return inspectTree(parseConfigText(yaml, 'c.yaml'), source('c.yaml', env), need).faults.map(faultLine);
}

describe('the environment alone', () => {
  test('access keys, a project and a region suffice', async () => {
    const config = await loadConfig(source(null, { ...keys, ...oneProject }), 'cloud');
    expect(config.projects).toEqual([{ projectId: 'p1', name: 'p1', region: 'ap-southeast-1', endpoint: null }]);
    expect(config.cloud.auth.method).toBe('aksk');
    expect(config.database).toEqual({ url: null, directory: './data', statementTimeoutMs: 300_000 });
    expect(config.freshnessSeconds).toBe(3 * 3600);
    expect(config.schedule).toEqual({ full: '7 * * * *', recent: null });
  });

  test('a user with password and domain suffices', async () => {
    const user = { HUAWEICLOUD_USERNAME: 'u', HUAWEICLOUD_PASSWORD: 'p4ssw0rd', HUAWEICLOUD_DOMAIN: 'd' };
    const { cloud } = await loadConfig(source(null, { ...user, ...oneProject }), 'cloud');
    expect(cloud.auth).toMatchObject({ method: 'password', username: 'u', domain: 'd' });
  });

  test('with a password, IAM must be found: by the region, by the name of the endpoint, or by its own address', () => {
    const user = { HUAWEICLOUD_USERNAME: 'u', HUAWEICLOUD_PASSWORD: 'p4ssw0rd', HUAWEICLOUD_DOMAIN: 'd' };
    const project = (rest: string) => `projects: [{ id: p1, ${rest} }]`;
    expect(faults(project('endpoint: "https://db.example.org"'), user)).toEqual([
      expect.stringMatching(/^projects\[0\]\.region: is missing: .*; give the region, or cloud\.iamEndpoint/),
    ]);
    expect(faults(project('endpoint: "https://db.example.org"'), keys)).toEqual([]);
    expect(faults(project('endpoint: "https://db.example.org", region: ap-southeast-1'), user)).toEqual([]);
    expect(faults(project('endpoint: "https://gaussdb-nosql.eu-west-0.myhuaweicloud.com"'), user)).toEqual([]);
    const iam = { ...user, HUAWEICLOUD_IAM_ENDPOINT: 'https://iam.example.org' };
    expect(faults(project('endpoint: "https://db.example.org"'), iam)).toEqual([]);
  });

  test('a region that no host name can hold is told, as the cloud room would refuse it', () => {
    expect(faults('projects: [{ id: p1, region: asia-1 }]')).toEqual([expect.stringContaining('is not a region')]);
  });

  test('a key with characters that no header holds is told before it is sent, and not quoted', () => {
    const pasted = { HUAWEICLOUD_SDK_AK: 'AKSECRET…', HUAWEICLOUD_SDK_SK: 'skey secret' };
    const told = faults('projects: [{ id: p1, region: ap-southeast-1 }]', pasted);
    expect(told).toEqual([
      expect.stringMatching(/^cloud\.auth\.accessKey: .*character.*; copy it anew/),
      expect.stringMatching(/^cloud\.auth\.secretKey: .*character.*; copy it anew/),
    ]);
    expect(told.join()).not.toMatch(/AKSECRET|skey/);
  });

  test('the overrides of endpoints and the security token are taken', async () => {
    const env = {
      ...keys,
      HUAWEICLOUD_SDK_SECURITY_TOKEN: 'temporary-token',
      HUAWEICLOUD_PROJECT_ID: 'p1',
      HUAWEICLOUD_ENDPOINT: 'http://127.0.0.1:8080/',
      HUAWEICLOUD_IAM_ENDPOINT: 'http://127.0.0.1:8081',
      DATABASE_URL: 'postgres://u:dbpassword@h/db',
    };
    const { cloud, projects, database } = await loadConfig(source(null, env), 'cloud');
    expect(projects[0]).toMatchObject({ region: null, endpoint: 'http://127.0.0.1:8080' });
    expect(cloud.iamEndpoint).toBe('http://127.0.0.1:8081');
    expect(cloud.auth.method === 'aksk' && cloud.auth.securityToken?.reveal()).toBe('temporary-token');
    expect(database.url?.reveal()).toBe('postgres://u:dbpassword@h/db');
  });

  test('what is missing is told with the variable to set', async () => {
    const nothing = loadConfig(source(null, {}), 'cloud');
    await expect(nothing).rejects.toThrow(ConfigError);
    await expect(nothing).rejects.toThrow(/projects: .*HUAWEICLOUD_PROJECT_ID/);
    await expect(nothing).rejects.toThrow(/cloud\.auth: .*HUAWEICLOUD_SDK_AK/);
  });

  test('an empty variable counts as unset', async () => {
    const env = { ...keys, ...oneProject, DATABASE_URL: '', HUAWEICLOUD_SDK_SECURITY_TOKEN: '' };
    const { database, cloud } = await loadConfig(source(null, env), 'cloud');
    expect(database.url).toBeNull();
    expect(cloud.auth.method === 'aksk' && cloud.auth.securityToken).toBeNull();
  });
});

describe('file and environment', () => {
  test('the environment wins over the file', async () => {
    const config = await load(`${minimal}database: { url: "postgres://file/db" }`, {
      ...keys,
      DATABASE_URL: 'postgres://environment/db',
    });
    expect(config.database.url?.reveal()).toBe('postgres://environment/db');
  });

  test('a pair of keys from the environment replaces the whole pair of the file, its token included', async () => {
    const { cloud } = await load(
      `${minimal}cloud: { auth: { accessKey: FILE, secretKey: filesecret, securityToken: filetoken } }`,
    );
    if (cloud.auth.method !== 'aksk') throw new Error('wrong method');
    expect(cloud.auth.accessKey.reveal()).toBe('AKIDENTIFIER');
    expect(cloud.auth.securityToken).toBeNull();
  });

  test('one key from the environment completes the other one of the file', async () => {
    const { cloud } = await load(`${minimal}cloud: { auth: { accessKey: FILE } }`, {
      HUAWEICLOUD_SDK_SK: 'very-secret-key',
    });
    if (cloud.auth.method !== 'aksk') throw new Error('wrong method');
    expect([cloud.auth.accessKey.reveal(), cloud.auth.secretKey.reveal()]).toEqual(['FILE', 'very-secret-key']);
  });

  test('keys of the other method than the file names are not taken from the environment', async () => {
    const { cloud } = await load(`${minimal}cloud: { auth: { domain: d, username: u, password: p4ssw0rd } }`);
    expect(cloud.auth.method).toBe('password');
  });

  test('the variables for one project do not touch a file that lists projects', async () => {
    const config = await load(minimal, { ...keys, HUAWEICLOUD_PROJECT_ID: 'other', HUAWEICLOUD_REGION: 'cn-north-1' });
    expect(config.projects.map((project) => project.projectId)).toEqual(['p1']);
  });

  test('keys without a value count as absent', async () => {
    const config = await load(`${minimal}schedule:\n  recent:\nobjectives:\n`);
    expect(config.schedule.recent).toBeNull();
  });

  test('an unquoted id of digits is refused: YAML reads it as a number and may lose digits', () => {
    expect(faults('projects: [{ id: 123456, region: cn-north-1 }]')[0]).toMatch(
      /^projects\[0\]\.id: .*number; put it in quotes/,
    );
  });
});

describe('placeholders', () => {
  test('take a variable or a file, without the closing line break', async () => {
    writeFileSync(join(folder, 'secret'), 'from a file\n');
    const config = await load(
      `${minimal}http: { bearerToken: "\${file:secret}", port: "\${PORT}" }\ncloud: { trustTotalCount: "\${TRUST}" }`,
      { ...keys, PORT: '8000', TRUST: 'false' },
    );
    expect(config.http.bearerToken?.reveal()).toBe('from a file');
    expect(config.http.port).toBe(8000);
    expect(config.cloud.trustTotalCount).toBe(false);
  });

  test('may stand inside a value', async () => {
    const config = await load(`${minimal}database: { url: "postgres://u:\${PW}@h/\${DB}" }`, {
      ...keys,
      PW: 's3cret',
      DB: 'inventory',
    });
    expect(config.database.url?.reveal()).toBe('postgres://u:s3cret@h/inventory');
  });

  test('a value that looks like YAML or like a placeholder stays what it is', async () => {
    const nasty = `x: [#"'\${OTHER} &a *b`;
    const config = await load(`${minimal}http: { bearerToken: "\${T}" }`, { ...keys, T: nasty });
    expect(config.http.bearerToken?.reveal()).toBe(nasty);
  });

  test('two dollars stand for the characters themselves', async () => {
    const config = await load('projects: [{ id: p1, region: cn-north-1, name: "$${NAME}" }]');
    expect(config.projects[0]?.name).toBe(`\${NAME}`);
  });

  test('a missing variable, a missing file and nonsense are faults with their path and line', () => {
    const told = faults(
      `${minimal}http:\n  bearerToken: \${NOT_SET}\n  host: \${file:/no/such/file}\nfreshness: \${a b}\n`,
    );
    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/^http\.bearerToken: the environment has no NOT_SET; .* \(c\.yaml:3\)$/);
    expect(told[1]).toMatch(/^http\.host: the file \/no\/such\/file cannot be read \(ENOENT\); .* \(c\.yaml:4\)$/);
    expect(told[2]).toMatch(/^freshness: \$\{a b\} is no placeholder; .* \(c\.yaml:5\)$/);
  });

  test('a value that came through a placeholder is not shown in a fault', () => {
    const told = faults(`${minimal}freshness: \${MISPLACED}`, { ...keys, MISPLACED: 'hunter2secret' });
    expect(told).toEqual([expect.stringContaining(`freshness: the value of \${MISPLACED} is not a duration`)]);
    expect(told.join()).not.toContain('hunter2secret');
  });
});

describe('faults', () => {
  test('all are told at once, each with path, remedy and line, in the order of the file', () => {
    const told = faults(
      [
        'cloud:',
        '  retries: 99',
        '  concurency: 2',
        'projects:',
        '  - { id: p1 }',
        '  - { id: p1, endpoint: "ftp://x" }',
        'schedule: { full: "* * * * * *", recent: "0 0 31 2 *" }',
        'objectives:',
        '  - { match: {}, rpo: 26 }',
        '  - { match: { instance: "a[b]" }, retention: 7x }',
        'exemptions:',
        '  - { control: BK-1, owner: o, expires: 2027-02-30 }',
        'freshnes: 3h',
      ].join('\n'),
    );
    expect(told.map((line) => line.replace(/:.*; .* \(c\.yaml:(\d+)\)$/, ' $1'))).toEqual([
      'cloud.retries 2',
      'cloud.concurency 3',
      'projects[0].region 5',
      'projects[1].endpoint 6',
      'projects[1].id 6',
      'schedule.full 7',
      'schedule.recent 7',
      'objectives[0].rpo 9',
      'objectives[1].match.instance 10',
      'objectives[1].retention 10',
      'objectives[1] 10',
      'exemptions[0].control 12',
      'exemptions[0].reason 12',
      'exemptions[0].expires 12',
      'freshnes 13',
    ]);
  });

  test('an unknown key comes with the key that was meant', () => {
    expect(faults(`${minimal}htpp: {}`)[0]).toContain('htpp: unknown key; did you mean "http"?');
    expect(faults(`${minimal}http: { bearer_token: x }`)[0]).toContain('did you mean "bearerToken"?');
    expect(faults(`${minimal}http: { colour: x }`)[0]).toContain('the keys here are host, port, bearerToken, tls');
  });

  test('secrets are never quoted', () => {
    const told = faults(`${minimal}database: { url: "mysql://root:hunter2secret@h/db" }`).join();
    expect(told).toContain('database.url: is not a Postgres URL');
    expect(told).not.toContain('hunter2');
  });

  test('broken YAML, a list at the top and an unreadable file are told as such, once', async () => {
    expect(faults('projects: [')).toEqual([expect.stringMatching(/^configuration: is not YAML .* \(c\.yaml:1\)$/)]);
    expect(faults('- a')).toEqual([expect.stringContaining('configuration: is not a mapping')]);
    expect(faults('projects: {}').join()).toContain('projects: is not a list; write a list');
    expect(faults('a: 1\na: 2').join()).toContain('unique');
    await expect(loadConfig(source('/no/such.yaml'), 'cloud')).rejects.toThrow('/no/such.yaml cannot be read (ENOENT)');
    await expect(loadConfig(source(folder), 'cloud')).rejects.toThrow('cannot be read (EISDIR)');
  });

  test.each([
    ['method: aksk, accessKey: a, secretKey: b, username: u', 'cloud.auth.username: does not go with method aksk'],
    ['method: password, domain: d, username: u', 'cloud.auth.password: is missing'],
    ['method: magic', 'cloud.auth.method: "magic" is not known here; write aksk or password'],
    ['accessKey: a', 'cloud.auth.secretKey: is missing; give it or set HUAWEICLOUD_SDK_SK'],
    ['accessKey: a, secretKey: b, password: c', 'cloud.auth.password: does not go with method aksk'],
  ])('credentials { %s } are refused', (auth, expected) => {
    const told = faults(`${minimal}cloud: { auth: { ${auth} } }`, {});
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(expected);
  });

  test.each([
    ['freshness: 0h', 'is not a duration'],
    ['freshness: 1.5h', 'is not a duration'],
    ['freshness: 101y', 'is not a duration'],
    ['retention: { keep: 29d }', 'is too short'],
    ['retention: { keep: 400 }', 'has no unit'],
    ['http: { port: 65536 }', 'is out of range'],
    ['http: { port: "x" }', 'is not a number'],
    ['cloud: { requestsPerSecond: 0 }', 'is out of range'],
    ['cloud: { trustTotalCount: maybe }', 'is not a flag'],
    ['cloud: { iamEndpoint: "https://u:p@h" }', 'holds credentials'],
    ['cloud: { iamEndpoint: "https://h/?a=b" }', 'has a query'],
    ['schedule: { full: "60 * * * *" }', 'minute "60"'],
    ['schedule: { full: "@hourly" }', 'has 1 field, not five'],
    ['objectives: [{ match: { project: "a**" } }]', 'uses **'],
    ['objectives: [{ match: { project: "" } }]', 'is empty'],
    ['http: { host: " h" }', 'white space'],
    ['http: { host: "a\\u001bb" }', 'control character'],
  ])('%s is refused', (yaml, expected) => {
    const told = faults(`${minimal}${yaml}`);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(expected);
  });

  test('a billion laughs do not stop the program', () => {
    const laughs = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 9; i += 1) {
      const [name, before] = ['abcdefghi'[i], 'abcdefghi'[i - 1]];
      laughs.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`);
    }
    expect(faults(laughs.join('\n')).join()).toContain('aliases');
  });
});

describe('a reader of the database', () => {
  test('needs neither credentials nor projects, and gets no credentials', async () => {
    expect((await loadConfig(source(null, {}), 'reader')).cloud.auth).toBeNull();
    expect((await loadConfig(source(null, { ...keys, ...oneProject }), 'reader')).cloud.auth).toBeNull();
  });

  test('is not stopped by placeholders of credentials that it was not given', () => {
    const yaml = `${minimal}cloud: { auth: { accessKey: "\${AK}", secretKey: "\${SK}" } }`;
    expect(faults(yaml, {}, 'reader')).toEqual([]);
    expect(faults(yaml, {}, 'cloud')).toHaveLength(2);
  });

  test('is told every other fault', () => {
    expect(faults('freshness: x', {}, 'reader')).toHaveLength(1);
  });
});

describe('objectives and exemptions', () => {
  test('without objectives there is one with the defaults for every instance', async () => {
    expect((await load(minimal)).objectives).toEqual([
      {
        match: { project: null, instance: null, datastore: null },
        rpoSeconds: 93_600,
        retentionSeconds: 604_800,
        minimumCopies: 1,
        countManual: true,
      },
    ]);
  });

  test('are read to seconds, numbers and instants, in their order', async () => {
    const config = await load(
      [
        minimal,
        'objectives:',
        '  - { match: { project: prod, instance: "orders-*" }, rpo: 90m, retention: 2w, minimumCopies: 3, countManual: false }',
        '  - { match: {} }',
        'exemptions:',
        '  - { match: { instance: "scratch-?" }, control: BK-01, owner: dba@example.org, reason: rebuilt, expires: 2027-03-31 }',
      ].join('\n'),
    );
    expect(config.objectives[0]).toEqual({
      match: { project: 'prod', instance: 'orders-*', datastore: null },
      rpoSeconds: 5400,
      retentionSeconds: 1_209_600,
      minimumCopies: 3,
      countManual: false,
    });
    expect(config.objectives).toHaveLength(2);
    expect(config.exemptions[0]?.expiresAt).toEqual(new Date('2027-04-01T00:00:00Z'));
  });

  test('an objective behind one that matches everything is a fault', () => {
    expect(faults(`${minimal}objectives: [{ match: { project: "*" } }, { match: { project: a } }]`)[0]).toContain(
      'objectives[1]: is never reached: objectives[0] matches everything',
    );
  });
});

describe('the digest', () => {
  test('does not depend on the order of keys, on secrets, on the file name or on how a default came about', async () => {
    const first = configDigest(await load(`${minimal}freshness: 3h\nhttp: { port: 9464, host: 0.0.0.0 }`));
    const second = configDigest(
      await load(`http: { host: 0.0.0.0 }\nfreshness: 180m\n${minimal}`, {
        ...keys,
        HUAWEICLOUD_SDK_SK: 'rotated-key',
      }),
    );
    expect(second).toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with every rule', async () => {
    const digests = await Promise.all(
      ['', 'freshness: 4h', 'objectives: [{ rpo: 1d }]', 'http: { port: 1 }'].map(async (yaml) => {
        const told = inspectTree(parseConfigText(`${minimal}${yaml}`, 'c'), source('c'), 'cloud');
        return told.config === null ? null : configDigest(told.config);
      }),
    );
    expect(new Set(digests).size).toBe(4);
    expect(digests).not.toContain(null);
  });
});
