// The verdicts a second time, as plain loops over what was believed at an instant: what the model-based test compares
// with. Slow and simple on purpose; shares nothing with the SQL but the words of docs/compliance.md.

import type { BackupFact, InstanceFact } from '../../src/inventory/model.ts';

export interface Believed<F> {
  fact: F;
  firstSeenMs: number;
  missingMs: number | null;
  retiredMs: number | null;
}

export interface Rule {
  rpoSeconds: number;
  retentionSeconds: number;
  minimumCopies: number;
  countManual: boolean;
}

/** What was believed from a commit on. Never changed once made. */
export interface Belief {
  fromMs: number;
  instances: ReadonlyMap<string, Believed<InstanceFact>>;
  backups: ReadonlyMap<string, Believed<BackupFact>>;
  /** Begin of the newest certified reading. */
  instancesReadMs: number | null;
  backupsReadMs: number | null;
  rule: Rule;
  /** Ends of exemptions by control; those of instances named scratch-*. */
  exemptions: ReadonlyMap<string, number>;
  freshnessSeconds: number;
}

export interface OracleFinding {
  control: string;
  instance: string;
  verdict: string;
  reason: string;
}

const verdictOf: Readonly<Record<string, string>> = {
  within_rpo: 'COMPLIANT',
  rpo_exceeded: 'NON_COMPLIANT',
  no_completed_backup: 'NON_COMPLIANT',
  first_backup_due: 'NOT_APPLICABLE',
  listing_in_doubt: 'UNKNOWN',
  stale: 'UNKNOWN',
  never_certified: 'UNKNOWN',
  policy_on: 'COMPLIANT',
  policy_off: 'NON_COMPLIANT',
  policy_sufficient: 'COMPLIANT',
  policy_too_short: 'NON_COMPLIANT',
  kept_long_enough: 'COMPLIANT',
  not_kept_long_enough: 'NON_COMPLIANT',
  too_young: 'NOT_APPLICABLE',
  no_open_failure: 'COMPLIANT',
  failure_recent: 'COMPLIANT',
  failures_in_a_row: 'NON_COMPLIANT',
  failure_not_recovered: 'NON_COMPLIANT',
  none_building: 'COMPLIANT',
  building_in_time: 'COMPLIANT',
  stuck_building: 'NON_COMPLIANT',
  protected: 'COMPLIANT',
  unprotected: 'NON_COMPLIANT',
  in_grace: 'NOT_APPLICABLE',
  enough_copies: 'COMPLIANT',
  too_few_copies: 'NON_COMPLIANT',
  instance_alive: 'NOT_APPLICABLE',
  orphaned_backups: 'NON_COMPLIANT',
  instance_not_yet_listed: 'UNKNOWN',
};

/** BK-01 to BK-07, BK-11 and BK-12 of every instance, at an instant. */
export function oracleFindings(belief: Belief, atMs: number): OracleFinding[] {
  const findings: OracleFinding[] = [];
  const say = (control: string, instance: string, name: string | null, reason: string) => {
    findings.push({ control, instance, ...settled(belief, { atMs, control, name, reason }) });
  };
  const doubt = (readMs: number | null) =>
    readMs === null ? 'never_certified' : readMs < atMs - belief.freshnessSeconds * 1000 ? 'stale' : null;
  const [instancesDoubt, backupsDoubt] = [doubt(belief.instancesReadMs), doubt(belief.backupsReadMs)];
  for (const [id, instance] of belief.instances) {
    if (instance.retiredMs !== null) continue;
    const given: Given = { belief, atMs, instance, backups: backupsOf(belief, id) };
    const { name } = instance.fact;
    say('BK-01', id, name, backupsDoubt ?? lastGoodBackup(given));
    say('BK-02', id, name, instancesDoubt ?? (instance.fact.backupKeepDays === 0 ? 'policy_off' : 'policy_on'));
    say('BK-03', id, name, instancesDoubt ?? policyObjective(given));
    say('BK-04', id, name, backupsDoubt ?? retentionAchieved(given));
    say('BK-05', id, name, backupsDoubt ?? failedStreak(given));
    say('BK-06', id, name, backupsDoubt ?? stuckBuilding(given));
    say('BK-07', id, name, backupsDoubt ?? instancesDoubt ?? unprotected(given));
    say('BK-11', id, name, backupsDoubt ?? minimumCopies(given));
    say('BK-12', id, name, instancesDoubt ?? 'instance_alive');
  }
  const orphans = new Map<string, Believed<BackupFact>[]>();
  for (const backup of belief.backups.values()) {
    const id = backup.fact.instanceId ?? '';
    if (backup.fact.backupType !== 'manual' || backup.retiredMs !== null) continue;
    const instance = belief.instances.get(id);
    if (instance !== undefined && instance.retiredMs === null) continue;
    orphans.set(id, [...(orphans.get(id) ?? []), backup]);
  }
  for (const [id, left] of orphans) {
    const oldest = Math.min(...left.map(({ fact }) => Date.parse(fact.beginAt)));
    const known = belief.instances.has(id);
    const tooNew = !known && belief.instancesReadMs !== null && oldest >= belief.instancesReadMs;
    const reason = instancesDoubt ?? backupsDoubt ?? (tooNew ? 'instance_not_yet_listed' : 'orphaned_backups');
    say('BK-12', id, belief.instances.get(id)?.fact.name ?? left[0]?.fact.instanceName ?? null, reason);
  }
  return findings.sort((a, b) => (a.control + a.instance < b.control + b.instance ? -1 : 1));
}

function settled(
  belief: Belief,
  { atMs, control, name, reason }: { atMs: number; control: string; name: string | null; reason: string },
) {
  const verdict = verdictOf[reason] ?? `no verdict for ${reason}`;
  const end = name?.startsWith('scratch-') === true ? belief.exemptions.get(control) : undefined;
  if (end === undefined || verdict === 'NOT_APPLICABLE') return { verdict, reason };
  if (end > atMs) return { verdict: 'EXEMPT', reason: 'exempt' };
  return verdict === 'COMPLIANT' ? { verdict, reason } : { verdict: 'NON_COMPLIANT', reason: 'exemption_expired' };
}

interface Given {
  belief: Belief;
  atMs: number;
  instance: Believed<InstanceFact>;
  backups: Believed<BackupFact>[];
}

function backupsOf(belief: Belief, instanceId: string): Believed<BackupFact>[] {
  return [...belief.backups.values()].filter(({ fact }) => fact.instanceId === instanceId);
}

const beginMs = ({ fact }: Believed<BackupFact>) => Date.parse(fact.beginAt);
const endMs = ({ fact }: Believed<BackupFact>) => Date.parse(fact.endAt ?? fact.beginAt);
const isDone = ({ fact }: Believed<BackupFact>) => fact.status === 'COMPLETED';
const isLive = ({ retiredMs }: Believed<unknown>) => retiredMs === null;
const isListed = ({ missingMs }: Believed<unknown>) => missingMs === null;

function ageMs({ instance, atMs }: Given): number {
  return atMs - (instance.fact.createdAt === null ? instance.firstSeenMs : Date.parse(instance.fact.createdAt));
}

function counting({ backups, belief }: Given): Believed<BackupFact>[] {
  return backups.filter(({ fact }) => belief.rule.countManual || fact.backupType !== 'manual');
}

function lastGoodBackup(given: Given): string {
  const { belief, atMs } = given;
  const done = counting(given).filter(isDone).filter(isLive);
  const limit = atMs - belief.rule.rpoSeconds * 1000;
  if (done.filter(isListed).some((backup) => endMs(backup) >= limit)) return 'within_rpo';
  if (done.some((backup) => endMs(backup) >= limit)) return 'listing_in_doubt';
  if (done.length > 0) return 'rpo_exceeded';
  return ageMs(given) <= belief.rule.rpoSeconds * 1000 ? 'first_backup_due' : 'no_completed_backup';
}

function policyObjective({ instance, belief }: Given): string {
  const days = instance.fact.backupKeepDays ?? 0;
  if (days === 0) return 'policy_off';
  return days * 86_400 >= belief.rule.retentionSeconds ? 'policy_sufficient' : 'policy_too_short';
}

function retentionAchieved(given: Given): string {
  const { belief, atMs } = given;
  const { retentionSeconds, rpoSeconds } = belief.rule;
  if (ageMs(given) < retentionSeconds * 1000) return 'too_young';
  const done = counting(given).filter(isDone).filter(isLive);
  const limit = atMs - Math.max(retentionSeconds - rpoSeconds, 0) * 1000;
  if (done.filter(isListed).some((backup) => beginMs(backup) <= limit)) return 'kept_long_enough';
  if (done.some((backup) => beginMs(backup) <= limit)) return 'listing_in_doubt';
  return done.length > 0 ? 'not_kept_long_enough' : 'no_completed_backup';
}

function failedStreak(given: Given): string {
  const { belief, atMs } = given;
  const backups = counting(given);
  const lastGood = Math.max(-Infinity, ...backups.filter(isDone).map(beginMs));
  const failures = backups.filter((backup) => backup.fact.status === 'FAILED' && beginMs(backup) > lastGood);
  if (failures.length === 0) return 'no_open_failure';
  if (failures.length >= 3) return 'failures_in_a_row';
  const first = Math.min(...failures.map(endMs));
  return first < atMs - belief.rule.rpoSeconds * 1000 ? 'failure_not_recovered' : 'failure_recent';
}

function stuckBuilding({ backups, atMs }: Given): string {
  const building = backups.filter(({ fact, retiredMs }) => fact.status === 'BUILDING' && retiredMs === null);
  if (building.length === 0) return 'none_building';
  const durations = backups
    .filter(isDone)
    .map((backup) => endMs(backup) - beginMs(backup))
    .sort((a, b) => a - b);
  const place = 0.95 * (durations.length - 1);
  const [low, high] = [durations[Math.floor(place)] ?? 0, durations[Math.ceil(place)] ?? 0];
  const limit = Math.max(6 * 3_600_000, 2 * (low + (high - low) * (place - Math.floor(place))));
  return building.some((backup) => beginMs(backup) < atMs - limit) ? 'stuck_building' : 'building_in_time';
}

function unprotected(given: Given): string {
  const done = given.backups.filter(isDone).filter(isLive);
  if (done.some(isListed)) return 'protected';
  if (done.length > 0) return 'listing_in_doubt';
  return ageMs(given) <= 26 * 3_600_000 ? 'in_grace' : 'unprotected';
}

function minimumCopies(given: Given): string {
  const { minimumCopies: wanted, rpoSeconds } = given.belief.rule;
  const done = counting(given).filter(isDone).filter(isLive);
  if (done.filter(isListed).length >= wanted) return 'enough_copies';
  if (done.length >= wanted) return 'listing_in_doubt';
  return ageMs(given) <= wanted * rpoSeconds * 1000 ? 'too_young' : 'too_few_copies';
}
