// Permissions, tokens and keys that are lost while the program runs, in every form in which a cloud shows it.

import { describe, expect, test } from 'vitest';
import { difference, none } from '../support/audit.ts';
import { beginStory, hourMs, type Story } from '../support/story.ts';
import { expectExact, reasonsOf, trustedRun, truthsOf } from './api-matrix.ts';

const listInstances = ['nosql:instance:list'];
const listBackups = ['nosql:backup:list'];

async function retiredOrStruck(story: Story): Promise<number> {
  const [row] = await story.query<{ n: number }>(`
    select (select count(*) from inventory.backup where retired_at is not null or missing_since is not null)
      + (select count(*) from inventory.instance where retired_at is not null or missing_since is not null) as n`);
  return Number(row?.n);
}

describe('a permission that shows as an empty list', () => {
  test.each([
    ['of the whole project', [], 'quarantined quarantined quarantined'],
    ['to list backups', listInstances, 'believed quarantined quarantined'],
    ['to list instances', listBackups, 'quarantined believed believed'],
  ])('%s is never taken for deletions, however often it is read', async (_what, permissions, expected) => {
    await using story = await beginStory();
    await trustedRun(story);
    story.simulator.control.setBehaviour({ permissions, noPermission: 'empty' });
    for (let run = 0; run < 6; run += 1) {
      const { scopes, exitCode } = await trustedRun(story);
      expect(scopes.map(({ quarantined }) => (quarantined ? 'quarantined' : 'believed')).join(' ')).toBe(expected);
      expect(exitCode).toBe(0); // the lists were whole, and nothing of them was believed
    }
    expect(await retiredOrStruck(story)).toBe(0);
    expect(story.lines.join()).toContain('scope quarantined');
    story.simulator.control.setBehaviour({ permissions: null });
    await expectExact(story);
  });

  test('leaves no verdict COMPLIANT', async () => {
    await using story = await beginStory();
    await trustedRun(story);
    story.simulator.control.setBehaviour({ permissions: listInstances, noPermission: 'empty' });
    story.pass(hourMs);
    await trustedRun(story);
    story.pass(1000); // commits are a millisecond apart, on a clock that stands still
    const verdicts = await story.query<{ verdict: string }>(`
      select distinct verdict from compliance.control_last_good_backup_at('${story.simulator.now().toISOString()}')`);
    expect(verdicts).toEqual([{ verdict: 'UNKNOWN' }]);
  });

  test('that comes back counts what it hid as seen: a row that is missing then is struck once, not retired', async () => {
    await using story = await beginStory({ cloud: { backupsPerProject: 100 } });
    await trustedRun(story);
    story.simulator.control.setBehaviour({ permissions: [], noPermission: 'empty' });
    await trustedRun(story);
    await trustedRun(story);
    story.simulator.control.setBehaviour({ permissions: null });
    const [projectId = ''] = story.simulator.projectIds;
    const gone = story.simulator.truth(projectId).instance_backups.findLast(({ type }) => type === 'Auto');
    story.simulator.control.deleteBackup({ projectId, backupId: gone?.id ?? '' });
    // Neither list nor look-up may be the second witness: the look-up fails.
    story.simulator.control.setFaults({
      faults: [{ fault: 'forbidden', operation: 'list_backups', nth: 3, count: 1 }],
    });
    const { scopes } = await trustedRun(story);
    expect(scopes[1]).toMatchObject({ certified: true, struck: 1, retired: 0 });
  });
});

describe('lost in the middle of a list', () => {
  test.each(['forbidden', 'permission-lost-empty'] as const)('as %s, it costs that list alone', async (fault) => {
    await using story = await beginStory({ cloud: { backupsPerProject: 230 }, settings: { concurrency: 1 } });
    await trustedRun(story);
    const [projectId = ''] = story.simulator.projectIds;
    const fresh = story.simulator.control.insertBackup({ projectId });
    // From the second page of backups to their end; table-level backups are read after that.
    story.simulator.control.setFaults({ faults: [{ fault, operation: 'list_backups', nth: 2, count: 20 }] });
    const summary = await trustedRun(story);
    expect(reasonsOf(summary)).toBe(fault === 'forbidden' ? 'ok forbidden forbidden' : 'ok total_mismatch ok');
    const stored = await story.query(`select status from inventory.backup where backup_id = '${fresh}'`);
    expect(stored).toEqual([{ status: 'COMPLETED' }]); // what was seen is true
    expect(await retiredOrStruck(story)).toBe(0);
    story.simulator.control.clearFaults();
    await expectExact(story);
  });
});

describe('tokens and keys', () => {
  test('a token revoked in mid-list is replaced once, and nothing is lost', async () => {
    await using story = await beginStory({ auth: 'password', cloud: { backupsPerProject: 230 } });
    await trustedRun(story);
    story.simulator.control.forgetRequests();
    story.simulator.afterRequests(1, () => story.simulator.control.revokeTokens(), { operation: 'list_backups' });
    expect(reasonsOf(await trustedRun(story))).toBe('ok ok ok');
    expect(story.simulator.requestCounts().create_token).toBe(2);
    expect(await difference(story.query, truthsOf(story))).toEqual(none);
  });

  test('a password changed in mid-list ends the run as auth, is shown once more and never again', async () => {
    await using story = await beginStory({ auth: 'password', cloud: { backupsPerProject: 230 } });
    await trustedRun(story);
    story.simulator.control.forgetRequests();
    const change = () => story.simulator.control.changePassword({ password: 'Changed-in-mid-list-1' });
    story.simulator.afterRequests(1, change, { operation: 'list_backups' });
    const summary = await trustedRun(story);
    expect(reasonsOf(summary)).toBe('ok auth auth');
    expect(summary.exitCode).toBe(3);
    expect(summary.scopes[1]?.errorMessage).toMatch(/Check domain.*password/);
    expect(story.simulator.requestCounts().create_token).toBe(2); // the first of the run, and the refused one
    expect(await retiredOrStruck(story)).toBe(0);
  });

  test('a key whose secret was rotated in mid-list is shown once more and never again', async () => {
    await using story = await beginStory({ cloud: { backupsPerProject: 230 }, settings: { concurrency: 1 } });
    await trustedRun(story);
    story.simulator.control.forgetRequests();
    const rotate = () => story.simulator.control.rotateSecret({ secretKey: 'ROTATED' });
    story.simulator.afterRequests(1, rotate, { operation: 'list_backups' });
    const summary = await trustedRun(story);
    expect(reasonsOf(summary)).toBe('ok auth auth');
    expect(summary.scopes[1]?.errorMessage).toMatch(/secret key/);
    expect(story.simulator.requests().filter(({ status }) => status === 401)).toHaveLength(1);
    expect(await retiredOrStruck(story)).toBe(0);
  });
});

test('when the cloud stays silent past the freshness limit, no verdict is COMPLIANT', async () => {
  await using story = await beginStory({ extra: 'freshness: 3h' });
  await trustedRun(story);
  const verdicts = async () => {
    const rows = await story.query<{ verdict: string }>(
      `select distinct verdict from compliance.finding_at('${story.simulator.now().toISOString()}')
       where verdict in ('COMPLIANT', 'UNKNOWN') order by 1`,
    );
    return rows.map(({ verdict }) => verdict);
  };
  expect(await verdicts()).toContain('COMPLIANT');
  story.simulator.control.setFaults({ faults: [{ fault: 'error-503-html' }] });
  story.pass(3 * hourMs + 60_000);
  expect(reasonsOf(await trustedRun(story))).toBe('api api api');
  expect(await verdicts()).toEqual(['UNKNOWN']);
});
