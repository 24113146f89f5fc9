// Limits per caller, per second and per minute, as the gateway keeps them: rejected calls count too, and nothing says
// when to come back unless that is switched on. Windows run on real time, so a stopped simulated clock cannot jam them.

import type { Answer } from './answers.ts';
import { gatewayError, serviceError } from './answers.ts';

export interface Throttle {
  perSecond: number | null;
  perMinute: number | null;
  /** Sends `Retry-After` with the seconds left of the window. */
  retryAfter: boolean;
  code: 'APIGW.0308' | 'DBS.280443';
}

export const defaultThrottle: Throttle = { perSecond: null, perMinute: null, retryAfter: false, code: 'APIGW.0308' };

/** Calls per caller and window. */
export type ThrottleWindows = Map<string, { startedAtMs: number; calls: number }>;

/** The refusal, or null if the call is within the limits. */
export function throttle(windows: ThrottleWindows, limits: Throttle, caller: string, nowMs: number): Answer | null {
  const minute = count(windows, `${caller} minute`, 60_000, nowMs);
  const second = count(windows, `${caller} second`, 1000, nowMs);
  if (limits.perMinute !== null && minute.calls > limits.perMinute) {
    return tooMany(limits, { limit: limits.perMinute, time: '1 minute', leftMs: minute.startedAtMs + 60_000 - nowMs });
  }
  if (limits.perSecond !== null && second.calls > limits.perSecond) {
    return tooMany(limits, { limit: limits.perSecond, time: '1 second', leftMs: second.startedAtMs + 1000 - nowMs });
  }
  return null;
}

function count(windows: ThrottleWindows, name: string, lengthMs: number, nowMs: number) {
  const window = windows.get(name);
  if (window !== undefined && nowMs - window.startedAtMs < lengthMs) {
    window.calls++;
    return window;
  }
  const fresh = { startedAtMs: nowMs, calls: 1 };
  windows.set(name, fresh);
  return fresh;
}

function tooMany(limits: Throttle, hit: { limit: number; time: string; leftMs: number }): Answer {
  const answer = throttledAnswer(limits.code, hit.limit, hit.time);
  return limits.retryAfter
    ? { ...answer, headers: { 'retry-after': String(Math.max(1, Math.ceil(hit.leftMs / 1000))) } }
    : answer;
}

/** 429 in the words of the gateway or of the service. */
export function throttledAnswer(code: Throttle['code'], limit: number, time: string): Answer {
  return code === 'DBS.280443'
    ? serviceError(429, code, 'Too frequent requests. Try again later.')
    : gatewayError(
        429,
        code,
        `The throttling threshold has been reached: policy user over ratelimit,limit:${limit},time:${time}`,
      );
}
