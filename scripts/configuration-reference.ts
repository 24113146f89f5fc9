// The text of docs/configuration.md, from the schema of the configuration file. The prose is here, every key comes from the
// schema. Its test compares the page, and rewrites it under `npm run golden`.

import { configJsonSchema } from '../src/config.ts';

interface SchemaNode {
  description?: string;
  type?: string | string[];
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  required?: string[];
  'x-kind'?: string;
  'x-environment'?: string;
}

const opening = `# Configuration

<!-- Generated from the schema of the configuration file. Change the schema or scripts/configuration-reference.ts, then run \`npm run golden\`. -->

One YAML file and the environment. The file is named by \`--config FILE\` or by \`BACKUP_INVENTORY_CONFIG\`; without either there is none, and the environment alone must do. Flags win over the environment, the environment over the file, the file over the defaults. A change takes effect at the next start.

- \`backup-inventory config check\` tells all faults at once, each as \`path: what is wrong; what to do (file:line)\`, and exits 2 if there is one.
- \`backup-inventory config print\` prints what is in effect, secrets redacted, with the origin of each value behind it.
- \`backup-inventory config schema\` prints a JSON Schema for editors: \`# yaml-language-server: $schema=./backup-inventory.schema.json\`.

## Example

\`\`\`yaml
database:
  url: \${DATABASE_URL}
cloud:
  auth:
    method: aksk
    accessKey: \${HUAWEICLOUD_SDK_AK}
    secretKey: \${file:/run/secrets/huaweicloud-sk}
  requestsPerSecond: 5
projects:
  - id: 054b61972980d4552f0bc00ac8d3f5cd
    name: prod
    region: ap-southeast-1
schedule:
  full: "7 * * * *"
  recent: "*/10 * * * *"
http:
  port: 9464
objectives:
  - match: { project: prod, instance: "orders-*", datastore: cassandra }
    rpo: 26h
    retention: 7d
    minimumCopies: 3
  - match: {}
    rpo: 26h
    retention: 7d
exemptions:
  - match: { instance: "scratch-*" }
    control: BK-01
    owner: dba@example.org
    reason: rebuilt nightly
    expires: 2027-03-31
freshness: 3h
\`\`\`

## Without a file

For one project the environment is enough:

| Variable | Meaning |
|---|---|
| \`HUAWEICLOUD_SDK_AK\`, \`HUAWEICLOUD_SDK_SK\` | access key and secret key |
| \`HUAWEICLOUD_SDK_SECURITY_TOKEN\` | only with temporary keys |
| \`HUAWEICLOUD_USERNAME\`, \`HUAWEICLOUD_PASSWORD\`, \`HUAWEICLOUD_DOMAIN\` | instead of keys: an IAM user, its password, its account |
| \`HUAWEICLOUD_PROJECT_ID\`, \`HUAWEICLOUD_REGION\` | the project and its region |
| \`HUAWEICLOUD_ENDPOINT\`, \`HUAWEICLOUD_IAM_ENDPOINT\` | base URLs, where they are not those of the region |
| \`DATABASE_URL\` | Postgres; without it the embedded database in \`./data\` |

These rules keep halves from mixing:

- An empty variable counts as unset.
- Where both keys are in the environment, they replace the whole pair of the file, its security token included. The security token is taken from the environment only together with both keys.
- Credentials of the other method than the file uses are not taken from the environment. Where the environment has both and the file none, access keys are used.
- The variables for one project are used only where the file lists no project and discovery is off.

Variables that are not about the file:

| Variable | Meaning |
|---|---|
| \`BACKUP_INVENTORY_CONFIG\` | the configuration file; \`--config\` wins |
| \`LOG_LEVEL\` | \`trace\`, \`debug\`, \`info\` (default), \`warn\`, \`error\`, \`fatal\`, \`silent\`; \`--log-level\` wins |
| \`LOG_FORMAT\` | \`json\` or \`pretty\`; default \`pretty\` on a terminal, \`json\` elsewhere; \`--log-format\` wins |
| \`HTTP_PROXY\`, \`HTTPS_PROXY\`, \`NO_PROXY\` | how to reach the cloud |
| \`NO_COLOR\` | no colours on a terminal |

## Placeholders

In any value of the file, \`\${NAME}\` stands for an environment variable and \`\${file:/path}\` for the text of a file without its closing line break. A relative path starts at the folder of the configuration file. A variable that is not set and a file that cannot be read are faults. Placeholders are replaced after the YAML is parsed, and once: nothing in a secret can break the file or be replaced again. \`$\${\` stands for the two characters themselves. Inside \`{ … }\` and \`[ … ]\` YAML wants quotes around them.

## Values

- **Duration**: a whole number and \`s\`, \`m\`, \`h\`, \`d\` or \`w\`: \`90m\`, \`26h\`, \`7d\`.
- **Cron expression**: five fields, minute to day of week, UTC. Seconds and nicknames such as \`@hourly\` are refused, and so are days that no month has.
- **Glob**: \`*\` for any characters, \`?\` for one; everything else is literal and upper and lower case differ. Brackets, braces, backslashes and \`**\` are refused.
- **Day**: \`YYYY-MM-DD\`, UTC. An exemption holds until the end of its day.
- **Number** and **flag** may come through a placeholder.
- Ids made of digits only need quotes: YAML would read a number.
- A key without a value counts as absent. An unknown key is a fault.

Secrets and the passwords in URLs are wrapped: logs, errors, \`config print\` and the configuration digest never hold them.

Commands that never call the cloud (\`migrate\`, \`prune\`, \`health\`, \`report\`, \`check\`, \`explain\`, \`serve --no-schedule\`) need neither credentials nor projects; they do not look at \`cloud.auth\` at all.
`;

const closing = `
Without \`objectives\` one objective with these defaults matches every instance. An objective behind one that matches everything is a fault: it could never apply.

## Logs

Logs go to stderr, results to stdout. With \`LOG_FORMAT=json\` each line is one object:

| Field | Meaning |
|---|---|
| \`level\` | \`debug\`, \`info\`, \`warn\`, \`error\` |
| \`time\` | ISO 8601, UTC |
| \`pid\` | the process |
| \`msg\` | a constant text: what happened |
| \`err\` | an error: \`type\`, \`code\`, \`message\`, \`requestId\` where the cloud gave one, and \`cause\` likewise |
| others | ids and counts |

Errors without a \`code\` are defects of the program and carry their \`stack\`.
`;

/** The whole page. */
export function configurationReference(): string {
  const root = configJsonSchema() as SchemaNode;
  const sections = Object.entries(root.properties ?? {}).map(([name, node]) => section(name, node, root));
  return `${opening}\n## Keys\n\n${sections.join('\n')}${closing}`;
}

function section(name: string, node: SchemaNode, root: SchemaNode): string {
  const rows = node.properties === undefined && node.items === undefined ? [row(name, node, root)] : rowsOf(name, node);
  const header = '| Key | Value | Default | Meaning |\n|---|---|---|---|\n';
  const intro = node.properties === undefined && node.items === undefined ? '' : `${node.description ?? ''}\n\n`;
  return `### \`${name}\`\n\n${intro}${header}${rows.join('\n')}\n`;
}

function rowsOf(path: string, node: SchemaNode): string[] {
  const item = node.items;
  if (item !== undefined) {
    if (item.properties === undefined) return [];
    return rowsOf(`${path}[]`, item);
  }
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const below = rowsOf(`${path}.${key}`, child);
    return below.length > 0 ? below : [row(`${path}.${key}`, child, node, key)];
  });
}

function row(path: string, node: SchemaNode, parent: SchemaNode, key = path): string {
  const required = parent.required?.includes(key) ? 'required' : '';
  const preset = node.default === undefined ? required : `\`${text(node.default)}\``;
  const variable = node['x-environment'] === undefined ? '' : ` Environment: \`${node['x-environment']}\`.`;
  const example = node.examples?.[0] === undefined ? '' : ` Example: \`${text(node.examples[0])}\`.`;
  return `| \`${path}\` | ${kind(node)} | ${preset} | ${node.description ?? ''}${variable}${example} |`;
}

function kind(node: SchemaNode): string {
  if (node['x-kind'] !== undefined) return node['x-kind'];
  return node.items === undefined ? 'text' : 'list';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
