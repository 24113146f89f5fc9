// Everything that one running simulation holds. Built once from the options; changed by requests, churn and control.

import type { Account } from './account.ts';
import { createAccount } from './account.ts';
import type { Behaviour } from './behaviour.ts';
import { defaultBehaviour } from './behaviour.ts';
import { castProject } from './cast.ts';
import type { Churn } from './churn.ts';
import { noChurn } from './churn.ts';
import type { SimulatedClock } from './clock.ts';
import { createClock } from './clock.ts';
import type { ProjectEstate } from './estate.ts';
import type { ArmedFault, FaultRule } from './fault-rules.ts';
import { createHistory } from './history.ts';
import { live } from './life.ts';
import type { Random } from './random.ts';
import { createRandom, hashText } from './random.ts';
import type { ProjectRecord } from './records.ts';
import type { Throttle, ThrottleWindows } from './throttle.ts';
import { defaultThrottle } from './throttle.ts';

export interface WorldOptions {
  seed: number;
  projects: number;
  instances: number;
  days: number;
  backupsPerProject: number | null;
  startAt: Date | undefined;
  speed: number;
  behaviour: Partial<Behaviour>;
  throttle: Partial<Throttle>;
  churn: Partial<Churn>;
  faults: readonly FaultRule[];
}

/** A request as it was received and answered. */
export interface RequestEntry {
  number: number;
  at: string;
  operation: string;
  method: string;
  target: string;
  projectId: string | null;
  /** 0 = cut off without an answer. */
  status: number;
  faults: string[];
  authentication: 'token' | 'key' | 'none';
}

/** Something that control wants done after a certain request. */
export interface Appointment {
  operation: string | null;
  projectId: string | null;
  /** Matching requests still to be answered. */
  left: number;
  run(): void;
}

export interface World {
  readonly options: WorldOptions;
  readonly clock: SimulatedClock;
  readonly account: Account;
  /** Those that exist now, by id. */
  readonly projects: Map<string, ProjectRecord>;
  /** All that the simulation began with, in order. */
  readonly cast: readonly ProjectRecord[];
  /** Filled when a project is first looked at. */
  readonly estates: Map<string, ProjectEstate>;
  behaviour: Behaviour;
  throttle: Throttle;
  readonly windows: ThrottleWindows;
  churn: Churn;
  readonly forbidden: Set<string>;
  faults: ArmedFault[];
  faultCount: number;
  readonly random: { churn: Random; faults: Random };
  readonly requests: { received: number; answered: number };
  readonly counts: Map<string, number>;
  readonly log: RequestEntry[];
  appointments: Appointment[];
}

export function createWorld(options: WorldOptions): World {
  const clock = createClock({ startAt: options.startAt, speed: options.speed });
  const projects = Array.from({ length: options.projects }, (_, index) => castProject(options.seed, index));
  const startAt = clock.now();
  return {
    options: { ...options, startAt },
    clock,
    account: createAccount(options.seed),
    projects: new Map(projects.map((project) => [project.projectId, project])),
    cast: projects,
    estates: new Map(),
    behaviour: { ...defaultBehaviour, ...options.behaviour },
    throttle: { ...defaultThrottle, ...options.throttle },
    windows: new Map(),
    churn: { ...noChurn, ...options.churn },
    forbidden: new Set(),
    faults: options.faults.map((rule, id) => ({ id: id + 1, rule, seen: 0, struck: 0 })),
    faultCount: options.faults.length,
    random: {
      churn: createRandom(options.seed ^ hashText('churn')),
      faults: createRandom(options.seed ^ hashText('faults')),
    },
    requests: { received: 0, answered: 0 },
    counts: new Map(),
    log: [],
    appointments: [],
  };
}

/** The project's estate, lived up to now; null if there is no such project. */
export function estateOf(world: World, projectId: string): ProjectEstate | null {
  if (!world.projects.has(projectId)) return null;
  let estate = world.estates.get(projectId);
  if (estate === undefined) {
    const { options } = world;
    const index = world.cast.findIndex((project) => project.projectId === projectId);
    const now = Math.floor((options.startAt ?? world.clock.now()).getTime() / 1000);
    estate = createHistory(index, { ...options, now }, world.requests);
    world.estates.set(projectId, estate);
  }
  live(estate, world.clock.nowSeconds());
  return estate;
}
