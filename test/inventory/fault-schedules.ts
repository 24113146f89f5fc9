// Schedules of sweeps over one list, each sweep with faults of its own: the product's sweep, look-ups and absence rule on
// one side, and beside them the plain offset pager that most tools use.

import { decideAbsence } from '../../src/app/absence.ts';
import { createIntake } from '../../src/app/intake.ts';
import { CloudError } from '../../src/inventory/errors.ts';
import type { Log, Source } from '../../src/inventory/ports.ts';
import { sweep } from '../../src/inventory/sweep.ts';
import { modelledScope, modelledStage } from './modelled-stage.ts';
import { randomOf } from './moving-list.ts';
import {
  epochMs,
  type Fault,
  type FaultKind,
  hidingFaults,
  Killed,
  listFaults,
  lookUpFaults,
  type ScheduledCloud,
  scheduledCloud,
  transportFaults,
  understatingFaults,
} from './scheduled-cloud.ts';

/** `apart`: a list hides rows or understates its total, never both in one sweep. `agreeing`: both at once, in step. */
export type Lies = 'apart' | 'agreeing';

export interface Outcomes {
  schedules: number;
  sweeps: number;
  certified: number;
  faults: number;
  retired: number;
  /** Rows declared gone that were there all the time. */
  falseRetirements: number;
  /** Certificates, not quarantined, over a copy that lacks a row that was there all the time. */
  certifiedAndWrong: number;
  /** Schedules in which the plain pager declared a live row gone, and how many such rows. */
  naiveWrongSchedules: number;
  naiveFalseDeletions: number;
}

const sweepsPerSchedule = 7;
const project = { projectId: 'p', name: 'p', region: 'r', endpoint: 'https://example.test' };
const silence: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Plays the schedules of these seeds. */
export async function playSchedules(first: number, count: number, lies: Lies): Promise<Outcomes> {
  const sum: Outcomes = {
    schedules: count,
    sweeps: 0,
    certified: 0,
    faults: 0,
    retired: 0,
    falseRetirements: 0,
    certifiedAndWrong: 0,
    naiveWrongSchedules: 0,
    naiveFalseDeletions: 0,
  };
  for (let seed = first; seed < first + count; seed += 1) {
    await playSchedule(seed, lies, sum);
    await playNaively(seed, lies, sum);
  }
  return sum;
}

/** The same list and the same faults for both players. */
function setting(seed: number, lies: Lies) {
  const random = randomOf(Math.imul(seed, 0x9e3779b1));
  const below = (limit: number) => Math.floor(random() * limit);
  const busy = random() < 0.7 ? 0.5 * random() : 0;
  const cloud = scheduledCloud({
    seed,
    size: below(140),
    tieGroup: 1 + below(4),
    insert: busy * random(),
    expire: busy * random(),
    remove: busy * random(),
  });
  const limit = 4 + below(20);
  const concurrency = 1 + below(4);
  const faults = Array.from({ length: sweepsPerSchedule }, () => drawFaults(random, lies));
  return { cloud, limit, concurrency, faults };
}

function drawFaults(random: () => number, lies: Lies): Fault[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const one = <T>(kinds: readonly T[]): T => kinds[below(kinds.length)] as T;
  const drawn: Fault[] = [];
  const add = (kind: FaultKind, size = 1 + below(6)) => {
    const from = 1 + below(12);
    const until = random() < 0.5 ? from : Number.POSITIVE_INFINITY;
    drawn.push({ kind, from, until, size });
  };
  if (random() < 0.25) add(one(transportFaults));
  if (random() < 0.3) add(one(listFaults));
  if (random() < 0.2) add(one(lookUpFaults));
  if (lies === 'agreeing' && random() < 0.5) {
    const size = 1 + below(3);
    const whole = { from: 1, until: 1 + below(30), size };
    drawn.push({ kind: 'row-missing', ...whole }, { kind: 'total-low', ...whole, size: size * 12 });
  } else if (random() < 0.4) add(one(random() < 0.6 ? hidingFaults : understatingFaults));
  return drawn;
}

async function playSchedule(seed: number, lies: Lies, sum: Outcomes): Promise<void> {
  const { cloud, limit, concurrency, faults } = setting(seed, lies);
  const scope = modelledScope();
  for (const [index, drawn] of faults.entries()) {
    // Where nothing is known yet, an empty list is all that can be said of a permission that was never there.
    const met = scope.rows.size > 0 ? drawn : drawn.filter(({ kind }) => kind !== 'permission-empty');
    const signal = cloud.begin(met);
    sum.sweeps += 1;
    sum.faults += met.length;
    const retired: string[] = [];
    const startedAt = new Date(epochMs + (cloud.newestKey() + index) * 3_600_000);
    const stage = modelledStage(scope, startedAt, (id) => retired.push(id));
    const seen = new Set<string>();
    const read = createIntake(stage, () => {}, false);
    try {
      const onPage: typeof read.take = async (page) => {
        for (const { id } of page.items) if (id !== null) seen.add(id);
        await read.take(page);
      };
      const options = { limit, concurrency, trustTotalCount: true, maxReads: 400, certify: true, signal };
      const outcome = await sweep({ fetchPage: (request) => cloud.fetchPage(request), onPage }, options);
      const call = { signal, tally: { requests: 0, retries: 0, throttleWaitSeconds: 0 } };
      const input = { project, scope: 'instance_backups' as const, acceptMassRetirement: false };
      const ended = { stage, outcome, call, read: { ...read, take: onPage }, startedAt };
      const decided = await decideAbsence({ log: silence, source: sourceOf(cloud) }, input, ended);
      await stage.commit({
        certificate: { ...decided.outcome, mode: 'full', startedAt, finishedAt: startedAt, requests: 0, retries: 0 },
        absence: decided.absence,
        anomalies: read.anomalies,
        counters: [],
      });
      if (decided.outcome.certified) {
        sum.certified += 1;
        const believed = decided.absence.kind !== 'quarantined';
        if (believed && [...cloud.throughout()].some((id) => !seen.has(id))) sum.certifiedAndWrong += 1;
      }
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    sum.retired += retired.length;
    sum.falseRetirements += retired.filter((id) => cloud.lives(id)).length;
    cloud.rest();
  }
}

function sourceOf(cloud: ScheduledCloud): Source {
  return {
    project,
    fetchPage: (scope, request) => {
      // The other list of backups is empty here, so it vouches for nothing.
      if (scope !== 'instance_backups') return Promise.resolve({ items: [], total: 0, anomalies: [] });
      return cloud.fetchPage(request);
    },
    lookUp: (_scope, id) => cloud.lookUp(id),
  };
}

/** offset += limit until a short page; what a whole reading did not show is gone. A failed page ends the reading. */
async function playNaively(seed: number, lies: Lies, sum: Outcomes): Promise<void> {
  const { cloud, limit, faults } = setting(seed, lies);
  let known = new Set<string>();
  let wrong = 0;
  for (const met of faults) {
    cloud.begin(met);
    const seen = await readNaively(cloud, limit);
    if (seen !== null) {
      for (const id of known) if (!seen.has(id) && cloud.lives(id)) wrong += 1;
      known = seen;
    }
    cloud.rest();
  }
  sum.naiveFalseDeletions += wrong;
  if (wrong > 0) sum.naiveWrongSchedules += 1;
}

async function readNaively(cloud: ScheduledCloud, limit: number): Promise<Set<string> | null> {
  const seen = new Set<string>();
  for (let offset = 0, pages = 0; pages < 400; offset += limit, pages += 1) {
    try {
      const { items } = await cloud.fetchPage({ offset, limit });
      for (const { id } of items) if (id !== null) seen.add(id);
      if (items.length < limit) return seen;
    } catch (error) {
      if (error instanceof CloudError || error instanceof Killed) return null;
      throw error;
    }
  }
  return null;
}
