// Every fault that the simulated cloud can show, one sentence each. What each does is in fault-answers.ts (another
// answer), fault-pages.ts (another page), fault-states.ts (a change of the cloud) and delivery.ts (another way to send).

interface FaultEntry {
  /** `connection`: before any request is read; `state`: changes the cloud before the request is answered. */
  phase: 'connection' | 'state' | 'answer' | 'page' | 'delivery';
  description: string;
}

const statuses = [500, 502, 503, 504] as const;

const shapes = {
  service: 'as JSON of the database service',
  gateway: 'as JSON of the gateway',
  keystone: "as JSON in Keystone's form",
  html: 'as a proxy’s HTML page',
  text: 'as one line of plain text',
  empty: 'without a body',
  truncated: 'as JSON that stops in the middle',
} as const;

export type ErrorStatus = (typeof statuses)[number];
export type ErrorShape = keyof typeof shapes;
export type ErrorFaultName = `error-${ErrorStatus}-${ErrorShape}`;

const named = {
  'hang-connect': { phase: 'connection', description: 'The connection is accepted and nothing is ever read from it.' },
  'close-connect': { phase: 'connection', description: 'The connection is closed as soon as it is accepted.' },
  'reset-connect': { phase: 'connection', description: 'The connection is reset as soon as it is accepted.' },

  'revoke-tokens': { phase: 'state', description: 'Every token handed out so far stops being valid.' },
  'forbid-project': { phase: 'state', description: 'The permission for the project of the request is taken away.' },
  'plant-quotes': { phase: 'state', description: 'A backup appears whose id and name hold quotes and backslashes.' },
  'plant-slashes': {
    phase: 'state',
    description: 'A backup appears whose id and name hold slashes, dots and percent signs.',
  },
  'plant-controls': {
    phase: 'state',
    description: 'A backup appears whose id and name hold control characters and a terminal escape.',
  },
  'plant-long': { phase: 'state', description: 'A backup appears whose name and description are 10 kB long.' },
  'plant-emoji': {
    phase: 'state',
    description: 'A backup appears whose id and name hold emoji, combining marks and right-to-left text.',
  },
  'plant-markup': {
    phase: 'state',
    description: 'A backup appears whose name is a script tag and whose description is a spreadsheet formula.',
  },
  'plant-nul': {
    phase: 'state',
    description: 'A backup appears whose name and description hold the NUL character and a lone surrogate.',
  },

  throttled: { phase: 'answer', description: '429 APIGW.0308 without Retry-After.' },
  'throttled-retry-after': {
    phase: 'answer',
    description: '429 APIGW.0308 with Retry-After (1 s, or the parameter seconds).',
  },
  'throttled-retry-date': { phase: 'answer', description: '429 APIGW.0308 with Retry-After as an HTTP date.' },
  'throttled-by-service': { phase: 'answer', description: '429 DBS.280443 of the database service.' },
  'html-200': { phase: 'answer', description: 'An HTML page with status 200.' },
  'empty-200': { phase: 'answer', description: 'Status 200 without a body.' },
  'null-200': { phase: 'answer', description: 'Status 200 with the JSON value null.' },
  'array-200': { phase: 'answer', description: 'Status 200 with a JSON array.' },
  'error-in-200': { phase: 'answer', description: 'Status 200 with the body of an error.' },
  'list-missing-200': { phase: 'answer', description: 'Status 200 with an empty JSON object.' },
  'permission-lost-empty': {
    phase: 'answer',
    description: 'A lost permission shows as an empty list with status 200.',
  },
  forbidden: { phase: 'answer', description: '403 DBS.280032, no permission.' },
  'forbidden-400': { phase: 'answer', description: '400 DBS.280063, no permission.' },
  'forbidden-encoded': { phase: 'answer', description: '403 with an encoded_authorization_message.' },
  'token-invalid': { phase: 'answer', description: '401 APIGW.0301, decrypt token fail.' },
  'token-invalid-403': { phase: 'answer', description: '403 DBS.280056, token invalid.' },
  'token-update': { phase: 'answer', description: '401 APIGW.0307, the token must be updated.' },
  'key-locked': { phase: 'answer', description: '401 APIGW.0301, the access key is locked.' },
  'project-unavailable': { phase: 'answer', description: '403 APIGW.0310, the project is unavailable.' },
  'not-published': { phase: 'answer', description: '404 APIGW.0101, the API does not exist.' },
  'account-frozen': { phase: 'answer', description: '405 APIGW.0502, the account is frozen.' },
  'redirect-302': { phase: 'answer', description: '302 to another host.' },

  'empty-page': { phase: 'page', description: 'The page is empty although the list goes on.' },
  'short-page': { phase: 'page', description: 'The page holds half of its rows although the list goes on.' },
  'page-too-long': { phase: 'page', description: 'The page holds twice as many rows as asked for.' },
  'same-page': { phase: 'page', description: 'The first page comes back for every offset.' },
  'last-page-again': { phase: 'page', description: 'Past the end the last page comes back instead of an empty one.' },
  'row-missing': { phase: 'page', description: 'The middle row of the page is left out.' },
  'total-high': { phase: 'page', description: 'total_count is too high (by 7, or the parameter by).' },
  'total-low': { phase: 'page', description: 'total_count is too low (by 7, or the parameter by).' },
  'total-of-page': { phase: 'page', description: 'total_count is the number of rows of the page.' },
  'total-missing': { phase: 'page', description: 'total_count is absent.' },
  'total-string': { phase: 'page', description: 'total_count is a string.' },
  'duplicate-in-page': { phase: 'page', description: 'The first row of the page comes again at its end.' },
  'duplicate-across-pages': { phase: 'page', description: 'The page starts with the last row of the page before it.' },
  'out-of-order': { phase: 'page', description: 'The rows of the page are shuffled.' },
  'oldest-first': { phase: 'page', description: 'The list is in the opposite order.' },
  'big-page': { phase: 'page', description: 'The page weighs 5 MB (or the parameter bytes).' },
  'null-nullable': { phase: 'page', description: 'Null in every field that may be null.' },
  'null-everything': { phase: 'page', description: 'Null in every field but the id and the begin or creation time.' },
  'optional-absent': { phase: 'page', description: 'Every field that may be absent is absent.' },
  'id-null': { phase: 'page', description: 'Rows without an id.' },
  'begin-missing': { phase: 'page', description: 'Rows without a begin time.' },
  'row-not-object': { phase: 'page', description: 'Rows that are null, a number and a text.' },
  'extra-fields': { phase: 'page', description: 'Rows with fields that the API does not document.' },
  'unknown-status': { phase: 'page', description: 'A status that the API does not document.' },
  'unknown-type': { phase: 'page', description: 'A backup type that the API does not document.' },
  'unknown-datastore': { phase: 'page', description: 'A datastore that the API does not document.' },
  'times-0800': { phase: 'page', description: 'Times in the zone +0800.' },
  'times-colon': { phase: 'page', description: 'Times in the zone +00:00.' },
  'times-z': { phase: 'page', description: 'Times that end in Z.' },
  'times-zoneless': { phase: 'page', description: 'Times without a zone.' },
  'times-v3': { phase: 'page', description: 'Times as the v3 generation writes them.' },
  'times-millis': { phase: 'page', description: 'Times with milliseconds.' },
  'times-future': { phase: 'page', description: 'Times a year ahead.' },
  'times-garbage': { phase: 'page', description: 'Times that are no times.' },
  'end-before-begin': { phase: 'page', description: 'Backups that end before they begin.' },
  'size-negative': { phase: 'page', description: 'Negative sizes.' },
  'size-fractional': { phase: 'page', description: 'Sizes with many decimals.' },
  'size-huge': { phase: 'page', description: 'Sizes of 1e18 KB.' },
  'size-string': { phase: 'page', description: 'Sizes as text.' },
  'size-null': { phase: 'page', description: 'Sizes that are null.' },

  delay: { phase: 'delivery', description: 'The answer comes late (2 s, or the parameter ms).' },
  'slow-drip': {
    phase: 'delivery',
    description: 'The body comes in drops of 64 bytes every 100 ms (parameters bytes, ms).',
  },
  'hang-headers': { phase: 'delivery', description: 'The request is read and never answered.' },
  'hang-in-headers': { phase: 'delivery', description: 'The answer stops in the middle of its headers.' },
  'hang-body': {
    phase: 'delivery',
    description: 'The answer stops in the middle of its body and the connection stays open.',
  },
  'reset-before-body': { phase: 'delivery', description: 'The connection is reset before anything is answered.' },
  'reset-after-headers': { phase: 'delivery', description: 'The connection is reset after the headers.' },
  'reset-in-body': { phase: 'delivery', description: 'The connection is reset in the middle of the body.' },
  'reset-after-body': { phase: 'delivery', description: 'The connection is reset once the whole body was sent.' },
  'close-in-body': { phase: 'delivery', description: 'The connection is closed in the middle of the body.' },
  'close-after-body': {
    phase: 'delivery',
    description: 'The connection is closed after the answer although it was to be kept alive.',
  },
  'truncated-json': {
    phase: 'delivery',
    description: 'The body is whole by its length but its JSON stops in the middle.',
  },
  'invalid-utf8': { phase: 'delivery', description: 'The body ends with bytes that are not UTF-8.' },
  'byte-order-mark': { phase: 'delivery', description: 'The body starts with a byte order mark.' },
  'wrong-content-type': { phase: 'delivery', description: 'JSON that is declared to be text/plain.' },
  chunked: { phase: 'delivery', description: 'The body is sent in chunks without a length.' },
  'not-http': { phase: 'delivery', description: 'The answer is not HTTP.' },
} as const satisfies Record<string, FaultEntry>;

export type NamedFault = keyof typeof named;
export type FaultName = NamedFault | ErrorFaultName;

const errors = statuses.flatMap((status) =>
  Object.entries(shapes).map(([shape, how]): [string, FaultEntry] => [
    `error-${status}-${shape}`,
    { phase: 'answer', description: `${status} ${how}.` },
  ]),
);

/** Name → entry, in the order in which they are shown. */
export const faultCatalogue: ReadonlyMap<string, FaultEntry> = new Map<string, FaultEntry>([
  ...Object.entries(named),
  ...errors,
]);

export function isFaultName(name: string): name is FaultName {
  return faultCatalogue.has(name);
}

/** Status and shape of a fault like `error-502-html`; null for other names. */
export function errorFault(name: string): { status: ErrorStatus; shape: ErrorShape } | null {
  const match = /^error-(\d{3})-([a-z]+)$/.exec(name);
  const status = statuses.find((one) => String(one) === match?.[1]);
  const shape = (Object.keys(shapes) as ErrorShape[]).find((one) => one === match?.[2]);
  return status === undefined || shape === undefined ? null : { status, shape };
}
