// What a night brings to an instance: when its automated backup begins, how long it takes, whether it fails, how big
// it is. A pure function of seed, instance and day, so that history and future agree however the clock is moved.

import { fraction, hash } from './random.ts';
import type { InstanceRecord } from './records.ts';

export const DAY = 86_400;

export interface NightPlan {
  beginAt: number;
  endAt: number;
  fails: boolean;
  sizeKb: number;
}

const REFERENCE_DAY = 20_600; // 2026-05-27: sizes grow from there

/** Days since 1970 of an instant. */
export function dayOf(seconds: number): number {
  return Math.floor(seconds / DAY);
}

/** 1 = Monday … 7 = Sunday. */
export function weekdayOf(day: number): number {
  return ((day + 3) % 7) + 1;
}

/** Size of a full backup at that time: growing slowly, with some noise. */
export function sizeAt(instance: InstanceRecord, day: number, salt: number): number {
  const growth = 1 + Math.max(0, day - REFERENCE_DAY) * 0.0025;
  const noise = 0.97 + 0.06 * fraction(instance.key, day, salt);
  const sizeKb = instance.baseSizeKb * growth * noise * instance.script.sizeFactor;
  // The wire type is a double: small data sets show halves.
  return sizeKb < 1_000_000 ? Math.round(sizeKb * 2) / 2 : Math.round(sizeKb);
}

function seconds(instance: InstanceRecord, day: number): number {
  const salt = hash(instance.key, day, 11);
  // One in six begins on a round five minutes: instances with the same window then tie.
  if (salt % 6 === 0) return 300 * (Math.floor(salt / 6) % 6);
  return Math.floor(salt / 6) % 3600;
}

/** The automated backup of the day; the window is in UTC. */
export function nightPlan(instance: InstanceRecord, day: number): NightPlan {
  const beginAt = day * DAY + instance.policy.windowHour * 3600 + seconds(instance, day);
  const durationSeconds = 240 + Math.floor(fraction(instance.key, day, 12) * 2400);
  const fails = fraction(instance.key, day, 13) < 0.015;
  return {
    beginAt,
    endAt: beginAt + (fails ? Math.floor(durationSeconds / 3) : durationSeconds),
    fails,
    sizeKb: sizeAt(instance, day, 14),
  };
}

/** The first night whose backup begins after the instant; null while the policy is off. */
export function nextNight(instance: InstanceRecord, after: number): NightPlan | null {
  if (instance.policy.keepDays === 0 || instance.policy.period.length === 0) return null;
  for (let day = dayOf(after); day <= dayOf(after) + 8; day++) {
    if (!instance.policy.period.includes(weekdayOf(day))) continue;
    const plan = nightPlan(instance, day);
    if (plan.beginAt > after) return plan;
  }
  return null;
}
