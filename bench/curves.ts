// How cost grows with the list: one first sync and one unchanged one at each size. Writes docs/growth.svg beside the table.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/app/clock.ts';
import { createSnapshotReader } from '../src/postgres/snapshot.ts';
import { createExposition } from '../src/prometheus/exposition.ts';
import { ourProcess } from '../test/prometheus/scraping.ts';
import { configFor, startCloud } from './support/cloud.ts';
import { type BenchServer, startServer } from './support/database.ts';
import { plot, type Series } from './support/plot.ts';
import { runMain } from './support/process.ts';
import { type Bench, type Row, thousands } from './support/report.ts';

interface Point {
  backups: number;
  /** Times that the list was read: two where more backups than a page holds began in the same second. */
  passes: number;
  firstSeconds: number;
  againSeconds: number;
  peakMegabytes: number;
  tableMegabytes: number;
  firstWalMegabytes: number;
  againWalKilobytes: number;
  scrapeKilobytes: number;
}

export const curves: Bench = {
  name: 'curves',
  about: 'Time, memory, size, log and scrape by number of backups, a hundred for each instance.',
  async run({ full }) {
    await using server = await startServer();
    const points: Point[] = [];
    for (const backups of full ? [1000, 10_000, 100_000, 1_000_000] : [1000, 10_000, 50_000]) {
      points.push(await measure(server, backups));
    }
    const series = (name: string, unit: string, of: (point: Point) => number): Series => ({
      name: `${name} (${unit})`,
      points: points.map((point) => [point.backups, of(point)]),
    });
    const svg = plot('Cost by number of backups', [
      series('first sync', 's', (point) => point.firstSeconds),
      series('unchanged sync', 's', (point) => point.againSeconds),
      series('memory', 'MB', (point) => point.peakMegabytes),
      series('tables and indexes', 'MB', (point) => point.tableMegabytes),
      series('scrape, gzip', 'kB', (point) => point.scrapeKilobytes),
    ]);
    await writeFile(fileURLToPath(new URL('../docs/growth.svg', import.meta.url)), svg);
    return points.map(rowOf);
  },
};

async function measure(server: BenchServer, backups: number): Promise<Point> {
  const instances = Math.max(10, Math.round(backups / 100));
  await using cloud = await startCloud([
    '--instances',
    String(instances),
    '--backups',
    String(backups),
    '--days',
    '60',
  ]);
  await using database = await server.clone();
  await database.query('checkpoint');
  const config = await configFor(cloud, database.url);
  const wal0 = await database.wal();
  const first = await runMain(['--config', config, 'sync', '--json']);
  const wal1 = await database.wal();
  const again = await runMain(['--config', config, 'sync', '--json']);
  const wal2 = await database.wal();
  const [size] = await database.query<{ bytes: number }>(
    "select (pg_total_relation_size('inventory.backup') + pg_total_relation_size('inventory.instance'))::int8 as bytes",
  );
  const [read] = await database.query<{ passes: number }>('select max(passes)::int as passes from inventory.sweep');
  const snapshot = await createSnapshotReader(database.database).readFacts(systemClock.now());
  const exposition = createExposition({ process: () => ourProcess });
  await exposition.update(snapshot, systemClock.now());
  const { headers } = await exposition.scrape({ acceptEncoding: 'gzip' });
  return {
    backups,
    passes: read?.passes ?? Number.NaN,
    firstSeconds: first.seconds,
    againSeconds: again.seconds,
    peakMegabytes: Math.max(first.peakBytes ?? Number.NaN, again.peakBytes ?? Number.NaN) / 1e6,
    tableMegabytes: (size?.bytes ?? Number.NaN) / 1e6,
    firstWalMegabytes: (wal1 - wal0) / 1e6,
    againWalKilobytes: (wal2 - wal1) / 1e3,
    scrapeKilobytes: Number(headers['Content-Length']) / 1e3,
  };
}

function rowOf(point: Point): Row {
  const { firstSeconds, againSeconds, peakMegabytes, tableMegabytes, firstWalMegabytes, againWalKilobytes } = point;
  return {
    what: `${thousands(point.backups)} backups`,
    against: '–',
    target: 'none',
    measured:
      `first ${firstSeconds.toFixed(1)} s, unchanged ${againSeconds.toFixed(1)} s${point.passes > 1 ? `, in ${point.passes} passes` : ''}; memory ${peakMegabytes.toFixed(0)} MB; ` +
      `tables ${tableMegabytes.toFixed(1)} MB; log ${firstWalMegabytes.toFixed(1)} MB, then ${againWalKilobytes.toFixed(0)} kB; ` +
      `scrape ${point.scrapeKilobytes.toFixed(0)} kB`,
    met: null,
  };
}
