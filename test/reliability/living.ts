// Days of schedule in minutes: full and recent runs over a cloud that lives, churns and misbehaves, in one process, with
// what is served refreshed after every run. Watches truth, memory, handles and connections.

import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createServing } from '../../src/app/wire-serve.ts';
import { type FaultName, faultCatalogue } from '../../src/simulator/fault-catalogue.ts';
import type { FaultRule } from '../../src/simulator/fault-rules.ts';
import { brokenHistory, difference, falsehoods, type Truths } from '../support/audit.ts';
import { beginStory, type Story } from '../support/story.ts';
import { everyFault } from './api-faults.ts';

export interface LivingOptions {
  hours: number;
  /** Recent runs between two full ones. */
  recentRuns: number;
  random: () => number;
  databaseUrl?: string;
}

export interface Sample {
  hour: number;
  heapMb: number;
  /** Timers, sockets and what else keeps a process alive. */
  handles: number;
  descriptors: number;
  connections: number;
}

export interface LivingOutcome {
  fullRuns: number;
  recentRuns: number;
  sweeps: number;
  certified: number;
  incomplete: number;
  quarantined: number;
  faults: number;
  changes: number;
  falsehoods: string[];
  /** After the last run, with nothing wrong any more. */
  inexact: string[];
  rows: number;
  states: number;
  samples: Sample[];
}

const hourMs = 3_600_000;

export async function liveThrough(options: LivingOptions): Promise<LivingOutcome> {
  const { random } = options;
  await using story = await beginStory({
    cloud: { projects: 2, instances: 10, days: 30, churn: { insert: 0.2, expire: 0.1, delete: 0.1, tables: 0.1 } },
    settings: { requestTimeoutMs: 400 },
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
  });
  await using serving = await createServing({ ...story, schedules: true, pages: [] });
  const outcome = emptyOutcome();
  for (let hour = 0; hour < options.hours; hour += 1) {
    await runOnce(story, 'full', random, outcome);
    await serving.refresh();
    for (let recent = 0; recent < options.recentRuns; recent += 1) {
      story.pass(hourMs / (options.recentRuns + 1));
      await runOnce(story, 'recent', random, outcome);
      await serving.refresh();
    }
    story.pass(hourMs / (options.recentRuns + 1));
    outcome.samples.push(await sample(story, hour));
  }
  await settle(story, outcome);
  return outcome;
}

function emptyOutcome(): LivingOutcome {
  const counts = { fullRuns: 0, recentRuns: 0, sweeps: 0, certified: 0, incomplete: 0, quarantined: 0, faults: 0 };
  return { ...counts, changes: 0, falsehoods: [], inexact: [], rows: 0, states: 0, samples: [] };
}

async function runOnce(story: Story, mode: 'full' | 'recent', random: () => number, outcome: LivingOutcome) {
  const faults = drawFaults(random);
  story.simulator.control.setFaults({ faults });
  const before = truthsOf(story);
  const summary = await story.run({ mode, trigger: 'schedule' });
  for (const projectId of story.simulator.projectIds) story.simulator.control.permitProject({ projectId });
  const wrong = await falsehoods(story.query, before, truthsOf(story), summary.runId);
  outcome.falsehoods.push(...wrong.map((what) => `run ${summary.runId} with ${JSON.stringify(faults)}: ${what}`));
  if (mode === 'full') outcome.fullRuns += 1;
  else outcome.recentRuns += 1;
  outcome.faults += faults.length;
  for (const scope of summary.scopes) {
    outcome.sweeps += 1;
    if (scope.certified) outcome.certified += 1;
    else if (scope.reason !== 'recent') outcome.incomplete += 1;
    if (scope.quarantined) outcome.quarantined += 1;
    outcome.changes += scope.inserted + scope.updated + scope.retired;
  }
  story.lines.length = 0;
  story.simulator.control.forgetRequests();
}

/** Lies about a list come alone, since two that agree cannot be seen through; other faults come beside them. */
function drawFaults(random: () => number): FaultRule[] {
  const one = (names: readonly FaultName[]) => names[Math.floor(random() * names.length)] as FaultName;
  const rule = (fault: FaultName): FaultRule => ({
    fault,
    nth: 1 + Math.floor(random() * 10),
    count: random() < 0.6 ? 1 : 12,
    ...(random() < 0.3 ? { probability: 0.4 } : {}),
    parameters: { ms: 500, bytes: fault === 'big-page' ? 200_000 : 400 },
  });
  const ofPhase = (pages: boolean) =>
    everyFault.filter(
      (fault) => (faultCatalogue.get(fault)?.phase === 'page' || fault.startsWith('permission')) === pages,
    );
  const drawn: FaultRule[] = [];
  if (random() < 0.4) drawn.push(rule(one(ofPhase(true))));
  if (random() < 0.4) drawn.push(rule(one(ofPhase(false))));
  return drawn;
}

/** Everything is well again and stands still: two more sweeps, and the inventory is the cloud. */
async function settle(story: Story, outcome: LivingOutcome): Promise<void> {
  story.simulator.control.clearFaults();
  story.simulator.control.setChurn({ insert: 0, expire: 0, delete: 0, tables: 0 });
  for (let run = 0; run < 4; run += 1) await story.run();
  const { lacking, surplus, different } = await difference(story.query, truthsOf(story));
  outcome.inexact.push(...lacking, ...surplus, ...different, ...(await brokenHistory(story.query)));
  const [rows] = await story.query<{ rows: number; states: number }>(`
    select (select count(*)::int from inventory.backup) as rows, (select count(*)::int from inventory.backup_past) as states`);
  outcome.rows = rows?.rows ?? 0;
  outcome.states = rows?.states ?? 0;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function sample(story: Story, hour: number): Promise<Sample> {
  const [row] = await story.query<{ n: number }>(
    'select count(*)::int as n from pg_stat_activity where datname = current_database()',
  );
  await new Promise((resolve) => setTimeout(resolve, 50)); // sockets that were closed are gone after that
  collectGarbage();
  return {
    hour,
    heapMb: Math.round(process.memoryUsage().heapUsed / 104_858) / 10,
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length,
    connections: row?.n ?? 0,
  };
}

function truthsOf({ simulator }: Story): Truths {
  return new Map(simulator.projectIds.map((id) => [id, simulator.truth(id)] as const));
}
