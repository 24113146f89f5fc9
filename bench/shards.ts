// Many projects, each on an endpoint with a rate limit: one process against four that divide them.

import { configFor, startCloud } from './support/cloud.ts';
import { startServer } from './support/database.ts';
import { runMain } from './support/process.ts';
import { type Bench, thousands } from './support/report.ts';

export const shards: Bench = {
  name: 'shards',
  about: 'Sixteen projects at 10 requests a second and process: one process, then four shards side by side.',
  async run({ full }) {
    const backups = full ? 10_000 : 3000;
    const count = 4;
    await using cloud = await startCloud(['--projects', '16', '--instances', '20', '--backups', String(backups)]);
    await using server = await startServer();
    const seconds = async (shardCount: number) => {
      await using database = await server.clone();
      const config = await configFor(cloud, database.url, { requestsPerSecond: 10, concurrency: 4 });
      const startedMs = performance.now();
      await Promise.all(
        Array.from({ length: shardCount }, (_, index) =>
          runMain([
            '--config',
            config,
            'sync',
            '--json',
            ...(shardCount > 1 ? ['--shard', `${index}/${shardCount}`] : []),
          ]),
        ),
      );
      const [row] = await database.query<{ rows: number }>('select count(*) as rows from inventory.backup');
      return { took: (performance.now() - startedMs) / 1000, rows: row?.rows ?? 0 };
    };
    const one = await seconds(1);
    const four = await seconds(count);
    return [
      {
        what: `${count} shards of 16 projects with ${thousands(one.rows)} backups (${four.took.toFixed(1)} s)`,
        against: `one process (${one.took.toFixed(1)} s)`,
        target: 'none; the largest share of projects decides',
        measured: `${(one.took / four.took).toFixed(2)} × as fast`,
        met: null,
        note:
          one.rows === four.rows ? 'Both hold the same number of rows.' : `Rows differ: ${one.rows} and ${four.rows}.`,
      },
    ];
  },
};
