// What a drill needs around it: a database, the simulated cloud, a Prometheus; and all of it gone at the end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres-server.ts';
import { startSimulatedCloud } from '../../test/support/simulated-cloud.ts';
import { parts } from './estate.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { type Act, type DrillInput, drillRules, type Ports, rehearse, targetsOf } from './rehearse.ts';

export interface Drill extends Pick<DrillInput, 'tell' | 'patienceMs'> {
  ports: Ports;
  /** One that runs and scrapes the ports, or the port on which to start one. */
  prometheus: Prometheus | { port: number };
  /** An empty database; without one a server is started for the drill. */
  databaseUrl: string | undefined;
}

export async function drill({ ports, prometheus, databaseUrl, ...rest }: Drill): Promise<Act[]> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-drill-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const url = databaseUrl ?? resources.use(await startPostgres()).url;
  const estate = ['--projects', String(parts.length), '--instances', '0', '--days', '1'];
  const cloud = resources.use(await startSimulatedCloud(estate));
  const connect = async (): Promise<Prometheus> =>
    'firing' in prometheus
      ? prometheus
      : resources.use(await startPrometheus(targetsOf(ports), drillRules(), prometheus.port));
  return await rehearse({ ...rest, cloud, databaseUrl: url, folder, ports, prometheus: connect });
}
