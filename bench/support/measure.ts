// Interleaved timing: every round runs each variant once, and ratios are taken within a round, so that a busy machine
// slows both sides alike. No statistics beyond medians and the range.

/** One thing to time. `prepare` is not timed. */
export interface Variant {
  name: string;
  /** Units of work done by one call: rows, pages. */
  work: number;
  prepare?(): Promise<void>;
  /** Returns the seconds where it measured them itself. */
  run(): Promise<number | undefined>;
}

export interface Spread {
  median: number;
  least: number;
  most: number;
  count: number;
}

export interface Timings {
  /** Seconds by variant, in order of rounds. */
  readonly seconds: ReadonlyMap<string, readonly number[]>;
  /** Units of work a second. */
  rate(name: string): Spread;
  /** How many times as fast as the other one works, round by round. */
  ratio(name: string, against: string): Spread;
}

/** Times the variants, round by round. */
export async function interleave(rounds: number, variants: readonly Variant[]): Promise<Timings> {
  const seconds = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of variants) {
      await variant.prepare?.();
      const startedMs = performance.now();
      const own = await variant.run();
      seconds.get(variant.name)?.push(own ?? (performance.now() - startedMs) / 1000);
    }
  }
  const ratesOf = (name: string) => {
    const variant = variants.find((each) => each.name === name);
    return (seconds.get(name) ?? []).map((each) => (variant?.work ?? Number.NaN) / each);
  };
  return {
    seconds,
    rate: (name) => spreadOf(ratesOf(name)),
    ratio: (name, against) => {
      const others = ratesOf(against);
      return spreadOf(ratesOf(name).map((rate, round) => rate / (others[round] ?? Number.NaN)));
    },
  };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, least: at(0), most: at(sorted.length - 1), count: sorted.length };
}
