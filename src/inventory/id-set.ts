// Which ids were seen, and in which pass, in 9 bytes an id: a million ids in a Set of strings would cost ten times that.
// Ids are kept as 64-bit hashes. Two ids with one hash would make the count too small, so the sweep would refuse to
// certify: the error is on the safe side (1 chance in 10^7 at a million ids).

/** Ids seen per pass. Passes are numbered from 1 to 7. */
export interface IdSet {
  /** Notes an id in a pass. Returns false where this pass has it already. */
  add(id: string, pass: number): boolean;
  /** Distinct ids of all passes. */
  size(): number;
  /** Distinct ids of one pass. */
  seenIn(pass: number): number;
  /** Distinct ids of a pass that the pass before it saw too. */
  seenAgainIn(pass: number): number;
}

export function createIdSet(): IdSet {
  let capacity = 1024;
  let low = new Uint32Array(capacity);
  let high = new Uint32Array(capacity);
  let passes = new Uint8Array(capacity);
  let size = 0;
  const seen: number[] = [];
  const again: number[] = [];

  const slotOf = (lowHash: number, highHash: number): number => {
    let slot = lowHash & (capacity - 1);
    while (passes[slot] !== 0 && (low[slot] !== lowHash || high[slot] !== highHash)) slot = (slot + 1) & (capacity - 1);
    return slot;
  };

  const grow = (): void => {
    const old = { low, high, passes };
    capacity *= 2;
    low = new Uint32Array(capacity);
    high = new Uint32Array(capacity);
    passes = new Uint8Array(capacity);
    for (const [index, bits] of old.passes.entries()) {
      if (bits === 0) continue;
      const slot = slotOf(old.low[index] ?? 0, old.high[index] ?? 0);
      low[slot] = old.low[index] ?? 0;
      high[slot] = old.high[index] ?? 0;
      passes[slot] = bits;
    }
  };

  return {
    add(id, pass) {
      const lowHash = hash(id, 0x9747b28c);
      const highHash = hash(id, 0x3c6ef372);
      const slot = slotOf(lowHash, highHash);
      const before = passes[slot] ?? 0;
      const bit = 1 << pass;
      if ((before & bit) !== 0) return false;
      low[slot] = lowHash;
      high[slot] = highHash;
      passes[slot] = before | bit;
      seen[pass] = (seen[pass] ?? 0) + 1;
      if ((before & (bit >> 1)) !== 0) again[pass] = (again[pass] ?? 0) + 1;
      if (before === 0) {
        size += 1;
        if (size * 2 > capacity) grow();
      }
      return true;
    },
    size: () => size,
    seenIn: (pass) => seen[pass] ?? 0,
    seenAgainIn: (pass) => again[pass] ?? 0,
  };
}

/** 32 bits of a string's UTF-16 units: FNV-1a with the finisher of MurmurHash3. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    value ^= value >>> 15;
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
