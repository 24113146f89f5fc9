// The cloud's clock. Real time by default, or stopped, or running at another speed; moved by whoever drives the simulation.

export interface ClockOptions {
  /** Where the clock starts. Default: now. */
  startAt?: Date | undefined;
  /** Simulated seconds per real second: 1 by default, 0 = stopped until advanced. */
  speed?: number | undefined;
}

export interface SimulatedClock {
  now(): Date;
  nowSeconds(): number;
  advance(durationMs: number): void;
  set(at: Date): void;
  setSpeed(speed: number): void;
}

export function createClock(options: ClockOptions = {}): SimulatedClock {
  let base = (options.startAt ?? new Date()).getTime();
  let speed = options.speed ?? 1;
  let realBase = Date.now();
  const nowMs = () => base + (Date.now() - realBase) * speed;
  const rebase = (ms: number) => {
    base = ms;
    realBase = Date.now();
  };
  return {
    now: () => new Date(nowMs()),
    nowSeconds: () => Math.floor(nowMs() / 1000),
    advance: (durationMs) => rebase(nowMs() + durationMs),
    set: (at) => rebase(at.getTime()),
    setSpeed: (next) => {
      rebase(nowMs());
      speed = next;
    },
  };
}
