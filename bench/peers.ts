// The same copy by the loops that a user would write: page by page from the API, upserted row by row or a page at a time.

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { Agent } from 'undici';
import { signedHeaders } from '../src/huawei/signer.ts';
import { type BenchCloud, configFor, projectOf, startCloud } from './support/cloud.ts';
import { type BenchDatabase, startServer } from './support/database.ts';
import { interleave } from './support/measure.ts';
import { runMain } from './support/process.ts';
import { type Bench, type Row, spreadText, thousands } from './support/report.ts';

interface PeerTables {
  peer: Record<string, unknown>;
}

export const peers: Bench = {
  name: 'peers',
  about:
    'One estate from the simulated cloud into Postgres: this program against a loop of fetch, JSON.parse and upsert.',
  async run({ full }) {
    const backups = full ? 300_000 : 100_000;
    const rowByRow = 2000; // more of them would take minutes and say the same
    await using cloud = await startCloud(['--backups', String(backups)]);
    await using server = await startServer();
    await using database = await server.clone();
    await database.query(`create table peer (id text primary key, instance_id text, instance_name text, name text, type text, status text,
      datastore_type text, datastore_version text, size double precision, begin_time timestamptz, end_time timestamptz, seen_at timestamptz)`);
    await database.query('create index on peer (instance_id, begin_time desc)');
    const config = await configFor(cloud, database.url);
    const sync = async () => {
      const { seconds } = await runMain(['--config', config, 'sync', '--json']);
      return seconds;
    };
    const loop = (batch: number, rows: number) => async () => void (await userLoop(cloud, database, rows, batch));
    const rows: Row[] = [];
    for (const round of ['first', 'again'] as const) {
      const prepare = async () => {
        if (round === 'again') return;
        await database.query('truncate peer, inventory.backup, inventory.backup_past');
      };
      const timings = await interleave(3, [
        { name: 'sync', work: backups, prepare, run: sync },
        { name: 'pages', work: backups, prepare, run: loop(100, backups) },
        { name: 'rows', work: rowByRow, prepare, run: loop(1, rowByRow) },
      ]);
      const what = round === 'first' ? 'first copy' : 'the same again';
      for (const [name, label] of [
        ['pages', 'upsert of 100 rows'],
        ['rows', 'upsert row by row'],
      ] as const) {
        const factor = timings.ratio('sync', name);
        rows.push({
          what: `${what} of ${thousands(backups)} backups, process start included (${thousands(timings.rate('sync').median)} rows/s)`,
          against: `${label} (${thousands(timings.rate(name).median)} rows/s)`,
          target: 'ahead',
          measured: `${spreadText(factor)} × as fast`,
          met: factor.median > 1,
          note: 'The loop proves nothing, keeps no history and finds no deletion.',
        });
      }
    }
    return rows;
  },
};

/** What one would write first: an offset, a page, an upsert. */
async function userLoop(cloud: BenchCloud, database: BenchDatabase, backups: number, batch: number): Promise<void> {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => undefined);
  const db = new Kysely<PeerTables>({ dialect: new PostgresDialect({ pool }) });
  const agent = new Agent({ connections: 1 });
  try {
    for (let offset = 0; offset < backups; offset += 100) {
      const rows = (await pageAt(agent, cloud, offset)).map(rowOf);
      for (let start = 0; start < rows.length; start += batch) {
        await db
          .insertInto('peer')
          .values(rows.slice(start, start + batch))
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet((eb) => ({
              status: eb.ref('excluded.status'),
              size: eb.ref('excluded.size'),
              end_time: eb.ref('excluded.end_time'),
              seen_at: sql`now()`,
            })),
          )
          .execute();
      }
    }
  } finally {
    await db.destroy();
    await agent.close();
  }
}

type Wire = Record<string, unknown> & { datastore: { type: string; version: string } };

async function pageAt(agent: Agent, cloud: BenchCloud, offset: number): Promise<Wire[]> {
  const { projectId } = projectOf(cloud);
  const path = `/v4/${projectId}/backups`;
  const query = [
    ['limit', '100'],
    ['offset', String(offset)],
    ['type', 'Instance'],
  ] as const;
  const unsigned = { host: new URL(cloud.url).host, 'x-project-id': projectId };
  const headers = signedHeaders({ method: 'GET', path, query, headers: unsigned }, cloud.credentials, new Date());
  const url = `${path}?${query.map((pair) => pair.join('=')).join('&')}`;
  const { body, statusCode } = await agent.request({ origin: cloud.url, method: 'GET', path: url, headers });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${statusCode}: ${text}`);
  return (JSON.parse(text) as { backups: Wire[] }).backups;
}

function rowOf(wire: Wire) {
  const { id, instance_id, instance_name, name, type, status, size, begin_time, end_time, datastore } = wire;
  return {
    ...{ id, instance_id, instance_name, name, type, status, size, begin_time, end_time: end_time || null },
    ...{ datastore_type: datastore.type, datastore_version: datastore.version, seen_at: new Date() },
  };
}
