// Small deterministic randomness: 32-bit mixing, hashes of numbers, and a seeded generator. Not for secrets.
// The mixing constants are those of the public-domain "lowbias32" and "mulberry32" generators.

const A = 0x7feb352d;
const B = 0x846ca68b;

/** The multiplicative inverse of an odd number modulo 2^32, by Newton's iteration. */
function inverse(odd: number): number {
  let x = odd;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x;
}

const A_INVERSE = inverse(A);
const B_INVERSE = inverse(B);

/** A bijection of the 32-bit numbers. */
export function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), A);
  x = Math.imul(x ^ (x >>> 15), B);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The inverse of `mix`. */
export function unmix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), B_INVERSE);
  x = Math.imul(x ^ (x >>> 15) ^ (x >>> 30), A_INVERSE);
  return (x ^ (x >>> 16)) >>> 0;
}

/** One 32-bit number from several; the order matters. */
export function hash(...parts: number[]): number {
  let x = 0x9e3779b9;
  for (const part of parts) x = mix(x ^ mix((part | 0) + Math.imul(x, 31)));
  return x;
}

/** A text as a 32-bit number (FNV-1a, mixed). */
export function hashText(text: string): number {
  let x = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) x = Math.imul(x ^ text.charCodeAt(i), 0x01000193);
  return mix(x);
}

/** The hash as a number in [0, 1). */
export function fraction(...parts: number[]): number {
  return hash(...parts) / 0x1_0000_0000;
}

const hex4 = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, '0'));

/** Eight hexadecimal digits. */
export function hex8(value: number): string {
  return `${hex4[value >>> 16]}${hex4[value & 0xffff]}`;
}

/** 32 hexadecimal digits from a few numbers. */
export function hex32(...parts: number[]): string {
  const x = hash(...parts);
  return hex8(x) + hex8(mix(x + 1)) + hex8(mix(x + 2)) + hex8(mix(x + 3));
}

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  /** How many events, where `mean` is the expected number: 0.3 = one in three requests, 2.5 = two or three. */
  times(mean: number): number;
}

/** mulberry32: one stream per purpose, so that one switch does not shift the others. */
export function createRandom(seed: number): Random {
  let state = mix(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    times: (mean) => Math.floor(mean) + (next() < mean - Math.floor(mean) ? 1 : 0),
  };
}
