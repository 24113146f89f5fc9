// The most memory that `sync` holds, for a small and a large list.

import { configFor, startCloud } from './support/cloud.ts';
import { startServer } from './support/database.ts';
import { runMain } from './support/process.ts';
import { type Bench, thousands } from './support/report.ts';

export const memory: Bench = {
  name: 'memory',
  about: 'Resident memory of a first `sync`, at its peak.',
  async run({ full, log }) {
    await using server = await startServer();
    const sizes = full ? [10_000, 1_000_000] : [10_000, 100_000];
    const peaks: number[] = [];
    for (const size of sizes) {
      await using cloud = await startCloud(['--backups', String(size)]);
      await using database = await server.clone();
      const { peakBytes, seconds } = await runMain([
        '--config',
        await configFor(cloud, database.url),
        'sync',
        '--json',
      ]);
      peaks.push((peakBytes ?? Number.NaN) / 2 ** 20);
      log(`${thousands(size)}: ${peaks.at(-1)?.toFixed(0)} MiB, ${seconds.toFixed(0)} s`);
    }
    const [small = Number.NaN, large = Number.NaN] = peaks;
    return [
      {
        what: `sync of ${thousands(sizes[1] ?? 0)} backups`,
        against: `${thousands(sizes[0] ?? 0)} backups (${small.toFixed(0)} MiB)`,
        target: '≤ 400 MB and ≤ 1.5 ×',
        measured: `${large.toFixed(0)} MiB, ${(large / small).toFixed(2)} ×`,
        met: large * 1.048576 <= 400 && large / small <= 1.5,
      },
    ];
  },
};
