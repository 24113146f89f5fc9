import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfigText } from '../../src/config/file.ts';
import { type Inspection, inspectTree } from '../../src/config/load.ts';
import { configDigest, configYaml } from '../../src/config.ts';
import { SecretRegistry } from '../../src/secret.ts';

const full = `
database: { url: "postgres://app:dbpassword@db/inventory?sslmode=require" }
cloud:
  auth: { accessKey: AKIDENTIFIER, secretKey: very-secret-key, securityToken: temporary-token }
projects:
  - { id: p1, region: cn-north-1, name: prod }
  - { id: p2, endpoint: "https://gaussdb-nosql.eu-west-101.myhuaweicloud.eu" }
http: { bearerToken: bearer-secret, tls: { cert: c.pem, key: k.pem } }
objectives: [{ match: { instance: "a*" }, rpo: 1d }]
exemptions: [{ control: BK-02, owner: o, reason: r, expires: 2027-01-01 }]
schedule: { recent: "*/10 * * * *" }
`;
const secrets = ['dbpassword', 'AKIDENTIFIER', 'very-secret-key', 'temporary-token', 'bearer-secret'];

function inspect(yaml: string, env: Record<string, string> = {}): Inspection {
  return inspectTree(parseConfigText(yaml, 'c.yaml'), { file: 'c.yaml', env, secrets: new SecretRegistry() }, 'cloud');
}

function printed(yaml: string, env: Record<string, string> = {}): string {
  const { config, faults, originOf } = inspect(yaml, env);
  if (config === null) throw new Error(JSON.stringify(faults));
  return configYaml(config, originOf);
}

test('no secret is printed, and the rest of a URL is', () => {
  const text = printed(full);
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text).toContain('postgres://app:[redacted]@db/inventory?sslmode=require');
});

test('each value says where it comes from', () => {
  const text = printed(full, { HUAWEICLOUD_IAM_ENDPOINT: 'https://iam.example.org' });
  expect(text).toMatch(/iamEndpoint: https:\/\/iam\.example\.org # HUAWEICLOUD_IAM_ENDPOINT/);
  expect(text).toMatch(/name: prod # c\.yaml:6/);
  expect(text).toMatch(/retries: 6 # default/);
});

test('what is printed is a configuration of the same effect, but for the secrets', () => {
  const first = inspect(full).config;
  const second = inspect(printed(full)).config;
  if (first === null || second === null) throw new Error('not valid');
  expect(second.objectives).toEqual(first.objectives);
  expect(second.projects).toEqual(first.projects);
  expect(configDigest({ ...second, database: first.database })).toBe(configDigest(first));
});

test('a region is read from an endpoint that names it', () => {
  expect(parse(printed(full)).projects[1]).toMatchObject({ region: 'eu-west-101' });
});

test('nothing that a configuration holds shows a secret when it is logged, printed or joined', () => {
  const { config } = inspect(full);
  const shown = [JSON.stringify(config), `${config?.cloud.auth}`, String(config?.http.bearerToken)].join();
  for (const secret of secrets) expect(shown).not.toContain(secret);
});
