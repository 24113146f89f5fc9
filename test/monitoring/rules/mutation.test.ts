// Could a wrong rule pass its tests? Every rule is changed in one place at a time, and its cases must fail each time.
// The score is printed. An unchanged copy runs among the mutants and must pass.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rules } from '../../../monitoring/alerts/index.ts';
import { renderRulesFile, shipped } from '../../../monitoring/alerts/render.ts';
import { type Alert, type Recording, realTime } from '../../../monitoring/alerts/rule.ts';
import { suites } from './cases/index.ts';
import { forMutants, mutantsOf } from './mutants.ts';
import { promtool } from './promtool.ts';
import { promtoolFiles, rulesFor, type Suite } from './scenario.ts';

/** A changed rule, under a name of its own. */
interface Mutant {
  name: string;
  change: string;
  rule: Recording | Alert;
}

/** The rule itself under another name: it must pass, or the score would mean nothing. */
const control = 'no change';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-inventory-mutants-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every change to a rule fails one of its cases', { timeout: 600_000 }, async () => {
  const queue = suites.map((suite) => ({ suite, mutants: mutantsIn(suite) }));
  const total = queue.reduce((sum, { mutants }) => sum + mutants.length - 1, 0);
  const survivors: string[] = [];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { suite, mutants } = next;
      for (const { change } of await survivorsOf(suite, mutants)) survivors.push(`${suite.rule}: ${change}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const controls = suites.map(({ rule }) => `${rule}: ${control}`).toSorted();
  const killed = total + controls.length - survivors.length;
  process.stdout.write(
    `mutants of the alert rules: ${killed} of ${total} killed (${((100 * killed) / total).toFixed(1)} %)\n`,
  );
  expect(survivors.toSorted()).toEqual(controls);
});

function mutantsIn({ rule }: Suite): Mutant[] {
  const { recordings, alerts } = rulesFor(rule);
  const [alert] = alerts;
  const recording = recordings.find(({ record }) => record === rule);
  const changes: { change: string; rule: Recording | Alert }[] = [];
  if (alert !== undefined) {
    changes.push({ change: control, rule: alert });
    for (const { change, expr } of mutantsOf(alert.expr(realTime)))
      changes.push({ change, rule: { ...alert, expr: () => expr } });
    for (const forSeconds of forMutants(alert.forSeconds))
      changes.push({ change: `for: ${forSeconds} s`, rule: { ...alert, forSeconds } });
  } else if (recording !== undefined) {
    changes.push({ change: control, rule: recording });
    for (const { change, expr } of mutantsOf(recording.expr(realTime)))
      changes.push({ change, rule: { ...recording, expr: () => expr } });
  }
  return changes.map(({ change, rule: changed }, index) => {
    const name = `${rule}_m${index}`;
    return { name, change, rule: 'alert' in changed ? { ...changed, alert: name } : { ...changed, record: name } };
  });
}

/**
 * The mutants that pass all cases. All mutants of a rule run side by side; the killed ones leave. One case kills many,
 * so the first one runs alone, then two, four and so on.
 */
async function survivorsOf(suite: Suite, mutants: readonly Mutant[]): Promise<readonly Mutant[]> {
  let alive = mutants;
  const cases = suite.cases.toSorted((left, right) => Number(right.kind === 'fires') - Number(left.kind === 'fires'));
  for (let first = 0, size = 1; first < cases.length; first += size, size *= 2) {
    const some = { ...suite, cases: cases.slice(first, first + size) };
    for (let again = true; again; ) {
      const { killed, cutShort } = await killedBy(some, alive);
      alive = alive.filter(({ name }) => !killed.has(name));
      again = cutShort && alive.length > 0;
    }
  }
  return alive;
}

/** A rule that cannot be evaluated ends its case early: `cutShort`, so the caller asks again without it. */
async function killedBy(suite: Suite, mutants: readonly Mutant[]) {
  const own = await mkdtemp(join(folder, 'run-'));
  await writeFile(join(own, 'rules.yaml'), renderRulesFile(withOriginals(suite.rule, mutants), shipped));
  const names = mutants.map(({ name }) => name);
  const files = promtoolFiles('rules.yaml', suite, names);
  for (const [file, content] of files) await writeFile(join(own, file), content);
  const { passed, output } = await promtool(own, 'test', 'rules', ...files.keys());
  const killed = new Set(
    [...output.matchAll(/(?:alertname|rule|expr): "?([\w:]+_m\d+)/g)].flatMap(([, name]) => name ?? []),
  );
  if (!passed && killed.size === 0) throw new Error(`promtool failed for another reason: ${output}`);
  return { killed, cutShort: output.includes(', err: ') };
}

function withOriginals(rule: string, mutants: readonly Mutant[]): Rules {
  const { recordings } = rulesFor(rule);
  const changed = mutants.map((mutant) => mutant.rule);
  return {
    recordings: [...recordings, ...changed.filter((one) => 'record' in one)],
    alerts: changed.filter((one) => 'alert' in one),
  };
}
