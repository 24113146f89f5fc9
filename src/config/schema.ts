// The configuration file: every key, what it means, what it takes, its default. The JSON Schema and the reference page
// are made from this. What two keys mean together is checked in cross-checks.ts.

import { z } from 'zod';
import { choice, cronExpression, duration, flag, httpUrl, number, postgresUrl, secret, text } from './scalars.ts';
import { exemption, objective } from './schema-rules.ts';

const database = z
  .strictObject({
    url: postgresUrl({
      description: 'The Postgres server that keeps the inventory. Without it the embedded database is used.',
      'x-environment': 'DATABASE_URL',
    }).optional(),
    directory: text(
      { description: 'Where the embedded database keeps its files. Not used with `url`.' },
      'name a directory',
    ).prefault('./data'),
    statementTimeoutMs: number(
      {
        description:
          'Milliseconds after which the server gives up one statement; 0 = never. Commits and migrations have their own.',
      },
      { min: 0, max: 86_400_000, whole: true },
    ).prefault(300_000),
  })
  .prefault({})
  .meta({ description: 'Where the inventory is kept.' });

const auth = z
  .strictObject({
    method: choice({ description: 'How to prove who we are: access keys, or a token for a user and password.' }, [
      'aksk',
      'password',
    ]).optional(),
    accessKey: secret(
      { description: 'Access key (AK).', 'x-environment': 'HUAWEICLOUD_SDK_AK' },
      'give the access key or set HUAWEICLOUD_SDK_AK',
      'plain',
    ).optional(),
    secretKey: secret(
      { description: 'Secret key (SK).', 'x-environment': 'HUAWEICLOUD_SDK_SK' },
      'give the secret key or set HUAWEICLOUD_SDK_SK',
      'plain',
    ).optional(),
    securityToken: secret(
      { description: 'Only with temporary access keys.', 'x-environment': 'HUAWEICLOUD_SDK_SECURITY_TOKEN' },
      'give the security token or remove the key',
      'plain',
    ).optional(),
    domain: text(
      { description: 'The account (domain) that the user belongs to.', 'x-environment': 'HUAWEICLOUD_DOMAIN' },
      'give the account name or set HUAWEICLOUD_DOMAIN',
    ).optional(),
    username: text(
      { description: 'The IAM user.', 'x-environment': 'HUAWEICLOUD_USERNAME' },
      'give the name of the IAM user or set HUAWEICLOUD_USERNAME',
    ).optional(),
    password: secret(
      { description: 'The password of the IAM user.', 'x-environment': 'HUAWEICLOUD_PASSWORD' },
      'give the password or set HUAWEICLOUD_PASSWORD',
    ).optional(),
  })
  .optional()
  .meta({ description: 'Credentials. Only commands that call the cloud need them.' });

const cloud = z
  .strictObject({
    auth,
    iamEndpoint: httpUrl({
      description: 'Base URL of IAM. Otherwise that of the region.',
      'x-environment': 'HUAWEICLOUD_IAM_ENDPOINT',
      'x-example': 'https://iam.ap-southeast-1.myhuaweicloud.com',
    }).optional(),
    requestsPerSecond: number(
      { description: 'Most requests per second and endpoint.' },
      { min: 0.01, max: 1000, whole: false },
    ).prefault(5),
    concurrency: number(
      { description: 'Most requests in flight per endpoint.' },
      { min: 1, max: 64, whole: true },
    ).prefault(2),
    requestTimeoutMs: number(
      { description: 'Milliseconds that one try of a request may take, from the connection to the last byte.' },
      { min: 100, max: 600_000, whole: true },
    ).prefault(30_000),
    retries: number(
      { description: 'Tries after the first, where a failure may pass.' },
      { min: 0, max: 20, whole: true },
    ).prefault(6),
    trustTotalCount: flag({
      description: 'Compare what was seen with the `total_count` that the API reports. false: certify on joints alone.',
    }).prefault(true),
  })
  .prefault({})
  .meta({ description: 'How to call the cloud.' });

const regionForm = { form: /^(?=.{1,40}$)[a-z]{2}(-[a-z0-9]+)+$/, problem: 'is not a region' };
const regionRemedy = 'write its id, such as ap-southeast-1';

const project = z.strictObject({
  id: text(
    {
      description: 'The project id, as "My Credentials" in the console shows it.',
      'x-environment': 'HUAWEICLOUD_PROJECT_ID',
      'x-example': '054b61972980d4552f0bc00ac8d3f5cd',
    },
    'give the project id, 32 letters and digits in the console',
    { form: /^[A-Za-z0-9_-]{1,64}$/, problem: 'is not a project id' },
  ),
  name: text({ description: 'What to call it. Otherwise its id.' }, 'give a name or remove the key').optional(),
  region: text(
    {
      description: 'The region it lies in. May be left out where `endpoint` is given.',
      'x-environment': 'HUAWEICLOUD_REGION',
      'x-example': 'ap-southeast-1',
    },
    regionRemedy,
    regionForm,
  ).optional(),
  endpoint: httpUrl({
    description: 'Base URL of the service there. Otherwise from the region.',
    'x-environment': 'HUAWEICLOUD_ENDPOINT',
    'x-example': 'https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com',
  }).optional(),
});

const discovery = z
  .strictObject({
    enabled: flag({ description: 'Ask IAM which projects the credentials may see, and read them too.' }).prefault(
      false,
    ),
    regions: z
      .array(text({ description: 'A region.' }, regionRemedy, regionForm))
      .prefault([])
      .meta({
        description: 'Only projects of these regions. Empty: of every region.',
        'x-example': ['ap-southeast-1'],
      }),
  })
  .prefault({})
  .meta({ description: 'Projects found rather than listed.' });

const schedule = z
  .strictObject({
    full: cronExpression({ description: 'When `serve` reads everything. Cron, five fields, UTC.' }).prefault(
      '7 * * * *',
    ),
    recent: cronExpression({
      description: 'When `serve` reads only recent and unfinished backups. Without it: never.',
      'x-example': '*/10 * * * *',
    }).optional(),
  })
  .prefault({})
  .meta({ description: 'When `serve` runs.' });

const http = z
  .strictObject({
    host: text({ description: 'Address to listen on.' }, 'give an address such as 0.0.0.0').prefault('0.0.0.0'),
    port: number(
      { description: 'Port to listen on; 0 = any free one.' },
      { min: 0, max: 65_535, whole: true },
    ).prefault(9464),
    bearerToken: secret(
      { description: 'With it, everything but `/healthz` and `/readyz` needs `Authorization: Bearer …`.' },
      'give the token or remove the key',
    ).optional(),
    tls: z
      .strictObject({
        cert: text(
          { description: 'Path of the PEM file with the certificate chain.', 'x-required': true },
          'name the PEM file with the certificate chain',
        ),
        key: text(
          { description: 'Path of the PEM file with the private key.', 'x-required': true },
          'name the PEM file with the private key',
        ),
      })
      .optional()
      .meta({ description: 'HTTPS. The files are read when the server starts.' }),
  })
  .prefault({})
  .meta({ description: 'What `serve` listens on.' });

const retention = z
  .strictObject({
    keep: duration({
      description:
        'How long to keep history, readings and anomalies, at least 30 days. Older ones are removed once a day, after a run, but for what verdicts need. Without it: for ever.',
      'x-example': '400d',
    }).optional(),
  })
  .prefault({})
  .meta({ description: 'How long the inventory remembers.' });

/** The file's shape. Its output has units and secrets in place, but still the file's names: see assemble.ts. */
export const fileSchema = z
  .strictObject({
    database,
    cloud,
    projects: z
      .array(project)
      .prefault([])
      .meta({ description: 'The projects to read. Needed unless discovery is on.' }),
    discovery,
    schedule,
    http,
    retention,
    objectives: z
      .array(objective)
      .prefault([])
      .meta({ description: 'What is required of instances. The first match wins. Empty: one with the defaults.' }),
    exemptions: z.array(exemption).prefault([]).meta({ description: 'Instances that a control does not judge.' }),
    freshness: duration({ description: 'Data older than this proves nothing: verdicts are UNKNOWN.' }).prefault('3h'),
  })
  .meta({ title: 'Configuration of backup-inventory' });

export type FileConfig = z.output<typeof fileSchema>;
