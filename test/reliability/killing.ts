// Runs of the program as a process, ended at random instants over a cloud that changes with every request, each followed
// by a run that is left alone. After that one the inventory must be what the cloud is.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { brokenHistory, difference, falsehoods, type Query, type Truths } from '../support/audit.ts';
import { startProgram } from '../support/program.ts';
import { storyConfig } from '../support/story.ts';

export interface KillingOptions {
  /** Where the inventory is kept: a URL, or a directory for the embedded database. */
  database: { databaseUrl: string } | { directory: string };
  /** Opens the database to look at it, while no run is under way: the embedded one has room for one process. */
  look<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Runs to end before they are through; those that are through too soon do not count. */
  kills: number;
  signal: 'SIGKILL' | 'SIGTERM';
  random: () => number;
}

export interface KillingOutcome {
  /** Runs that were ended before they were through. */
  killed: number;
  /** Runs that were through before the signal came. */
  spared: number;
  /** Longest time from the signal to the end of the process, in seconds. */
  slowestEndSeconds: number;
  wrongRetirements: number;
  duplicates: number;
  countersFallen: number;
  /** Runs after a kill whose inventory was not what the cloud is. */
  inexact: string[];
  falsehoods: string[];
  rows: number;
}

const churn = { insert: 0.5, expire: 0.3, delete: 0.3, tables: 0.2 };
const still = { insert: 0, expire: 0, delete: 0, tables: 0 };

export async function killRuns(options: KillingOptions): Promise<KillingOutcome> {
  const { look, kills, signal, random } = options;
  await using stack = new AsyncDisposableStack();
  const cloud = { seed: 11, projects: 2, instances: 12, days: 30, backupsPerProject: 700 };
  const simulator = stack.use(await startSimulator({ ...cloud, behaviour: { latencyMs: 12 } }));
  const folder = await mkdtemp(join(tmpdir(), 'backup-inventory-kill-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'config.yaml');
  const { database } = options;
  await writeFile(file, storyConfig(simulator, database, 'databaseUrl' in database ? database.databaseUrl : null));
  const outcome: KillingOutcome = {
    killed: 0,
    spared: 0,
    slowestEndSeconds: 0,
    wrongRetirements: 0,
    duplicates: 0,
    countersFallen: 0,
    inexact: [],
    falsehoods: [],
    rows: 0,
  };
  const startedMs = performance.now();
  await leaveAlone(file);
  const wholeRunMs = performance.now() - startedMs;
  let counters = await look(readCounters);
  for (let kill = 0; outcome.killed < kills && kill < 4 * kills; kill += 1) {
    simulator.control.setTime({ at: new Date() });
    simulator.control.setSpeed({ speed: 1 });
    simulator.control.setChurn(churn);
    await end(file, signal, random() * wholeRunMs, outcome);
    simulator.control.setChurn(still);
    // Nothing may end between the run that is left alone and the look at what it left.
    simulator.control.setSpeed({ speed: 0 });
    const before = truthsOf(simulator);
    await leaveAlone(file);
    await look(async (query) => {
      const after = truthsOf(simulator);
      const [run] = await query<{ id: number }>('select max(run_id) as id from inventory.run');
      await examine(query, after, outcome, kill);
      outcome.falsehoods.push(...(await falsehoods(query, before, after, run?.id ?? 0)));
      const next = await readCounters(query);
      for (const [name, value] of counters) if ((next.get(name) ?? 0) < value) outcome.countersFallen += 1;
      counters = next;
    });
  }
  await leaveAlone(file);
  await look(async (query) => {
    const { lacking, surplus, different } = await difference(query, truthsOf(simulator));
    outcome.inexact.push(...[...lacking, ...surplus, ...different].map((what) => `at the end: ${what}`));
    outcome.falsehoods.push(...(await brokenHistory(query)));
    const [rows] = await query<{ n: number }>('select count(*)::int as n from inventory.backup');
    outcome.rows = rows?.n ?? 0;
  });
  return outcome;
}

/** The program after the kill: its whole run must be certified. */
async function leaveAlone(file: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    await using program = startProgram(['--config', file, 'sync', '--json'], { timeoutMs: 120_000 });
    const { code, stderr } = await program.result;
    if (code === 0) return;
    // The server may need a moment to see that the killed process is gone, and with it its lock.
    if (code !== 5 || attempt === 100) throw new Error(`a run that was left alone ended with ${code}: ${stderr}`);
    await sleep(100);
  }
}

async function end(file: string, signal: NodeJS.Signals, afterMs: number, outcome: KillingOutcome): Promise<void> {
  await using program = startProgram(['--config', file, 'sync', '--json'], { timeoutMs: 120_000 });
  await Promise.race([sleep(afterMs), program.result]);
  const signalledMs = performance.now();
  const alive = program.child.exitCode === null;
  if (alive) program.child.kill(signal);
  const result = await program.result;
  const seconds = (performance.now() - signalledMs) / 1000;
  if (!alive || (signal === 'SIGTERM' && result.code === 0)) outcome.spared += 1;
  else outcome.killed += 1;
  if (alive) outcome.slowestEndSeconds = Math.max(outcome.slowestEndSeconds, seconds);
}

/** One run after a kill: every row of the cloud is live here, and no live row is called gone. */
async function examine(query: Query, truths: Truths, outcome: KillingOutcome, kill: number): Promise<void> {
  const { lacking, surplus, different } = await difference(query, truths);
  // What went during the killed run was missed once so far: it is struck, and the next run retires it.
  const struck = await query<{ n: number }>(`
    select (select count(*) from inventory.backup where missing_since is not null and retired_at is null)::int
      + (select count(*) from inventory.instance where missing_since is not null and retired_at is null)::int as n`);
  outcome.wrongRetirements += lacking.length;
  outcome.inexact.push(...different.map((what) => `after kill ${kill}: ${what}`));
  if (surplus.length !== struck[0]?.n) {
    outcome.inexact.push(`after kill ${kill}: ${surplus.length} surplus rows, ${struck[0]?.n} struck`);
  }
  const twice = await query(`
    select from inventory.backup group by project_id, backup_id, backup_scope having count(*) > 1`);
  outcome.duplicates += twice.length;
}

async function readCounters(query: Query): Promise<Map<string, number>> {
  const rows = await query<{ name: string; value: number }>(`
    select concat_ws(' ', counter, project_id, instance_id, label_1, label_2) as name, value from inventory.counter`);
  return new Map(rows.map(({ name, value }) => [name, value]));
}

function truthsOf(simulator: Simulator): Truths {
  return new Map(simulator.projectIds.map((id) => [id, simulator.truth(id)] as const));
}
