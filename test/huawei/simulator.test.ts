// The client against the simulated cloud: every way to log in, every list equal to the truth.

import { describe, expect, test } from 'vitest';
import type { CloudAuth } from '../../src/huawei/cloud.ts';
import type { BackupFact, Fact, Scope } from '../../src/inventory/model.ts';
import { scopes } from '../../src/inventory/model.ts';
import type { Source } from '../../src/inventory/ports.ts';
import { instantOf } from '../../src/inventory/units.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { failureOf, fastClock, newCall } from './cloud-server.ts';
import { cloudOf, keysOf, passwordOf, projectOf, small } from './simulated-cloud.ts';

async function readAll(source: Source, scope: Scope, limit = 50): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (let offset = 0; ; offset += limit) {
    const { items, anomalies, total } = await source.fetchPage(scope, { offset, limit }, newCall());
    expect(anomalies).toEqual([]);
    facts.push(...items.flatMap(({ fact }) => fact ?? []));
    if (items.length < limit) {
      expect(facts).toHaveLength(total ?? -1);
      return facts;
    }
  }
}

describe.each(['keys', 'password'] as const)('with %s', (how) => {
  test('every list of every project is read as it is', async () => {
    await using simulator = await startSimulator(small);
    const auth = how === 'keys' ? keysOf(simulator) : passwordOf(simulator);
    await using cloud = cloudOf(simulator, { auth });
    for (const index of simulator.projects.keys()) {
      const source = cloud.source(projectOf(simulator, index));
      const truth = simulator.truth(source.project.projectId);
      for (const scope of scopes) {
        const facts = await readAll(source, scope);
        expect(facts.map((fact) => ('backupId' in fact ? fact.backupId : fact.instanceId))).toEqual(
          truth[scope].map(({ id }) => id),
        );
      }
      const backups = (await readAll(source, 'instance_backups')) as BackupFact[];
      expect(backups.length).toBeGreaterThan(20);
      for (const [place, wire] of truth.instance_backups.entries()) {
        expect(backups[place]).toMatchObject({
          beginAt: instantOf(new Date(wire.begin_time)),
          status: wire.status,
          instanceId: wire.instance_id,
          name: wire.name,
          sizeBytes: Math.round(wire.size * 1024),
        });
      }
    }
  });

  test('a window selects by begin time, both ends included', async () => {
    await using simulator = await startSimulator(small);
    await using cloud = cloudOf(simulator, { auth: how === 'keys' ? keysOf(simulator) : passwordOf(simulator) });
    const source = cloud.source(projectOf(simulator));
    const all = (await readAll(source, 'instance_backups')) as BackupFact[];
    const [from, to] = [all[40]?.beginAt, all[5]?.beginAt];
    if (from === undefined || to === undefined) throw new Error('too few backups');
    const page = await source.fetchPage('instance_backups', { offset: 0, limit: 100, window: { from, to } }, newCall());
    const expected = all.filter(({ beginAt }) => beginAt >= from && beginAt <= to).map(({ backupId }) => backupId);
    expect(page.items.map(({ id }) => id)).toEqual(expected);
  });

  test('a look-up finds what is there, under its own type alone, and nothing once it is gone', async () => {
    await using simulator = await startSimulator(small);
    await using cloud = cloudOf(simulator, { auth: how === 'keys' ? keysOf(simulator) : passwordOf(simulator) });
    const source = cloud.source(projectOf(simulator));
    const { instance_backups: backups, instances } = simulator.truthIds(source.project.projectId);
    const [backup = '', instance = ''] = [backups[3], instances[0]];
    const found = async (scope: Scope, id: string) =>
      (await source.lookUp(scope, id, newCall())).items.map((item) => item.id);
    expect(await found('instance_backups', backup)).toEqual([backup]);
    expect(await found('instances', instance)).toEqual([instance]);
    expect(await found('database_table_backups', backup)).toEqual([]);
    expect(await found('instance_backups', `${backup.slice(0, -6)}ffbr01`)).toEqual([]);
  });

  test('discovery finds the projects of a region and no other', async () => {
    await using simulator = await startSimulator({ ...small, projects: 6 });
    await using cloud = cloudOf(simulator, { auth: how === 'keys' ? keysOf(simulator) : passwordOf(simulator) });
    const region = simulator.projects[0]?.region ?? '';
    const found = await cloud.discoverProjects([region], newCall());
    const expected = simulator.projects
      .filter((project) => project.region === region)
      .map(({ projectId }) => projectId);
    expect(found.map(({ projectId }) => projectId).sort()).toEqual(expected.sort());
  });
});

describe('credentials', () => {
  test('a wrong secret costs one request over all projects and lists', async () => {
    await using simulator = await startSimulator({ ...small, projects: 4 });
    await using cloud = cloudOf(simulator, { auth: { ...keysOf(simulator), secretKey: 'wrong' } as CloudAuth });
    const calls = [...simulator.projects.keys()].flatMap((index) =>
      scopes.map((scope) =>
        failureOf(cloud.source(projectOf(simulator, index)).fetchPage(scope, { offset: 0, limit: 100 }, newCall())),
      ),
    );
    const failures = await Promise.all(calls);
    expect(simulator.requests()).toHaveLength(1);
    expect(failures.every(({ failure }) => failure === 'auth')).toBe(true);
  });

  test('a wrong password costs one request', async () => {
    await using simulator = await startSimulator(small);
    await using cloud = cloudOf(simulator, { auth: { ...passwordOf(simulator), password: 'wrong' } as CloudAuth });
    await Promise.all([0, 1].map((index) => cloud.probe(projectOf(simulator, index), newCall())));
    expect(simulator.requests()).toHaveLength(1);
  });

  test('tokens revoked in mid-run are renewed once, and nothing is lost', async () => {
    await using simulator = await startSimulator(small);
    await using cloud = cloudOf(simulator, { auth: passwordOf(simulator) });
    const source = cloud.source(projectOf(simulator));
    await readAll(source, 'instances');
    simulator.control.revokeTokens();
    await Promise.all(scopes.map((scope) => readAll(source, scope)));
    const sold = simulator.requests().filter(({ target }) => target.startsWith('/v3/auth/tokens'));
    expect(sold).toHaveLength(2);
  });

  test('a token is renewed before it expires', async () => {
    await using simulator = await startSimulator(small);
    await using cloud = cloudOf(simulator, { auth: passwordOf(simulator) });
    const source = cloud.source(projectOf(simulator));
    await readAll(source, 'instances');
    simulator.control.advance({ ms: 23.9 * 3_600_000 });
    await readAll(source, 'instances');
    expect(simulator.requests().filter(({ status }) => status === 401)).toEqual([]);
    expect(simulator.requests().filter(({ status }) => status === 201)).toHaveLength(2);
  });

  test('another region’s endpoint ends after one renewal', async () => {
    const regions = ['ap-southeast-1', 'ap-southeast-3', 'eu-west-101'];
    await using simulator = await startSimulator({ ...small, regions });
    const project = projectOf(simulator);
    const elsewhere = simulator.regionUrls.get(regions.find((region) => region !== project.region) ?? '') ?? '';
    await using cloud = cloudOf(simulator, { auth: passwordOf(simulator) });
    const result = await cloud.probe({ ...project, endpoint: elsewhere }, newCall());
    expect(result.lists.map(({ error }) => error?.apiCode)).toEqual(['APIGW.0307', 'APIGW.0307', 'APIGW.0307']);
    expect(simulator.requests()).toHaveLength(4);
  });

  test('a clock that is 20 minutes off is named, after one request', async () => {
    await using simulator = await startSimulator({ ...small, behaviour: { clockSkewMs: -20 * 60_000 } });
    await using cloud = cloudOf(simulator);
    const error = await failureOf(
      cloud.source(projectOf(simulator)).fetchPage('instances', { offset: 0, limit: 1 }, newCall()),
    );
    expect(error.apiCode).toBe('APIGW.0303');
    expect(simulator.requests()).toHaveLength(1);
  });

  test('a permission lost in mid-run is told as forbidden for this project alone', async () => {
    await using simulator = await startSimulator(small);
    await using cloud = cloudOf(simulator);
    const [first, second] = [cloud.source(projectOf(simulator, 0)), cloud.source(projectOf(simulator, 1))];
    await readAll(first, 'instances');
    simulator.control.forbidProject({ projectId: first.project.projectId });
    const error = await failureOf(first.fetchPage('instances', { offset: 0, limit: 1 }, newCall()));
    expect(error).toMatchObject({ failure: 'forbidden', apiCode: 'DBS.280032' });
    await readAll(second, 'instances');
  });

  test('the simulator’s own limit is met by retries that count as throttled', async () => {
    await using simulator = await startSimulator({ ...small, throttle: { perSecond: 2, retryAfter: true } });
    const clock = fastClock();
    const sleep = (ms: number, signal?: AbortSignal) => {
      void clock.sleep(ms, signal);
      return new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 1050)));
    };
    await using cloud = cloudOf(simulator, { clock: { now: () => simulator.now(), sleep }, retries: 10 });
    const call = newCall();
    const source = cloud.source(projectOf(simulator));
    await Promise.all(Array.from({ length: 4 }, () => source.fetchPage('instances', { offset: 0, limit: 1 }, call)));
    expect(call.tally.retries).toBeGreaterThan(0);
    expect(call.tally.throttleWaitSeconds).toBeGreaterThan(0);
  });
});
