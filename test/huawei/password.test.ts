// A wrong password is shown to IAM once, whatever the number of projects.

import { describe, expect, test } from 'vitest';
import { failureOf, fastClock, json, newCall, projectAt } from './cloud-server.ts';
import { startRegion, tokenCloud } from './token-region.ts';

const page = { offset: 0, limit: 100 };

describe('a refused password', () => {
  const wrong = { error: { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' } };

  test('costs exactly one request over all projects, and is not told', async () => {
    await using region = await startRegion({
      token: (_request, response) => {
        setTimeout(() => json(response, 401, wrong), 20);
        return true;
      },
    });
    await using cloud = tokenCloud(region.url);
    const failures = await Promise.all(
      ['a', 'b', 'c'].map((projectId) =>
        failureOf(cloud.source(projectAt(region.url, { projectId })).fetchPage('instances', page, newCall())),
      ),
    );
    expect(region.requests).toHaveLength(1);
    expect(new Set(failures).size).toBe(1);
    expect(failures[0]).toMatchObject({ failure: 'auth', operation: 'create_token', httpStatus: 401, apiCode: '401' });
    expect(failures[0]?.message).toContain(
      'The username or password is wrong. Check domain (account name), user name and password.',
    );
    expect(failures[0]?.message).not.toContain('the-password');
  });

  test('later is told at once, though the old token would still hold', async () => {
    let changed = false;
    await using region = await startRegion({
      token: (_request, response) => {
        if (changed) json(response, 401, wrong);
        return changed;
      },
    });
    const clock = fastClock();
    await using cloud = tokenCloud(region.url, { clock });
    const source = cloud.source(projectAt(region.url));
    await source.fetchPage('instances', page, newCall());
    changed = true;
    clock.offsetMs = 86_400_000 - 5 * 60_000;
    await failureOf(source.fetchPage('instances', page, newCall()));
    await failureOf(source.fetchPage('instances', page, newCall()));
    expect(region.purchases()).toHaveLength(2);
  });

  test('for one project alone, by what IAM says, leaves the others alone', async () => {
    await using region = await startRegion({
      token: (request, response) => {
        const barred = request.body.includes('"id":"barred"');
        if (barred) json(response, 401, { error: { code: 401, message: 'The user has no access to the project.' } });
        return barred;
      },
    });
    await using cloud = tokenCloud(region.url);
    const barred = cloud.source(projectAt(region.url, { projectId: 'barred' }));
    for (const scope of ['instances', 'instance_backups'] as const) {
      expect(await failureOf(barred.fetchPage(scope, page, newCall()))).toMatchObject({ failure: 'auth' });
    }
    await cloud.source(projectAt(region.url, { projectId: 'open' })).fetchPage('instances', page, newCall());
    expect(region.purchases()).toHaveLength(2);
  });
});
