import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type FaultName, faultCatalogue, isFaultName } from '../../src/simulator/fault-catalogue.ts';
import { type FaultParameters, type FaultRule, parseFaultRule } from '../../src/simulator/fault-rules.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { caller, type Reply, send, standing } from './caller.ts';

/** One call of the list with the fault, as a client sees it. */
async function withFault(fault: FaultName, parameters: FaultParameters = {}, path = '/v4/{p}/backups?limit=10') {
  await using simulator = await standing();
  const { get, projectId } = await caller(simulator);
  const truth = simulator.truth(projectId);
  simulator.control.addFault({ fault, parameters });
  return { reply: await get(path), truth, simulator };
}

/** The rows of the page and their ids. */
const ids = (reply: Reply) => reply.body.backups.map((row: { id: string }) => row.id);

describe('the catalogue', () => {
  test('describes every fault in one sentence', () => {
    expect(faultCatalogue.size).toBeGreaterThan(100);
    for (const [name, { description }] of faultCatalogue) {
      expect(description, name).toMatch(/^(?:[A-Z0-9]|total_count)[^\n]*\.$/);
      expect(isFaultName(name)).toBe(true);
    }
  });

  test('has no fault that breaks the simulator itself', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    const parameters = { ms: 1, bytes: 4096 };
    for (const name of faultCatalogue.keys()) {
      const path = name.startsWith('times') ? '/v3/{p}/instances' : '/v4/{p}/backups';
      if (!isFaultName(name)) throw new Error(name);
      simulator.control.setFaults({ faults: [{ fault: name, count: 1, parameters }] });
      await get(path, {}, { signal: AbortSignal.timeout(150) }).catch(() => undefined);
      if (name === 'revoke-tokens' || name === 'forbid-project') simulator.reset();
      simulator.control.clearFaults();
    }
    const fresh = await caller(simulator);
    expect((await fresh.get('/v4/{p}/backups')).status).toBe(200);
  });
});

describe('a rule', () => {
  const strikes = async (rule: FaultRule, calls = 6) => {
    await using simulator = await standing({ instances: 2 });
    const { get } = await caller(simulator);
    simulator.control.addFault(rule);
    const statuses: number[] = [];
    for (let i = 0; i < calls; i++) statuses.push((await get('/v4/{p}/backups')).status);
    return statuses;
  };

  test('strikes the n-th matching request and as many as it says', async () => {
    expect(await strikes({ fault: 'throttled', nth: 2, count: 3 })).toEqual([200, 429, 429, 429, 200, 200]);
    expect(await strikes({ fault: 'throttled', operation: 'list_instances' })).toEqual(Array(6).fill(200));
    expect(await strikes({ fault: 'throttled', operation: ['list_backups'], count: 1 })).toEqual([
      429,
      ...Array(5).fill(200),
    ]);
    expect(await strikes({ fault: 'throttled', project: 'nonsense' })).toEqual(Array(6).fill(200));
  });

  test('with a probability strikes by seed', async () => {
    const rule: FaultRule = { fault: 'error-503-empty', probability: 0.4 };
    const [a, b] = [await strikes(rule, 30), await strikes(rule, 30)];
    expect(b).toEqual(a);
    const struck = a.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(5);
    expect(struck).toBeLessThan(22);
  });

  test('is written on the command line as name, operation, number, count and probability', () => {
    expect(parseFaultRule('throttled@list_backups#2x3%50')).toEqual({
      fault: 'throttled',
      operation: 'list_backups',
      nth: 2,
      count: 3,
      probability: 0.5,
    });
    expect(parseFaultRule('reset-in-body')).toMatchObject({ fault: 'reset-in-body' });
    expect(parseFaultRule('error-502-html%1')).toMatchObject({ fault: 'error-502-html', probability: 0.01 });
    expect(() => parseFaultRule('nonsense')).toThrow('unknown fault "nonsense"');
  });
});

describe('answers', () => {
  const expected: Record<string, [shape: RegExp, type: string | null]> = {
    service: [/^\{"error_code":"DBS\.\d+","error_msg":".+"\}$/, 'application/json;charset=utf8'],
    gateway: [
      /^\{"error_msg":".+","error_code":"APIGW\.\d+","request_id":"[0-9a-f]{32}"\}$/,
      'application/json;charset=utf8',
    ],
    keystone: [/^\{"error":\{"code":5\d\d,"message":".+","title":".+"\}\}$/, 'application/json;charset=utf8'],
    html: [/^<html>/, 'text/html'],
    text: [/^upstream/, 'text/plain'],
    truncated: [/^\{"error_code":"APIGW\.\d+","error_m$/, 'application/json'],
    empty: [/^$/, null],
  };
  const cases = [500, 502, 503, 504].flatMap((status) =>
    Object.keys(expected).map((shape) => [status, shape] as const),
  );

  test.each(cases)('%d comes in the shape %s', async (status, shape) => {
    const name = `error-${status}-${shape}`;
    if (!isFaultName(name)) throw new Error(name);
    const { reply } = await withFault(name);
    expect(reply.status).toBe(status);
    expect(reply.text).toMatch(expected[shape]?.[0] ?? /never/);
    expect(reply.headers.get('content-type')).toBe(expected[shape]?.[1]);
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    ['throttled', 429, 'APIGW.0308'],
    ['throttled-by-service', 429, 'DBS.280443'],
    ['forbidden', 403, 'DBS.280032'],
    ['forbidden-400', 400, 'DBS.280063'],
    ['forbidden-encoded', 403, 'PAP5.0001'],
    ['token-invalid', 401, 'APIGW.0301'],
    ['token-invalid-403', 403, 'DBS.280056'],
    ['token-update', 401, 'APIGW.0307'],
    ['key-locked', 401, 'APIGW.0301'],
    ['project-unavailable', 403, 'APIGW.0310'],
    ['account-frozen', 405, 'APIGW.0502'],
    ['not-published', 404, 'APIGW.0101'],
    ['error-in-200', 200, 'DBS.280005'],
  ] as const)('%s is %d %s', async (fault, status, code) => {
    const { reply } = await withFault(fault);
    expect([reply.status, reply.body.error_code]).toEqual([status, code]);
    expect(reply.headers.has('retry-after')).toBe(false);
  });

  test('a success can be an HTML page, nothing, null, an array, an object without a list, an empty list', async () => {
    const seen = async (fault: FaultName) => (await withFault(fault)).reply;
    expect((await seen('html-200')).text).toContain('<html>');
    expect((await seen('empty-200')).text).toBe('');
    expect((await seen('null-200')).text).toBe('null');
    expect((await seen('array-200')).body).toEqual([]);
    expect((await seen('list-missing-200')).body).toEqual({});
    expect((await seen('permission-lost-empty')).body).toEqual({ total_count: 0, backups: [] });
    expect((await seen('redirect-302')).headers.get('location')).toContain('https://');
  });

  test('a throttle can say when to come back, in seconds or as a date', async () => {
    const seconds = (await withFault('throttled-retry-after', { seconds: 7 })).reply;
    expect(seconds.headers.get('retry-after')).toBe('7');
    const date = (await withFault('throttled-retry-date', { seconds: 30 })).reply;
    expect(date.headers.get('retry-after')).toBe('Fri, 20 Nov 2026 12:00:30 GMT');
  });
});

describe('pages', () => {
  test.each([
    ['empty-page', 0],
    ['short-page', 5],
    ['page-too-long', 20],
    ['row-missing', 9],
    ['duplicate-in-page', 11],
  ] as const)('%s holds %d of 10 rows and the true total', async (fault, rows) => {
    const { reply, truth } = await withFault(fault);
    expect(reply.body.backups).toHaveLength(rows);
    expect(reply.body.total_count).toBe(truth.instance_backups.length);
  });

  test('repeat, overlap, shuffle and turn round', async () => {
    const path = '/v4/{p}/backups?limit=10&offset=20';
    const all = (await withFault('times-colon')).truth.instance_backups.map((row) => row.id);
    expect(ids((await withFault('same-page', {}, path)).reply)).toEqual(all.slice(0, 10));
    expect(ids((await withFault('duplicate-across-pages', {}, path)).reply)).toEqual(all.slice(19, 29));
    const shuffled = ids((await withFault('out-of-order', {}, path)).reply);
    expect(shuffled).not.toEqual(all.slice(20, 30));
    expect(shuffled.toSorted()).toEqual(all.slice(20, 30).toSorted());
    expect(ids((await withFault('oldest-first')).reply)).toEqual(all.slice(-10).reverse());
    const past = '/v4/{p}/backups?limit=10&offset=5000';
    expect(ids((await withFault('last-page-again', {}, past)).reply)).toEqual(all.slice(-10));
  });

  test.each([
    ['total-high', (total: number) => total + 7],
    ['total-low', (total: number) => total - 7],
    ['total-of-page', () => 10],
    ['total-missing', () => undefined],
    ['total-string', (total: number) => String(total)],
  ] as const)('%s', async (fault, change) => {
    const { reply, truth } = await withFault(fault);
    expect(reply.body.total_count).toEqual(change(truth.instance_backups.length));
  });

  test('weigh five megabytes', async () => {
    const { reply } = await withFault('big-page');
    expect(reply.text.length).toBeGreaterThan(5_000_000);
    expect(reply.text.length).toBeLessThan(5_100_000);
  });

  test.each([
    ['null-nullable', { description: null, end_time: null, database_tables: null }],
    ['null-everything', { name: null, status: null, size: null, datastore: null, id: expect.any(String) }],
    ['id-null', { id: null }],
    ['extra-fields', { labels: ['a', 'b'] }],
    ['unknown-status', { status: 'DELETING' }],
    ['unknown-type', { type: 'Snapshot' }],
    ['unknown-datastore', { datastore: { type: 'hbase', version: '2.x' } }],
    ['size-negative', { size: -1024 }],
    ['size-fractional', { size: 1234.567890123 }],
    ['size-huge', { size: 1e18 }],
    ['size-string', { size: expect.any(String) }],
    ['size-null', { size: null }],
    ['times-0800', { begin_time: expect.stringMatching(/\+0800$/) }],
    ['times-colon', { begin_time: expect.stringMatching(/\+00:00$/) }],
    ['times-z', { begin_time: expect.stringMatching(/:\d\dZ$/) }],
    ['times-zoneless', { begin_time: expect.stringMatching(/T\d\d:\d\d:\d\d$/) }],
    ['times-v3', { begin_time: expect.stringMatching(/^\S+ \S+$/) }],
    ['times-millis', { begin_time: expect.stringMatching(/\.123\+0000$/) }],
    ['times-future', { begin_time: expect.stringMatching(/^2027-/) }],
    ['times-garbage', { begin_time: 'yesterday' }],
    ['end-before-begin', { end_time: '2001-01-01T00:00:00+0000' }],
  ] as const)('%s changes the rows, all or the first few', async (fault, expected) => {
    const { reply, truth } = await withFault(fault, { rows: 1 });
    expect(reply.body.backups[0]).toMatchObject(expected);
    expect(reply.body.backups.slice(1)).toEqual(truth.instance_backups.slice(1, 10));
    const everywhere = (await withFault(fault)).reply.body.backups;
    expect(everywhere.at(-1)).not.toEqual(truth.instance_backups[9]);
  });

  test('lack what may be absent, or the begin, or are no rows at all', async () => {
    const [lean] = (await withFault('optional-absent')).reply.body.backups;
    expect(Object.keys(lean)).toHaveLength(9);
    const [blind] = (await withFault('begin-missing')).reply.body.backups;
    expect(blind).not.toHaveProperty('begin_time');
    expect((await withFault('row-not-object')).reply.body.backups.slice(0, 3)).toEqual([null, 42, 'not a backup']);
  });

  test('of instances are struck too', async () => {
    const { reply } = await withFault('null-everything', {}, '/v3/{p}/instances');
    expect(reply.body.instances[0]).toMatchObject({ name: null, backup_strategy: null, created: expect.any(String) });
  });
});

describe('changes of the cloud', () => {
  test('revoke tokens or the permission in mid-sweep', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    simulator.control.addFault({ fault: 'revoke-tokens', nth: 3, count: 1 });
    const statuses = async (calls: number) => {
      const seen: number[] = [];
      for (let i = 0; i < calls; i++) seen.push((await get('/v4/{p}/backups')).status);
      return seen;
    };
    expect(await statuses(4)).toEqual([200, 200, 401, 401]);
    simulator.reset();
    const again = await caller(simulator);
    simulator.control.addFault({ fault: 'forbid-project', nth: 2, operation: 'list_backups' });
    expect((await again.get('/v4/{p}/backups')).status).toBe(200);
    expect((await again.get('/v4/{p}/backups')).status).toBe(403);
  });

  test.each([
    'plant-quotes',
    'plant-slashes',
    'plant-controls',
    'plant-long',
    'plant-emoji',
    'plant-markup',
    'plant-nul',
  ] as const)('%s lists a hostile backup that is found again by its id', async (fault) => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const before = new Set(simulator.truthIds(projectId).instance_backups);
    simulator.control.addFault({ fault });
    await get('/v4/{p}/backups');
    await get('/v4/{p}/backups');
    const planted = simulator.truth(projectId).instance_backups.filter((row) => !before.has(row.id));
    expect(planted).toHaveLength(1);
    const found = await get('/v4/{p}/backups', { backup_id: planted[0]?.id ?? '' });
    expect(found.body.backups).toEqual(planted);
  });
});

describe('deliveries', () => {
  /** Bytes received until the connection ends or stays silent, and how it ended. */
  function raw(simulator: Simulator, token: string, quietMs = 250): Promise<{ text: string; end: string }> {
    const url = new URL(simulator.url);
    return new Promise((resolve) => {
      const socket = new Socket();
      let text = '';
      const quiet = setTimeout(() => finish('silence'), quietMs);
      const finish = (end: string) => {
        clearTimeout(quiet);
        socket.destroy();
        resolve({ text, end });
      };
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        text += chunk;
        quiet.refresh();
      });
      socket.on('end', () => finish('closed'));
      socket.on('close', () => finish('closed'));
      socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'error'));
      socket.connect(Number(url.port), url.hostname, () => {
        const path = `/v4/${simulator.projectIds[0]}/backups?limit=20`;
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nX-Auth-Token: ${token}\r\n\r\n`);
      });
    });
  }

  const isWhole = (text: string) => {
    const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
    return Number(/content-length: (\d+)/i.exec(head)?.[1]) === Buffer.byteLength(body);
  };

  test.each([
    ['hang-connect', 'silence', 'nothing'],
    ['close-connect', 'closed', 'nothing'],
    ['reset-connect', 'ECONNRESET', 'nothing'],
    ['hang-headers', 'silence', 'nothing'],
    ['hang-in-headers', 'silence', 'headers'],
    ['hang-body', 'silence', 'half'],
    ['reset-before-body', 'ECONNRESET', 'nothing'],
    ['reset-after-headers', 'ECONNRESET', 'headers'],
    ['reset-in-body', 'ECONNRESET', 'half'],
    ['close-in-body', 'closed', 'half'],
    ['reset-after-body', 'ECONNRESET', 'whole'],
    ['close-after-body', 'closed', 'whole'],
    ['not-http', 'closed', 'junk'],
  ] as const)('%s ends in %s after %s', async (fault, end, got) => {
    await using simulator = await standing();
    const { token } = await caller(simulator);
    simulator.control.addFault({ fault });
    const seen = await raw(simulator, token);
    expect(seen.end).toBe(end);
    if (got === 'nothing') expect(seen.text).toBe('');
    else if (got === 'junk') expect(seen.text).not.toMatch(/^HTTP/);
    else {
      expect(seen.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(isWhole(seen.text)).toBe(got === 'whole');
      expect(seen.text.includes('"id"')).toBe(got !== 'headers');
    }
  });

  test('meet also a client that keeps its connections: idle ones are closed', async () => {
    await using simulator = await standing();
    const { get } = await caller(simulator);
    await get('/v4/{p}/backups');
    simulator.control.addFault({ fault: 'hang-connect', count: 1 });
    await new Promise((resolve) => setTimeout(resolve, 30)); // the client notices
    const signal = AbortSignal.timeout(200);
    await expect(get('/v4/{p}/backups', {}, { signal })).rejects.toThrow();
    expect((await get('/v4/{p}/backups')).status).toBe(200);
  });

  test('come late or in drops but whole', async () => {
    const startedAt = performance.now();
    const late = (await withFault('delay', { ms: 120 })).reply;
    expect(performance.now() - startedAt).toBeGreaterThan(115);
    expect(late.body.backups).toHaveLength(10);
    const dripping = performance.now();
    const { reply } = await withFault('slow-drip', { ms: 10, bytes: 400 });
    expect(performance.now() - dripping).toBeGreaterThan(80);
    expect(reply.body.backups).toHaveLength(10);
  });

  test('break the text of the body, its type or its length', async () => {
    const truncated = (await withFault('truncated-json')).reply;
    expect([truncated.status, truncated.body]).toEqual([200, undefined]);
    expect((await withFault('invalid-utf8')).reply.text).toContain('\uFFFD');
    await using simulator = await standing();
    const { token } = await caller(simulator);
    simulator.control.addFault({ fault: 'byte-order-mark' });
    expect((await raw(simulator, token)).text).toContain('\r\n\r\n\uFEFF{');
    expect((await withFault('wrong-content-type')).reply.headers.get('content-type')).toBe('text/plain');
    const chunked = (await withFault('chunked')).reply;
    expect(chunked.headers.has('content-length')).toBe(false);
    expect(chunked.body.backups).toHaveLength(10);
  });

  test('wait for the latency that is set, on a connection that is kept alive', async () => {
    await using simulator = await standing({ behaviour: { latencyMs: 60 } });
    const { get } = await caller(simulator);
    const startedAt = performance.now();
    const reply = await get('/v4/{p}/backups');
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    expect(reply.headers.get('connection')).toBe('keep-alive');
    const early = await send(`${simulator.url}/v4/nonsense`);
    expect(early.status).toBe(404);
  });
});
