// /healthz: the process lives. /readyz: it can do its work; with the reason where it cannot.

import type { ReadyCheck } from './answers.ts';

const patienceMs = 3000;
const keptMs = 1000;

export interface Readiness {
  ready: boolean;
  checks: readonly ReadyCheck[];
}

/** The checks, asked once for everybody who asks within a second, so that probing costs the database little. */
export function createReadiness(readiness: () => Promise<readonly ReadyCheck[]>): () => Promise<Readiness> {
  let asked: { atMs: number; answer: Promise<Readiness> } | null = null;
  return () => {
    const nowMs = performance.now();
    if (asked === null || nowMs - asked.atMs > keptMs) asked = { atMs: nowMs, answer: ask(readiness) };
    return asked.answer;
  };
}

async function ask(readiness: () => Promise<readonly ReadyCheck[]>): Promise<Readiness> {
  const { promise: silence, resolve } = Promise.withResolvers<readonly ReadyCheck[]>();
  const timer = setTimeout(() => {
    resolve([failed(`The database did not answer within ${patienceMs / 1000} s.`)]);
  }, patienceMs);
  const answers = readiness().catch((error: unknown) => [
    failed(error instanceof Error ? error.message : 'The check failed.'),
  ]);
  try {
    const checks = await Promise.race([answers, silence]);
    return { ready: checks.every((check) => check.ok), checks };
  } finally {
    clearTimeout(timer);
  }
}

function failed(reason: string): ReadyCheck {
  return { name: 'database', ok: false, reason };
}
