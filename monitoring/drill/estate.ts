// The simulated estate of the drill, made to order: projects by their part, instances with the backups that they need.
// Times lie in the past, so that nobody waits for a night.

import type { SimulatedCloud } from '../../test/support/simulated-cloud.ts';

/** What happens in a project; also its configured name. */
export const parts = [
  'shop',
  'deleted-early',
  'emptied',
  'forbidden',
  'wrong-key',
  'throttled',
  'unreachable',
  'odd-values',
  'removed',
  'new-and-broken',
] as const;
export type Part = (typeof parts)[number];

export interface BackupSpec {
  /** When it began. */
  hoursAgo: number;
  status?: 'COMPLETED' | 'FAILED' | 'BUILDING';
  type?: 'Auto' | 'Manual';
  sizeKb?: number;
}

export interface Estate {
  projectOf(part: Part): string;
  /** Adds an instance of 20 days' age, with policy; its id. */
  addInstance(part: Part, name: string, backups: readonly BackupSpec[]): Promise<string>;
  /** Ids of instances by name. */
  readonly instances: ReadonlyMap<string, string>;
  /** Ids of the backups of an instance, in the order in which they were given. */
  backupsOf(name: string): readonly string[];
  /** Calls a control function of the simulated cloud. */
  post(name: string, body: object): Promise<unknown>;
}

const hourMs = 3_600_000;
const agoOf = (hours: number) => new Date(Date.now() - hours * hourMs).toISOString();

export function createEstate(cloud: SimulatedCloud): Estate {
  const projectOf = (part: Part): string => {
    const project = cloud.projects[parts.indexOf(part)];
    if (project === undefined) throw new Error(`The simulated cloud has no project for ${part}.`);
    return project.id;
  };
  const instances = new Map<string, string>();
  const backupIds = new Map<string, string[]>();
  return {
    projectOf,
    instances,
    backupsOf: (name) => backupIds.get(name) ?? [],
    post: (name, body) => cloud.post(name, body),
    async addInstance(part, name, backups) {
      const projectId = projectOf(part);
      const created = { projectId, name, datastoreType: 'redis', keepDays: 7, createdTime: agoOf(20 * 24) };
      const instanceId = resultOf(await cloud.post('insert-instance', created));
      // Its next night is half a day away: the drill is over before.
      const windowHour = (new Date().getUTCHours() + 12) % 24;
      await cloud.post('set-policy', { projectId, instanceId, windowHour });
      const ids: string[] = [];
      for (const backup of backups) {
        ids.push(resultOf(await cloud.post('insert-backup', { projectId, instanceId, ...wireOf(backup) })));
      }
      backupIds.set(name, ids);
      instances.set(name, instanceId);
      return instanceId;
    },
  };
}

/** A backup that is as it should be. */
export const lastNight: BackupSpec = { hoursAgo: 20 };

/** One for each of the last nights, the newest last. */
export function nights(count: number, spec: Omit<BackupSpec, 'hoursAgo'> = {}): BackupSpec[] {
  return Array.from({ length: count }, (_, index) => ({ ...spec, hoursAgo: 20 + 24 * (count - 1 - index) }));
}

function wireOf({ hoursAgo, status = 'COMPLETED', type = 'Auto', sizeKb = 1_000_000 }: BackupSpec) {
  const ended = status === 'BUILDING' ? {} : { endTime: agoOf(hoursAgo - 0.25) };
  return { beginTime: agoOf(hoursAgo), status, type, size: status === 'COMPLETED' ? sizeKb : 0, ...ended };
}

function resultOf(answer: unknown): string {
  return String((answer as { result: unknown }).result);
}

/** The state before the strike: nothing is wrong. */
export async function prepare(estate: Estate): Promise<void> {
  for (const name of ['healthy-1', 'healthy-2']) await estate.addInstance('shop', name, nights(5));
  for (const part of ['forbidden', 'wrong-key', 'throttled', 'unreachable', 'odd-values', 'removed'] as const) {
    await estate.addInstance(part, `of ${part}`, nights(3));
  }
  await estate.addInstance('emptied', 'of emptied', nights(6, { type: 'Manual' }));
  await estate.addInstance('deleted-early', 'of deleted-early', nights(3));
}
