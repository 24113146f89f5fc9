// Seeded schedules of faults against the sweep and the absence rule. FAULT_SCHEDULES=10000 plays the full number, as
// `npm run soak` does; SEED says where they begin.

import { expect, test } from 'vitest';
import { type Outcomes, playSchedules } from './fault-schedules.ts';

const count = Number(process.env.FAULT_SCHEDULES ?? 1500);
const seed = Number(process.env.SEED ?? 1);

function told(name: string, outcomes: Outcomes): void {
  const { schedules, sweeps, faults, certified, retired, falseRetirements, certifiedAndWrong } = outcomes;
  process.stdout.write(
    `${name}: ${schedules} schedules from seed ${seed}, ${sweeps} sweeps, ${faults} faults, ${certified} certified; ` +
      `${retired} rows retired, of these falsely ${falseRetirements}; certified and wrong ${certifiedAndWrong}; ` +
      `the plain pager: ${outcomes.naiveFalseDeletions} live rows called deleted, in ${outcomes.naiveWrongSchedules} schedules\n`,
  );
}

test('no schedule of faults retires a live row or certifies a copy that lacks one', async () => {
  const outcomes = await playSchedules(seed, count, 'apart');
  told('fault schedules', outcomes);
  expect(outcomes).toMatchObject({ falseRetirements: 0, certifiedAndWrong: 0 });
  expect(outcomes.certified).toBeGreaterThan(outcomes.sweeps / 4);
  expect(outcomes.retired).toBeGreaterThan(count / 2);
  expect(outcomes.naiveWrongSchedules).toBeGreaterThan(count / 4); // the schedules can hurt
}, 600_000);

test('where a list hides rows and lowers its total to match, certificates can be wrong, and look-ups keep rows alive', async () => {
  const outcomes = await playSchedules(seed, Math.ceil(count / 3), 'agreeing');
  told('lies that agree', outcomes);
  // What no list can prove is left to the second witness: a strike needs another one, a look-up contradicts.
  expect(outcomes.certifiedAndWrong).toBeGreaterThan(0);
  expect(outcomes.falseRetirements).toBeLessThan(outcomes.naiveFalseDeletions / 100);
}, 600_000);
