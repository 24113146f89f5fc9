// When a fault strikes: rules that match requests by operation, project, number and probability.

import type { FaultName } from './fault-catalogue.ts';
import { faultCatalogue, isFaultName } from './fault-catalogue.ts';
import type { Random } from './random.ts';

export interface FaultRule {
  fault: FaultName;
  /** Only this operation, or these. */
  operation?: string | readonly string[] | undefined;
  /** Only requests of this project. */
  project?: string | undefined;
  /** The first matching request that is struck, counted from 1 since the rule was set. Default 1. */
  nth?: number | undefined;
  /** How many matching requests from there on are struck. Default: all. */
  count?: number | undefined;
  /** Of those, how many in the long run: 0 to 1, by seed. Default 1. */
  probability?: number | undefined;
  parameters?: FaultParameters | undefined;
}

export interface FaultParameters {
  ms?: number | undefined;
  bytes?: number | undefined;
  seconds?: number | undefined;
  by?: number | undefined;
  /** Only so many rows of a page, from the first on. Default: all. */
  rows?: number | undefined;
}

export interface ArmedFault {
  readonly id: number;
  readonly rule: FaultRule;
  /** Requests that matched so far. */
  seen: number;
  /** Requests that were struck. */
  struck: number;
}

/** Requests reach the phases one after another; one that got another answer never reaches `page`. */
export type FaultPhase = 'connection' | 'state' | 'answer' | 'page' | 'delivery';

/** The faults of a phase that strike this request, in the order in which they were set. */
export function strike(
  armed: readonly ArmedFault[],
  phase: FaultPhase,
  request: { operation: string | null; projectId: string | null },
  random: Random,
): ArmedFault[] {
  return armed.filter((fault) => {
    const { rule } = fault;
    if (faultCatalogue.get(rule.fault)?.phase !== phase || !matches(rule, request)) return false;
    fault.seen++;
    const first = rule.nth ?? 1;
    if (fault.seen < first || fault.seen >= first + (rule.count ?? Infinity)) return false;
    if (rule.probability !== undefined && !random.chance(rule.probability)) return false;
    fault.struck++;
    return true;
  });
}

function matches(rule: FaultRule, request: { operation: string | null; projectId: string | null }): boolean {
  if (rule.project !== undefined && request.projectId !== rule.project) return false;
  if (rule.operation === undefined) return true;
  return typeof rule.operation === 'string'
    ? rule.operation === request.operation
    : rule.operation.includes(request.operation ?? '');
}

/** `NAME[@operation][#nth][xcount][%probability]`, as the command line takes it. */
export function parseFaultRule(text: string): FaultRule {
  const match = /^([a-z0-9-]+?)(?:@([a-z0-9_]+))?(?:#(\d+))?(?:x(\d+))?(?:%([\d.]+))?$/.exec(text);
  const fault = match?.[1] ?? '';
  if (match === null || !isFaultName(fault)) {
    throw new Error(
      `unknown fault "${text}": names are listed by --list-faults; form NAME[@operation][#nth][xcount][%probability]`,
    );
  }
  const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  return {
    fault,
    operation: match[2],
    nth: number(match[3]),
    count: number(match[4]),
    probability: number(match[5]) === undefined ? undefined : Number(match[5]) / 100,
  };
}
