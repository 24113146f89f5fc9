// Plays one fault of the cloud through whole runs, and holds them to what must never be.

import { expect } from 'vitest';
import type { RunSummary } from '../../src/app/run-summary.ts';
import type { FaultName } from '../../src/simulator/fault-catalogue.ts';
import { faultCatalogue } from '../../src/simulator/fault-catalogue.ts';
import { brokenHistory, difference, falsehoods, none, type Truths } from '../support/audit.ts';
import type { Story } from '../support/story.ts';
import { expectationOf } from './api-faults.ts';

export function truthsOf({ simulator }: Story): Truths {
  return new Map(simulator.projectIds.map((id) => [id, simulator.truth(id)] as const));
}

/** A run that is held to what must never be, whatever it met. */
export async function trustedRun(story: Story, request: Parameters<Story['run']>[0] = {}): Promise<RunSummary> {
  const before = truthsOf(story);
  const summary = await story.run(request);
  expect(await falsehoods(story.query, before, truthsOf(story), summary.runId)).toEqual([]);
  return summary;
}

/** Once in mid-run, then all the time: truth is never hurt, and the reason is told. */
export async function playFault(story: Story, fault: FaultName): Promise<void> {
  const expected = expectationOf(fault);
  const parameters = { ms: fault === 'delay' ? 20 : 1000, bytes: fault === 'big-page' ? 5_000_000 : 40 };
  const nth = faultCatalogue.get(fault)?.phase === 'connection' ? 1 : 3; // 3 = the first page of backups

  story.simulator.control.setFaults({ faults: [{ fault, nth, count: 1, parameters }] });
  const once = await trustedRun(story);
  expectOutcome(once, expected.once);
  allow(story);

  story.simulator.control.setFaults({ faults: [{ fault, parameters }] });
  const always = await trustedRun(story);
  expectOutcome(always, expected.always);
  for (const scope of always.scopes) expectTold(scope);
  story.simulator.control.clearFaults();
  allow(story);
}

/** A run that meets no fault: certified, and the inventory is what the cloud is. */
export async function expectExact(story: Story): Promise<void> {
  expectOutcome(await trustedRun(story), 'ok ok ok');
  expect(await difference(story.query, truthsOf(story))).toEqual(none);
}

/** The history of every row is whole. For the end of a story: it reads all states. */
export async function expectWholeHistory(story: Story): Promise<void> {
  expect(await brokenHistory(story.query)).toEqual([]);
}

function expectOutcome(summary: RunSummary, expected: string): void {
  expect(expected.split('|')).toContain(reasonsOf(summary));
  expect(summary.exitCode).toBe(exitCodeOf(reasonsOf(summary)));
}

/** `ok` or the reason of each scope. */
export function reasonsOf({ scopes }: RunSummary): string {
  return scopes.map(({ certified, reason }) => (certified ? 'ok' : reason)).join(' ');
}

function exitCodeOf(reasons: string): number {
  const complete = reasons.split(' ').filter((reason) => reason === 'ok').length;
  return complete === 3 ? 0 : complete === 0 ? 4 : 3;
}

/** A failure of the cloud comes with a code and with sentences that say what to do. */
function expectTold({ reason, errorCode, errorMessage }: RunSummary['scopes'][number]): void {
  const silent = [null, 'joint_broken', 'total_mismatch', 'page_cap', 'anomaly'];
  if (silent.includes(reason)) return;
  expect(errorCode).toMatch(/^CLOUD_[A-Z_]+$/);
  expect(errorMessage).toMatch(/[.!] .+[.!]$/s);
}

function allow({ simulator }: Story): void {
  for (const projectId of simulator.projectIds) simulator.control.permitProject({ projectId });
}
