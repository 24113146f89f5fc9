import { describe, expect, test } from 'vitest';
import { startProgram } from '../support/program.ts';
import { caller, send, standing } from './caller.ts';

const post = (url: string, path: string, body: object = {}) =>
  send(`${url}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
const look = async (url: string, path: string) => (await send(`${url}/_simulator/${path}`)).body;

describe('over HTTP', () => {
  test('the simulation describes itself', async () => {
    await using simulator = await standing();
    const about = (await send(`${simulator.url}/_simulator`)).body;
    expect(about).toMatchObject({ url: simulator.url, credentials: simulator.credentials });
    expect(about.projects).toEqual(simulator.projects);
    expect(await look(simulator.url, 'catalogue')).toHaveProperty('throttled');
    expect(await look(simulator.url, 'settings')).toHaveProperty('behaviour.zone', '+0000');
  });

  test('the truth is that of the process, whole or as ids', async () => {
    await using simulator = await standing();
    const [projectId = ''] = simulator.projectIds;
    expect(await look(simulator.url, `truth/${projectId}`)).toEqual(simulator.truth(projectId));
    expect(await look(simulator.url, `truth/${projectId}?fields=ids`)).toEqual(simulator.truthIds(projectId));
    expect((await send(`${simulator.url}/_simulator/truth/nonsense`)).status).toBe(400);
  });

  test('every control function can be called by its name', async () => {
    await using simulator = await standing();
    const { url } = simulator;
    const [projectId = ''] = simulator.projectIds;
    const inserted = await post(url, 'insert-backup', { projectId, status: 'BUILDING', name: 'by-hand' });
    const backupId = inserted.body.result;
    await post(url, 'complete-backup', { projectId, backupId, size: 5 });
    const row = simulator.truth(projectId).instance_backups.find((one) => one.id === backupId);
    expect(row).toMatchObject({ name: 'by-hand', status: 'COMPLETED', size: 5 });
    await post(url, 'delete-backup', { projectId, backupId });
    expect(simulator.truthIds(projectId).instance_backups).not.toContain(backupId);
    await post(url, 'advance', { ms: 3_600_000 });
    expect((await look(url, 'clock')).now).toBe('2026-11-20T13:00:00.000Z');
    const journal = await look(url, `journal/${projectId}`);
    expect(journal.filter((one: { id: string }) => one.id === backupId)).toHaveLength(3);
  });

  test('a call can wait until so many requests were answered', async () => {
    await using simulator = await standing();
    const { get, projectId } = await caller(simulator);
    const [backupId = ''] = simulator.truthIds(projectId).instance_backups;
    const after = { requests: 2, operation: 'list_backups', projectId };
    expect((await post(simulator.url, 'delete-backup', { projectId, backupId, after })).body).toEqual({
      scheduled: true,
    });
    const seen: boolean[] = [];
    for (let i = 0; i < 3; i++)
      seen.push((await get('/v4/{p}/backups', { backup_id: backupId })).body.total_count === 1);
    expect(seen).toEqual([true, true, false]);
  });

  test('faults, churn and requests can be set, seen and taken back', async () => {
    await using simulator = await standing();
    const { url } = simulator;
    const { get } = await caller(simulator);
    await post(url, 'add-fault', { fault: 'throttled', count: 1 });
    expect((await get('/v4/{p}/backups')).status).toBe(429);
    expect((await look(url, 'faults'))[0]).toMatchObject({ struck: 1, rule: { fault: 'throttled' } });
    await post(url, 'clear-faults');
    await post(url, 'set-churn', { delete: 1 });
    const totals = [(await get('/v4/{p}/backups')).body.total_count, (await get('/v4/{p}/backups')).body.total_count];
    expect(totals[1]).toBe(totals[0] - 1);
    const { counts, requests } = await look(url, 'requests?limit=3');
    expect(counts).toMatchObject({ create_token: 1, list_backups: 3 });
    expect(requests.map((one: { status: number; faults: string[] }) => [one.status, one.faults])).toEqual([
      [429, ['throttled']],
      [200, []],
      [200, []],
    ]);
    await post(url, 'forget-requests');
    expect(await look(url, 'requests')).toEqual({ counts: {}, requests: [] });
  });

  test('a reset brings the beginning back', async () => {
    await using simulator = await standing();
    const [projectId = ''] = simulator.projectIds;
    const before = simulator.truth(projectId);
    await post(simulator.url, 'advance', { ms: 90_000_000 });
    await post(simulator.url, 'forbid-project', { projectId });
    expect(simulator.truth(projectId)).not.toEqual(before);
    await post(simulator.url, 'reset');
    expect(simulator.truth(projectId)).toEqual(before);
    expect((await (await caller(simulator)).get('/v4/{p}/backups')).status).toBe(200);
  });

  test.each([
    ['delete-backup', { backupId: 'nonsense' }, 400, 'no backup nonsense'],
    ['delete-instance', { instanceId: 'nonsense' }, 400, 'no instance nonsense'],
    ['insert-backup', { beginTime: 'yesterday' }, 400, 'is no time'],
    ['add-fault', { fault: 'nonsense' }, 400, 'unknown fault'],
    ['nonsense', {}, 404, 'nothing at'],
    ['constructor', {}, 404, 'nothing at'],
  ])('%s with %o is refused with the reason', async (path, body, status, reason) => {
    await using simulator = await standing({ instances: 1 });
    const reply = await post(simulator.url, path, { projectId: simulator.projectIds[0], ...body });
    expect(reply.status).toBe(status);
    expect(reply.body.error).toContain(reason);
  });
});

describe('the command', () => {
  test('says where it listens and what to call with, and ends at a signal', async () => {
    await using program = startProgram([
      'simulate',
      '--port',
      '0',
      '--seed',
      '5',
      '--instances',
      '3',
      '--projects',
      '1',
    ]);
    await program.waitFor(/^ready$/m);
    const { stdout } = program.output();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0] ?? '';
    const about = (await send(`${url}/_simulator`)).body;
    for (const text of [about.credentials.accessKey, about.credentials.secretKey, about.projects[0].projectId]) {
      expect(stdout).toContain(text);
    }
    program.child.kill('SIGTERM');
    expect((await program.result).code).toBe(0);
  });

  test('takes its switches and describes itself as JSON', async () => {
    const switches = [
      '--churn',
      'insert=1',
      '--fault',
      'error-503-empty#2x1',
      '--throttle',
      'minute=100',
      '--latency-ms',
      '1',
    ];
    await using program = startProgram([
      'simulate',
      '--port',
      '0',
      '--json',
      '--days',
      '3',
      '--region',
      'eu-west-101',
      ...switches,
    ]);
    const [line] = await program.waitFor(/^\{.*\}$/m);
    const about = JSON.parse(line);
    expect(about.regionUrls).toHaveProperty('eu-west-101');
    expect(await look(about.url, 'settings')).toMatchObject({
      churn: { insert: 1 },
      throttle: { perMinute: 100, perSecond: null },
      behaviour: { latencyMs: 1 },
    });
    expect(await look(about.url, 'faults')).toMatchObject([{ rule: { fault: 'error-503-empty', nth: 2, count: 1 } }]);
  });

  test.each([
    [['--fault', 'nonsense'], 'unknown fault "nonsense"'],
    [['--churn', 'nonsense=1'], '--churn knows insert'],
    [['--port', 'http'], '--port takes a number from 0 to 65535'],
    [['--port', '99999'], '--port takes a number from 0 to 65535'],
    [['--start-at', 'never'], '--start-at takes a time'],
  ])('refuses %j with exit code 2', async (args, reason) => {
    await using program = startProgram(['simulate', ...args]);
    const { code, stderr } = await program.result;
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });

  test('lists the faults', async () => {
    await using program = startProgram(['simulate', '--list-faults']);
    const { code, stdout } = await program.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^throttled +429 APIGW\.0308 without Retry-After\.$/m);
  });
});
