// Random lives of a cloud, read by the real store and remembered by an oracle. At random instants both must have believed
// the same, and must say the same of it. A failure prints the seed and the shortest life that shows it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BackupFact, Fact, InstanceFact } from '../../src/inventory/model.ts';
import { instantOf } from '../../src/inventory/units.ts';
import { applyObjectives } from '../../src/postgres/objectives.ts';
import { backup, instance, projectId } from '../postgres/inventory-facts.ts';
import { freshStore, openRun, type StoreFixture, strikeOrRetire, sweep } from '../postgres/inventory-fixture.ts';
import { type Belief, type Believed, oracleFindings, type Rule } from './oracle.ts';

const runs = Number(process.env.MODEL_RUNS ?? 8);
const compared = ['BK-01', 'BK-02', 'BK-03', 'BK-04', 'BK-05', 'BK-06', 'BK-07', 'BK-11', 'BK-12'];

/** What happens, and how often. */
const weights = {
  create: 2,
  delete: 1,
  policy: 1,
  rename: 1,
  begin: 6,
  complete: 4,
  fail: 2,
  vanish: 2,
  return: 1,
  read: 8,
  'read instances': 1,
  'read backups': 2,
  'read in vain': 1,
  'read recent': 1,
  rules: 1,
} as const;
type EventKind = keyof typeof weights;
const kinds = Object.entries(weights) as [EventKind, number][];
const event = fc.record({
  kind: fc.oneof(...kinds.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) }))),
  pick: fc.nat(1000),
  minutes: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 240 }) }, fc.integer({ min: 240, max: 2500 })),
});
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

const rules: Rule[] = [
  { rpoSeconds: 93_600, retentionSeconds: 604_800, minimumCopies: 3, countManual: true },
  { rpoSeconds: 40_000, retentionSeconds: 100_000, minimumCopies: 1, countManual: false },
  { rpoSeconds: 300_000, retentionSeconds: 259_200, minimumCopies: 2, countManual: true },
];

/** The cloud as it is, and everything that was ever believed of it. */
class Life {
  readonly #fixture: StoreFixture;
  readonly beliefs: Belief[] = [];
  #instances = new Map<string, InstanceFact>();
  #backups = new Map<string, BackupFact>();
  #gone: [string, BackupFact][] = [];
  #count = 0;

  constructor(fixture: StoreFixture) {
    this.#fixture = fixture;
  }

  get #now(): Date {
    return this.#fixture.clock.now();
  }

  async live(events: readonly Event[]): Promise<void> {
    await this.#setRules(0);
    for (const { kind, pick, minutes } of events) {
      this.#fixture.clock.advance(minutes * 60_000);
      if (kind === 'rules') await this.#setRules(pick);
      else if (kind.startsWith('read')) await this.#read(kind);
      else this.#happen(kind, pick);
    }
    await this.#read('read');
  }

  #happen(kind: Event['kind'], pick: number): void {
    this.#count += 1;
    const at = instantOf(this.#now);
    const [instanceId, fact] = picked(this.#instances, pick) ?? [];
    const building = new Map([...this.#backups].filter(([, one]) => one.status === 'BUILDING'));
    const [backupId, unfinished] = picked(building, pick) ?? [];
    if (kind === 'create') {
      const id = `i${this.#count}`;
      const name = pick % 3 === 0 ? `scratch-${id}` : id;
      this.#instances.set(id, instance(id, { name, createdAt: at, backupKeepDays: pick % 9 }));
    } else if (kind === 'begin' && instanceId !== undefined) {
      const id = `b${this.#count}`;
      const backupType = pick % 4 === 0 ? 'manual' : 'auto';
      this.#backups.set(
        id,
        backup(id, {
          instanceId,
          instanceName: fact?.name ?? null,
          backupType,
          status: 'BUILDING',
          beginAt: at,
          endAt: null,
          sizeBytes: null,
        }),
      );
    } else if ((kind === 'complete' || kind === 'fail') && backupId !== undefined && unfinished !== undefined) {
      const status = kind === 'fail' ? 'FAILED' : 'COMPLETED';
      this.#backups.set(backupId, { ...unfinished, status, endAt: at, sizeBytes: 1024 });
    } else if (kind === 'vanish') {
      const [id, lost] = picked(this.#backups, pick) ?? [];
      if (id === undefined || lost === undefined) return;
      this.#backups.delete(id);
      this.#gone.push([id, lost]);
    } else if (kind === 'return') {
      const back = this.#gone.pop();
      if (back !== undefined) this.#backups.set(...back);
    } else if (instanceId !== undefined && fact !== undefined) {
      this.#change(kind, instanceId, fact, pick);
    }
  }

  #change(kind: Event['kind'], id: string, fact: InstanceFact, pick: number): void {
    if (kind === 'policy') this.#instances.set(id, { ...fact, backupKeepDays: pick % 9 });
    if (kind === 'rename') this.#instances.set(id, { ...fact, name: pick % 2 === 0 ? `scratch-${id}` : id });
    if (kind !== 'delete') return;
    this.#instances.delete(id);
    for (const [backupId, { instanceId, backupType }] of this.#backups) {
      if (instanceId === id && backupType === 'auto') this.#backups.delete(backupId);
    }
  }

  async #setRules(pick: number): Promise<void> {
    const rule = rules[pick % rules.length] ?? rules[0];
    if (rule === undefined) return;
    const expiresAt = new Date(this.#now.getTime() + (pick % 5) * 86_400_000);
    const freshnessSeconds = pick % 2 === 0 ? 86_400 : 10_800;
    const match = { project: null, instance: null, datastore: null };
    const controls = pick % 3 === 0 ? [] : ['BK-01', 'BK-07'];
    await applyObjectives(this.#fixture.database, {
      objectives: [{ match: { ...match, project: 'prod' }, ...rule }],
      exemptions: controls.map((control) => ({
        match: { ...match, instance: 'scratch-*' },
        control,
        owner: 'o',
        reason: 'r',
        expiresAt,
      })),
      freshnessSeconds,
      scheduleIntervalSeconds: null,
      configDigest: String(pick),
      at: this.#now,
      setBy: 'model',
    });
    const exemptions = new Map(controls.map((control) => [control, expiresAt.getTime()]));
    this.#believe({ fromMs: this.#now.getTime(), rule, exemptions, freshnessSeconds });
  }

  async #read(kind: string): Promise<void> {
    await using run = await openRun(this.#fixture);
    const certified = kind !== 'read in vain' && kind !== 'read recent';
    const mode = kind === 'read recent' ? 'recent' : 'full';
    if (kind !== 'read backups' && kind !== 'read recent') {
      const facts = [...this.#instances.values()];
      const at = await this.#commit(run, 'instances', certified ? facts : facts.slice(0, 1), { certified, mode });
      const known = this.beliefs.at(-1)?.instances ?? new Map();
      const seen = certified ? facts : facts.slice(0, 1);
      const instances = believed(known, seen, (one) => one.instanceId, { atMs: at.committed, certified });
      this.#believe({ fromMs: at.committed, instances, ...(certified && { instancesReadMs: at.started }) });
    }
    if (kind !== 'read instances') {
      const facts = [...this.#backups.values()];
      const seen = certified ? facts : facts.slice(-2);
      const at = await this.#commit(run, 'instance_backups', seen, { certified, mode });
      const known = this.beliefs.at(-1)?.backups ?? new Map();
      const backups = believed(known, seen, (one) => one.backupId, { atMs: at.committed, certified });
      this.#believe({ fromMs: at.committed, backups, ...(certified && { backupsReadMs: at.started }) });
    }
    await run.finish({ outcome: 'certified', finishedAt: this.#now, errorCode: null, errorMessage: null }, []);
  }

  async #commit(
    run: Awaited<ReturnType<typeof openRun>>,
    scope: 'instances' | 'instance_backups',
    facts: Fact[],
    { certified, mode }: { certified: boolean; mode: 'full' | 'recent' },
  ) {
    const { clock } = this.#fixture;
    const started = clock.now().getTime();
    clock.advance(1000);
    const reason = certified ? null : mode === 'recent' ? ('recent' as const) : ('throttled' as const);
    const result = await sweep(run, clock, [facts], {
      scope,
      certificate: { certified, mode, reason, startedAt: new Date(started), finishedAt: clock.now() },
      ...(certified && { absence: strikeOrRetire }),
    });
    return { started, committed: result.committedAt.getTime() };
  }

  #believe(change: Partial<Belief> & { fromMs: number }): void {
    const nothing = {
      instances: new Map(),
      backups: new Map(),
      instancesReadMs: null,
      backupsReadMs: null,
      exemptions: new Map(),
      freshnessSeconds: 10_800,
    };
    const before = this.beliefs.at(-1) ?? { ...nothing, rule: rules[0] as Rule, fromMs: 0 };
    this.beliefs.push({ ...before, ...change });
  }
}

function picked<T>(map: ReadonlyMap<string, T>, pick: number): [string, T] | undefined {
  return [...map][pick % Math.max(map.size, 1)];
}

/** What is believed after a list was read: seen is true; unseen by a complete list once is missing, twice is gone. */
function believed<F>(
  known: ReadonlyMap<string, Believed<F>>,
  facts: readonly F[],
  idOf: (fact: F) => string,
  { atMs, certified }: { atMs: number; certified: boolean },
): Map<string, Believed<F>> {
  const next = new Map(known);
  const seen = new Set(facts.map(idOf));
  for (const fact of facts) {
    const before = next.get(idOf(fact));
    next.set(idOf(fact), { fact, firstSeenMs: before?.firstSeenMs ?? atMs, missingMs: null, retiredMs: null });
  }
  if (!certified) return next;
  for (const [id, one] of next) {
    if (seen.has(id) || one.retiredMs !== null) continue;
    next.set(id, one.missingMs === null ? { ...one, missingMs: atMs } : { ...one, retiredMs: atMs });
  }
  return next;
}

interface BackupState {
  backup_id: string;
  status: string;
  missing: number | null;
  retired: number | null;
}

async function compare(fixture: StoreFixture, beliefs: readonly Belief[], atMs: number): Promise<void> {
  const belief = beliefs.findLast(({ fromMs }) => fromMs <= atMs);
  if (belief === undefined) return;
  const at = new Date(atMs).toISOString();
  const states = await fixture.query<BackupState>(`select backup_id, status,
      extract(epoch from missing_since)::float8 * 1000 as missing, extract(epoch from retired_at)::float8 * 1000 as retired
    from inventory.backup_as_of('${at}') order by backup_id`);
  const expected = [...belief.backups].map(([id, one]) => ({
    backup_id: id,
    status: one.fact.status,
    missing: one.missingMs,
    retired: one.retiredMs,
  }));
  expect(states).toEqual(expected.sort((a, b) => (a.backup_id < b.backup_id ? -1 : 1)));
  const findings =
    await fixture.query(`select control_id as control, instance_id as instance, verdict, reason_code as reason
    from compliance.finding_at('${at}')
    where project_id = '${projectId}' and control_id in ('${compared.join("','")}') order by 1, 2`);
  expect({ at, findings }).toEqual({ at, findings: oracleFindings(belief, atMs) });
}

test(`${runs} random lives: what was believed and said at any instant is what an oracle remembers`, {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 30, maxLength: 60 }),
      fc.array(fc.record({ place: fc.nat(1000), minutes: fc.nat(300) }), { minLength: 10, maxLength: 10 }),
      async (events, places) => {
        await using fixture = await freshStore();
        const life = new Life(fixture);
        await life.live(events);
        // Edges of beliefs, instants soon after them, and one long after the last.
        const { beliefs } = life;
        const soonAfter = places.map(
          ({ place, minutes }) => (beliefs[place % beliefs.length]?.fromMs ?? 0) + minutes * 60_000,
        );
        const edges = beliefs.slice(-3).flatMap(({ fromMs }) => [fromMs - 1, fromMs]);
        const longAfter = fixture.clock.now().getTime() + 50 * 3_600_000;
        for (const atMs of [...soonAfter, ...edges, longAfter]) await compare(fixture, beliefs, atMs);
      },
    ),
    { numRuns: runs, endOnFailure: false },
  );
});
