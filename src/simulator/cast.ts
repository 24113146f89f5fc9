// Who lives in the simulated estate: projects and instances with the names, engines, policies and oddities of a real
// one. The first instances of a project each play a part; the rest are ordinary.

import { fraction, hash, hashText, hex32 } from './random.ts';
import type { Engine, InstanceRecord, ProjectRecord } from './records.ts';

export type Part =
  | 'ordinary'
  /** No backup, ever, and the policy off. */
  | 'unprotected'
  /** The policy was switched off some days ago. */
  | 'policy_off'
  /** The last nights failed. */
  | 'failing'
  /** Manual backups only. */
  | 'manual_only'
  /** Created today. */
  | 'newcomer';

interface Character {
  service: string;
  engine: Engine;
  keepDays: number;
  part: Part;
  period?: readonly number[];
}

const daily = [1, 2, 3, 4, 5, 6, 7] as const;

const characters: readonly Character[] = [
  { service: 'orders', engine: 'cassandra', keepDays: 7, part: 'ordinary' },
  { service: 'sessions', engine: 'redis', keepDays: 30, part: 'ordinary' },
  { service: 'catalog', engine: 'mongodb', keepDays: 14, part: 'ordinary' },
  { service: 'telemetry', engine: 'influxdb', keepDays: 35, part: 'ordinary' },
  { service: 'campaigns', engine: 'redis', keepDays: 0, part: 'unprotected' },
  { service: 'ratings', engine: 'mongodb', keepDays: 0, part: 'policy_off' },
  { service: 'payments', engine: 'cassandra', keepDays: 60, part: 'ordinary' },
  { service: 'devices', engine: 'influxdb', keepDays: 7, part: 'failing' },
  { service: 'scratch', engine: 'redis', keepDays: 0, part: 'manual_only' },
  { service: 'shipments', engine: 'mongodb', keepDays: 30, part: 'ordinary', period: [3, 6] },
  { service: 'loyalty', engine: 'mongodb', keepDays: 7, part: 'newcomer' },
  { service: 'customers', engine: 'cassandra', keepDays: 30, part: 'ordinary' },
  { service: 'carts', engine: 'redis', keepDays: 7, part: 'ordinary' },
  { service: 'search', engine: 'mongodb', keepDays: 14, part: 'ordinary' },
  { service: 'ledger', engine: 'cassandra', keepDays: 180, part: 'ordinary' },
  { service: 'metrics', engine: 'influxdb', keepDays: 14, part: 'ordinary' },
  { service: 'profiles', engine: 'mongodb', keepDays: 35, part: 'ordinary' },
  { service: 'notifications', engine: 'redis', keepDays: 7, part: 'ordinary' },
  { service: 'pricing', engine: 'mongodb', keepDays: 7, part: 'ordinary' },
  { service: 'fraud', engine: 'cassandra', keepDays: 14, part: 'ordinary' },
];

const kernels: Record<Engine, { suffix: string; version: string; mode: string; baseSizeKb: number }> = {
  cassandra: { suffix: 'in06', version: '3.11', mode: 'Cluster', baseSizeKb: 48_000_000 },
  redis: { suffix: 'in12', version: '6.2', mode: 'CloudNativeCluster', baseSizeKb: 900_000 },
  mongodb: { suffix: 'in10', version: '4.0', mode: 'ReplicaSet', baseSizeKb: 9_000_000 },
  influxdb: { suffix: 'in13', version: '1.8', mode: 'Cluster', baseSizeKb: 21_000_000 },
};

const places: readonly { region: string; label: string; sub: boolean }[] = [
  { region: 'ap-southeast-1', label: 'prod', sub: false },
  { region: 'ap-southeast-1', label: 'staging', sub: true },
  { region: 'eu-west-101', label: 'prod-eu', sub: false },
  { region: 'cn-north-4', label: 'analytics', sub: false },
  { region: 'eu-west-101', label: 'test', sub: true },
];

/** The project with this number, of the estate of this seed. */
export function castProject(seed: number, index: number): ProjectRecord {
  const place = places[index % places.length] ?? { region: 'ap-southeast-1', label: 'prod', sub: false };
  const round = Math.floor(index / places.length);
  const label = round === 0 ? place.label : `${place.label}-${round + 1}`;
  return {
    projectId: hex32(seed, hashText('project'), index),
    name: place.sub || round > 0 ? `${place.region}_${label}` : place.region,
    label,
    region: place.region,
  };
}

/** The part that the instance with this number plays. */
export function partOf(index: number): Part {
  return index < characters.length ? (characters[index]?.part ?? 'ordinary') : 'ordinary';
}

/** The instance with this number, as it is at the start of the simulation. */
export function castInstance(input: {
  project: ProjectRecord;
  projectKey: number;
  index: number;
  days: number;
  now: number;
}): InstanceRecord {
  const { project, projectKey, index, now } = input;
  const part = partOf(index);
  // Past the named ones only ordinary characters come back, with a number.
  const ordinary = characters.filter((character) => character.part === 'ordinary');
  const character = characters[index] ?? ordinary[index % ordinary.length] ?? characters[0];
  if (character === undefined) throw new Error('the cast is empty');
  const key = hash(projectKey, hashText('instance'), index);
  const ageDays = part === 'newcomer' ? 0.4 : input.days + 20 + fraction(key, 1) * 600;
  const number = index < characters.length ? '' : `-${Math.floor(index / characters.length) * 100 + (index % 100)}`;
  return createInstance({
    key,
    name: `${character.service}-${project.label}${number}`,
    engine: character.engine,
    createdAt: now - Math.floor(ageDays * 86_400),
    policy: {
      keepDays: character.keepDays,
      windowHour: 14 + Math.floor(fraction(key, 2) * 8),
      period: character.period ?? daily,
    },
  });
}

/** An instance with the usual values of its engine. */
export function createInstance(
  given: Pick<InstanceRecord, 'key' | 'name' | 'engine' | 'createdAt' | 'policy'> & { instanceId?: string },
): InstanceRecord {
  const kernel = kernels[given.engine];
  return {
    instanceId: given.instanceId ?? hex32(given.key, 3) + kernel.suffix,
    key: given.key,
    name: given.name,
    engine: given.engine,
    version: kernel.version,
    mode: kernel.mode,
    status: 'normal',
    createdAt: given.createdAt,
    policy: given.policy,
    baseSizeKb: Math.floor(kernel.baseSizeKb * (0.3 + 1.4 * fraction(given.key, 4))),
    tables: given.engine === 'cassandra',
    tags: [
      { key: 'team', value: ['core', 'growth', 'platform', 'data'][given.key % 4] ?? 'core' },
      { key: 'cost-centre', value: `cc-${1000 + (given.key % 40)}` },
    ],
    deletedAt: null,
    script: { failNext: 0, skipNext: 0, stickNext: 0, sizeFactor: 1 },
  };
}
