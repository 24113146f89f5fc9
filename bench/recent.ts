// What a `recent` run asks for: the new backups of each list and the unfinished ones, whatever the list's length.

import { configFor, projectOf, startCloud } from './support/cloud.ts';
import { startServer } from './support/database.ts';
import { runMain } from './support/process.ts';
import { type Bench, thousands } from './support/report.ts';

interface Summary {
  scopes: { scope: string; requests: number; inserted: number; listed: number }[];
}

export const recent: Bench = {
  name: 'recent',
  about: 'Requests of a `recent` run an hour after a full one.',
  async run({ full }) {
    const backups = full ? 1_000_000 : 20_000;
    const instances = 500;
    await using cloud = await startCloud(['--backups', String(backups), '--instances', String(instances)]);
    await using server = await startServer();
    await using database = await server.clone();
    const config = await configFor(cloud, database.url);
    const whole = summaryOf((await runMain(['--config', config, 'sync', '--json'])).stdout, 'instance_backups');
    const { projectId } = projectOf(cloud);
    const truth = await cloud.truth(projectId);
    const [instance] = truth.instances;
    if (instance === undefined) throw new Error('The simulated cloud has no instance.');
    const news = 250;
    for (let index = 0; index < news; index += 1) {
      await cloud.post('insert-backup', { projectId, instanceId: instance.id });
    }
    const unfinished = await database.query<{ count: number }>(
      `select count(*) from inventory.backup where status not in ('COMPLETED', 'FAILED') and retired_at is null and backup_scope = 'instance'`,
    );
    const run = summaryOf(
      (await runMain(['--config', config, 'sync', '--mode', 'recent', '--json'])).stdout,
      'instance_backups',
    );
    const most = Math.ceil(news / 100) + 1 + (unfinished[0]?.count ?? 0);
    return [
      {
        what: `recent run with ${news} new backups in a list of ${thousands(backups)}, ${unfinished[0]?.count} unfinished`,
        against: `full sweep (${thousands(whole.requests)} requests)`,
        target: `≤ ${most}: ceil(new / 100) + 1, and the unfinished`,
        measured: `${run.requests} requests, ${run.inserted} new`,
        met: run.requests <= most && run.inserted === news,
      },
    ];
  },
};

function summaryOf(stdout: string, scope: string): Summary['scopes'][number] {
  const found = (JSON.parse(stdout) as Summary).scopes.find((each) => each.scope === scope);
  if (found === undefined) throw new Error(`The summary has no ${scope}.`);
  return found;
}
