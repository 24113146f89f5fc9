// A table of cases for one control: what is given, what it says. Each case has a project of its own in one database,
// where all of them are judged at once.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import {
  ago,
  type BackupGiven,
  type ExemptionGiven,
  type InstanceGiven,
  now,
  type ObjectiveGiven,
  type SweepGiven,
  World,
} from './world.ts';

export interface ControlCase {
  /** null = the project has no instance. */
  instance?: InstanceGiven | null;
  backups?: readonly BackupGiven[];
  /** Default: one certified sweep of every scope, half an hour ago. */
  sweeps?: readonly SweepGiven[];
  /** null = none matches. */
  objective?: ObjectiveGiven | null;
  exemptions?: readonly ExemptionGiven[];
  /** Facts that the rest cannot say. */
  more?(world: World, project: string): Promise<void>;
  at?: string;
  /** undefined = no row. */
  says: Says | undefined;
}

interface Says {
  verdict: string;
  reason_code: string;
  measured_value?: number | null;
  threshold_value?: number | null;
  unit?: string;
  evidence_backup_ids?: readonly string[];
}

/** Registers one test per case. The keys are the names of the tests. */
export function controlCases(slug: string, cases: Readonly<Record<string, ControlCase>>): void {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await freshDatabase();
    const world = new World(db);
    await world.freshness(3 * 3600);
    for (const [index, one] of Object.values(cases).entries()) await write(world, projectOf(index), one);
  }, 120_000);
  afterAll(() => db[Symbol.asyncDispose]());
  for (const [index, [name, { at = now, says }]] of Object.entries(cases).entries()) {
    test(name, async () => {
      const rows = await db.query(
        `select verdict, reason_code, measured_value, threshold_value, unit, evidence_backup_ids, instance_id, evaluated_at
         from compliance.control_${slug}_at($1) where project_id = $2 order by instance_id`,
        [at, projectOf(index)],
      );
      if (says === undefined) {
        expect(rows).toEqual([]);
      } else {
        expect(rows).toMatchObject([says]);
        expect(rows[0]?.evaluated_at).toEqual(new Date(at));
      }
    });
  }
}

const projectOf = (index: number) => `c${String(index).padStart(3, '0')}`;

async function write(world: World, project: string, given: ControlCase): Promise<void> {
  await world.project(project);
  if (given.objective !== null) await world.objective({ project, ...given.objective });
  if (given.instance !== null) await world.instance(project, given.instance);
  for (const backup of given.backups ?? []) {
    // Ids are the same in every case, so that a case can name them; projects keep them apart.
    await world.backup(project, { id: `b${(given.backups ?? []).indexOf(backup) + 1}`, ...backup });
  }
  if (given.sweeps === undefined) await world.sweeps(project, ago('30 min', given.at ?? now));
  for (const sweep of given.sweeps ?? []) {
    if (sweep.scope !== undefined) await world.sweep(project, sweep);
    else
      for (const scope of ['instances', 'instance_backups', 'database_table_backups'])
        await world.sweep(project, { ...sweep, scope });
  }
  for (const exemption of given.exemptions ?? []) await world.exemption({ project, ...exemption });
  await given.more?.(world, project);
}
